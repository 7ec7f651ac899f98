package main

import (
	"context"
	"net"
	"syscall"
	"testing"

	"aistore/ais"
	"aistore/ais/node"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/memnet"
	"aistore/internal/run"
)

// gateway is a node in memory that founds a cluster.
func gateway(t *testing.T, network *memnet.Network) *ais.Node {
	t.Helper()
	file := config.DefaultFile()
	file.Role, file.ConfDir = config.RoleProxy, t.TempDir()
	file.HostNet = config.HostNet{Host: "node", Port: "80"}
	host := network.Host("node")
	n, err := ais.New(file, ais.Options{Primary: true, Options: node.Options{
		Dial:   host.DialContext,
		Listen: func(_ context.Context, _, address string) (net.Listener, error) { return host.Listen(address) },
	}})
	check.NoError(t, err)
	return n
}

func TestASignalStopsTheNodeCleanly(t *testing.T) {
	for _, sent := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		n := gateway(t, memnet.New())
		var caught syscall.Signal
		var err error
		var group run.Group
		group.Go(func() { caught, err = runUntilSignal(n) })
		check.Eventually(t, n.Ready)
		check.NoError(t, syscall.Kill(syscall.Getpid(), sent))
		group.Wait()
		check.NoError(t, err)
		check.Equal(t, caught, sent)
	}
}

func TestAFailureIsNoSignal(t *testing.T) {
	network := memnet.New()
	taken, err := network.Host("node").Listen(":80")
	check.NoError(t, err)
	defer taken.Close()
	caught, err := runUntilSignal(gateway(t, network))
	check.ErrorIs(t, err, errs.Busy)
	check.Equal(t, caught, syscall.Signal(0))
}

func TestExitCodes(t *testing.T) {
	for kind, want := range map[errs.Kind]int{errs.Invalid: 2, errs.NotFound: 3, errs.Forbidden: 4, errs.Busy: 5, errs.Unavailable: 6, errs.Internal: 1} {
		check.Equal(t, fail(errs.E("test", "", kind, nil)), want)
	}
}
