// Command certificate makes a certificate for a local cluster that serves HTTPS,
// signed by itself, so that clients and nodes that are told to trust it do:
//
//	certificate -dir DIR -hosts 127.0.0.1,localhost
//
// writes DIR/server.crt and DIR/server.key, unless they are there, belong
// together, and are good for those hosts for another month.
package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"aistore/errs"
	"aistore/internal/certificate"
)

// least is how long what is there already has to be good.
const least = 30 * 24 * time.Hour

func main() {
	dir := flag.String("dir", ".", "where the two files go")
	hosts := flag.String("hosts", "127.0.0.1,localhost", "names and addresses, separated by commas")
	flag.Parse()
	if err := ensure(*dir, strings.Split(*hosts, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "certificate:", errs.PublicOf(err))
		os.Exit(errs.KindOf(err).ExitCode())
	}
}

// ensure makes the files, or leaves good ones alone.
func ensure(dir string, hosts []string) error {
	public, private := filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key")
	if good(public, private, hosts) {
		return nil
	}
	pair, err := certificate.Make(certificate.Request{Hosts: hosts})
	if err != nil {
		return err
	}
	return errors.Join(
		os.MkdirAll(dir, 0o755),
		write(private, pair.Key, 0o600),
		write(public, pair.Certificate, 0o644),
	)
}

// write puts a file in the place of another, which nodes may be reading.
func write(path string, text []byte, mode os.FileMode) error {
	if err := os.WriteFile(path+".new", text, mode); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// good tells whether the files hold what is wanted.
func good(public, private string, hosts []string) bool {
	pair, err := tls.LoadX509KeyPair(public, private)
	if err != nil || time.Until(pair.Leaf.NotAfter) < least {
		return false
	}
	for _, host := range hosts {
		if pair.Leaf.VerifyHostname(host) != nil {
			return false
		}
	}
	return true
}
