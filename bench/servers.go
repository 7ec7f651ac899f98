package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"

	"aistore/bench/load"
	"aistore/bench/process"
	"aistore/errs"
)

// plainServer is a running server of package baseline.
type plainServer struct {
	*process.Server
	address string
	dir     string
}

// servers are all processes of one run.
type servers struct {
	plain   map[string]*plainServer // by kind; empty when not asked for
	cluster *cluster                // nil when not asked for
}

// startServers starts what the settings ask for below dir. Whoever gets it
// stops it.
func startServers(ctx context.Context, s settings, dir string) (*servers, error) {
	all := &servers{plain: make(map[string]*plainServer)}
	if slices.Contains(s.ways, wayPlain) {
		// A and A2 serve the same files
		for kind, sub := range map[string]string{
			kindSendfile: "read", kindBuffered: "read", kindUpload: kindUpload, kindDurable: kindDurable,
		} {
			server, err := startPlain(ctx, s, kind, filepath.Join(dir, "plain"), sub)
			if err != nil {
				all.stop()
				return nil, err
			}
			all.plain[kind] = server
		}
	}
	if s.cluster() {
		var err error
		if all.cluster, err = startCluster(ctx, s.Node, filepath.Join(dir, "cluster")); err != nil {
			all.stop()
			return nil, err
		}
	}
	return all, nil
}

func (a *servers) stop() {
	for _, server := range a.plain {
		server.Stop()
	}
	if a.cluster != nil {
		a.cluster.stop()
	}
}

// startPlain runs this very program as a server. The listening socket is
// made here and handed over, so requests can be sent at once.
func startPlain(ctx context.Context, s settings, kind, dir, sub string) (*plainServer, error) {
	const op = "bench.startPlain"
	data := filepath.Join(dir, sub)
	if err := os.MkdirAll(data, 0o755); err != nil {
		return nil, errs.E(op, kind, errs.Internal, err)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, errs.E(op, kind, errs.Internal, err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errs.E(op, kind, errs.Internal, err)
	}
	defer listener.Close()
	tcp, ok := listener.(*net.TCPListener)
	if !ok {
		return nil, errs.E(op, kind, errs.Internal, fmt.Errorf("%T is not TCP", listener))
	}
	socket, err := tcp.File()
	if err != nil {
		return nil, errs.E(op, kind, errs.Internal, err)
	}
	defer socket.Close()
	server, err := process.Start(ctx, process.Options{
		Name:  kind,
		Path:  self,
		Args:  []string{serveCommand, "-kind=" + kind, "-dir=" + data, fmt.Sprint("-attribute=", s.attribute)},
		Log:   filepath.Join(dir, kind+".log"),
		Files: []*os.File{socket},
	})
	if err != nil {
		return nil, err
	}
	return &plainServer{Server: server, address: listener.Addr().String(), dir: data}, nil
}

// way is the server as something to compare with.
func (p *plainServer) way(label string) way {
	return way{label: label, baseline: true, servers: []load.Meter{p}, open: func() (door, error) {
		return &rawDoor{client: load.NewClient(), address: p.address, prefix: "/"}, nil
	}}
}
