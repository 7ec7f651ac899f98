package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"aistore/errs"
)

// clockTick is the unit of the times in /proc/<pid>/stat: USER_HZ is 100 on
// every architecture that Go runs on.
const clockTick = time.Second / 100

// Positions in /proc/<pid>/stat, counted from the field after the command.
const (
	userField   = 11
	systemField = 12
)

// cpuTime reads the user and system time of a process and all its threads.
func cpuTime(pid int) (time.Duration, error) {
	const op = "process.cpuTime"
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, errs.E(op, strconv.Itoa(pid), errs.Internal, err)
	}
	// the command stands in parentheses and may hold anything, spaces included
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) <= systemField {
		return 0, errs.E(op, strconv.Itoa(pid), errs.Internal, fmt.Errorf("%d fields", len(fields)))
	}
	var ticks int64
	for _, field := range []int{userField, systemField} {
		n, err := strconv.ParseInt(string(fields[field]), 10, 64)
		if err != nil {
			return 0, errs.E(op, strconv.Itoa(pid), errs.Internal, err)
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}
