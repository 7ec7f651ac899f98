package node

import (
	"errors"
	"net"
	"syscall"
)

// wakeAt has whoever waits for what arrives on a connection woken when there are
// least bytes of it. Errors: errors.ErrUnsupported.
func wakeAt(conn net.Conn, least int) error {
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return errors.ErrUnsupported
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) {
		failed = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVLOWAT, least)
	}); err != nil {
		return err
	}
	return failed
}
