package aistest

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// Main runs the tests of a package that starts clusters, and is what its
// TestMain calls: it fails when a goroutine is left at the end, and takes away
// what was built.
func Main(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		program.remove()
		os.Exit(code)
	}))
}
