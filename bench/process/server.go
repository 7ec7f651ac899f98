// Package process runs the servers that a benchmark measures, as child
// processes, and reads how much CPU time each of them has used.
package process

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"aistore/errs"
)

// stopGrace is how long a process may take to end by itself before it is
// killed.
const stopGrace = 10 * time.Second

// Options describes a process to start.
type Options struct {
	Name  string     // for messages
	Path  string     // executable
	Args  []string   // without the executable's name
	Env   []string   // "KEY=value", added to the environment of this process
	Log   string     // file that receives what it prints; created anew
	Files []*os.File // open files to hand over, the first as descriptor 3
}

// Server is a child process that has been started.
type Server struct {
	options Options
	command *exec.Cmd
	stop    context.CancelFunc
	wait    func() error
}

// Start starts a process that runs until Stop, or until ctx ends.
// Errors: Internal (log file not writable, executable not startable).
func Start(ctx context.Context, o Options) (*Server, error) {
	const op = "process.Start"
	out, err := os.Create(o.Log)
	if err != nil {
		return nil, errs.E(op, o.Name, errs.Internal, err)
	}
	defer out.Close()
	ctx, cancel := context.WithCancel(ctx)
	command := exec.CommandContext(ctx, o.Path, o.Args...)
	command.Env = append(os.Environ(), o.Env...)
	command.Stdout, command.Stderr = out, out
	command.ExtraFiles = o.Files
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = stopGrace
	if err := command.Start(); err != nil {
		cancel()
		return nil, errs.E(op, o.Name, errs.Internal, err)
	}
	return &Server{options: o, command: command, stop: cancel, wait: sync.OnceValue(command.Wait)}, nil
}

// Name returns the name given to Start.
func (s *Server) Name() string { return s.options.Name }

// Stop asks the process to end, waits, and kills it when it does not. The
// second call does nothing.
func (s *Server) Stop() {
	s.stop()
	_ = s.wait() // a server that is told to end may say so in its exit code
}

// CPU returns the user and system time that the process has used so far, in
// steps of one clock tick (10 ms on Linux).
// Errors: Unsupported where the operating system does not tell, Internal
// (the process is gone).
func (s *Server) CPU() (time.Duration, error) {
	spent, err := cpuTime(s.command.Process.Pid)
	if err != nil {
		return 0, errs.E("process.CPU", s.Name(), "", err)
	}
	return spent, nil
}

// LogTail returns the last lines that the process printed, for messages.
func (s *Server) LogTail(lines int) string {
	text, err := os.ReadFile(s.options.Log)
	if err != nil {
		return ""
	}
	all := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
