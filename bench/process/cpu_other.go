//go:build !linux

package process

import (
	"strconv"
	"time"

	"aistore/errs"
)

// cpuTime is not known here: there is no /proc.
func cpuTime(pid int) (time.Duration, error) {
	return 0, errs.E("process.cpuTime", strconv.Itoa(pid), errs.Unsupported, nil)
}
