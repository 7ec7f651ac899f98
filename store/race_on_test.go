//go:build race

package store_test

// everyStop is how many operations lie between two crashes: the race detector makes
// them slow, and sees nothing more in all of them.
const everyStop = 3
