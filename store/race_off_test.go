//go:build !race

package store_test

// everyStop is how many operations lie between two crashes.
const everyStop = 1
