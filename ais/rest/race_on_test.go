//go:build race

package rest_test

// raceDetector tells that pools forget at random, so that allocations say
// nothing.
const raceDetector = true
