//go:build race

package tests

// underRace reports whether the race detector is on: it makes whole clusters in
// virtual time ten times as slow, so that what is random is short then, and has its
// full length in a second run without it.
const underRace = true
