// Command aisnode is a node of an AIStore cluster: a gateway, a storage target,
// or both.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"aistore/ais"
	"aistore/errs"
	"aistore/internal/logging/glogging"
	"aistore/internal/run"
)

// Set by the build.
var (
	version   string
	buildTime string
)

func main() { os.Exit(start(os.Args[1:])) }

// start runs a node until a signal, its cluster, or a failure ends it, and returns
// the exit code: 128 and the signal's number when a signal stopped it cleanly, 0
// when an administrator has stopped it through the cluster, else the code of the
// failure's kind.
func start(args []string) int {
	s, err := parse(flag.CommandLine, args, os.Getenv) // which has the flags of glog
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return fail(err)
	}
	defer glogging.Flush()
	glogging.SetMaxSize(int64(s.maxSize))
	s.options.Log = slog.New(glogging.New(s.options.LogLevel))
	s.options.FlushLog = glogging.Flush
	s.options.Version, s.options.BuildTime = version, buildTime
	n, err := ais.New(s.file, s.options)
	if err != nil {
		return fail(err)
	}
	caught, err := runUntilSignal(n)
	if err != nil {
		s.options.Log.Error("node failed", "err", err)
		return fail(err)
	}
	if caught == 0 {
		return 0
	}
	return 128 + int(caught)
}

// runUntilSignal runs the node and returns the signal that ended it. A second signal
// does what it does by default, so a node that hangs while it stops can be ended, and
// by SIGQUIT be asked where it hangs.
func runUntilSignal(n *ais.Node) (caught syscall.Signal, err error) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	signals := make(chan os.Signal, 1) // one is enough: the first stops the node
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT)
	defer signal.Stop(signals)
	var watcher run.Group
	watcher.Go(func() {
		select {
		case <-ctx.Done():
		case s := <-signals:
			caught, _ = s.(syscall.Signal)
			signal.Stop(signals)
			stop()
		}
	})
	err = n.Run(ctx)
	stop()
	watcher.Wait()
	return caught, err
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, "aisnode:", errs.PublicOf(err))
	return errs.KindOf(err).ExitCode()
}
