//go:build !linux

package aistest

import "testing"

// namespaces is a network of the kernel's, which only Linux has.
type namespaces struct{ network }

func newNamespaces(t testing.TB) *namespaces {
	t.Helper()
	t.Skip("network namespaces need Linux")
	return nil
}

func (*namespaces) command(string) []string { return nil }
