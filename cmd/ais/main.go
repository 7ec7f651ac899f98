// Command ais works with an AIStore cluster from a terminal or a script.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"aistore/cmd/ais/command"
)

// Set by the build.
var version string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := command.New(environment()).Run(ctx, os.Args)
	stop()
	os.Exit(code)
}

// environment is what the command sees of this process.
func environment() command.Environment {
	home, _ := os.UserHomeDir() // without one there is no configuration file
	return command.Environment{
		Stdin:          os.Stdin,
		Stdout:         os.Stdout,
		Stderr:         os.Stderr,
		Getenv:         os.Getenv,
		Version:        version,
		Home:           home,
		StdinTerminal:  isTerminal(os.Stdin),
		StdoutTerminal: isTerminal(os.Stdout),
		StderrTerminal: isTerminal(os.Stderr),
	}
}

// isTerminal tells whether f is a character device that is not /dev/null.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
