package measure

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"aistore/errs"
)

// Main runs a command with the arguments of the process, and exits as the kind of its
// error says. A signal to end the process ends ctx.
func Main(name string, start func(ctx context.Context, args []string) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := start(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		stop()
		os.Exit(errs.KindOf(err).ExitCode())
	}
}
