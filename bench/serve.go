package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"

	"aistore/bench/baseline"
	"aistore/errs"
	"aistore/internal/run"
)

// serveCommand, as the first argument, makes this program a plain server.
const serveCommand = "serve"

// Kinds of plain servers.
const (
	kindSendfile = "sendfile"
	kindBuffered = "buffered"
	kindUpload   = "upload"
	kindDurable  = "durable" // upload with sync
)

// listenerFile is the descriptor of the listening socket that the parent
// hands over.
const listenerFile = 3

// serve is a plain server until ctx ends.
func serve(ctx context.Context, args []string) error {
	const op = "bench.serve"
	flags := flag.NewFlagSet(serveCommand, flag.ContinueOnError)
	kind := flags.String("kind", "", "which server")
	dir := flags.String("dir", "", "directory of its files")
	attribute := flags.Int("attribute", 0, "length of the extended attribute")
	if err := flags.Parse(args); err != nil {
		return errs.E(op, "flags", errs.Invalid, err)
	}
	mux := http.NewServeMux()
	switch *kind {
	case kindBuffered:
		mux.Handle("GET /", baseline.Buffered(*dir))
	case kindSendfile, kindUpload, kindDurable:
		mux.Handle("GET /", baseline.Sendfile(*dir))
		mux.Handle("PUT /", baseline.Upload(*dir, baseline.UploadOptions{Attribute: *attribute, Sync: *kind == kindDurable}))
	default:
		return errs.E(op, *kind, errs.Invalid, errors.New("no such kind of server"))
	}
	file := os.NewFile(listenerFile, "listener")
	listener, err := net.FileListener(file)
	if err != nil {
		return errs.E(op, fmt.Sprint("descriptor ", listenerFile), errs.Invalid, err)
	}
	file.Close()
	server := &http.Server{Handler: mux}
	return run.Parts(ctx, []run.Named{{Name: *kind, Part: run.Func(func(ctx context.Context) error {
		defer context.AfterFunc(ctx, func() { server.Close() })()
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return errs.E(op, *kind, errs.Internal, err)
		}
		return nil
	})}})
}
