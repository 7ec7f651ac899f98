package command

import (
	"io"
	"time"
)

// Environment is what a Tool sees of its process. All fields but Patience
// and Dial are required.
type Environment struct {
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer

	Version string // of the build, beside the number; "" for none

	Getenv func(string) string
	Home   string // the user's home directory; "" for none

	StdinTerminal  bool // somebody can answer a question
	StdoutTerminal bool // colours make sense
	StderrTerminal bool // progress makes sense

	Patience time.Duration // between attempts to reach a cluster that starts; 0 is a second
}
