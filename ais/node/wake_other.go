//go:build !linux

package node

import (
	"errors"
	"net"
)

// wakeAt is for Linux.
func wakeAt(net.Conn, int) error { return errors.ErrUnsupported }
