// Package fstest says, as a test, what holds for every fs.FS. Run passes on
// the operating system's and on memfs; a twin that wraps another one passes
// it while it injects nothing.
package fstest
