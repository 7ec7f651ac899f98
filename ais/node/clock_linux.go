package node

import (
	"golang.org/x/sys/unix"

	"aistore/cluster/liveness"
)

// realClock returns the clock of the machine.
func realClock() Clock {
	if _, err := bootTime(); err != nil {
		return sinceNow() // a kernel older than 2.6.39
	}
	return func() liveness.Moment {
		now, _ := bootTime() // it has worked, so it does
		return now
	}
}

func bootTime() (liveness.Moment, error) {
	var t unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t)
	return liveness.Moment(t.Nano()), err
}
