//go:build !race

package rest_test

// raceDetector tells whether pools forget at random.
const raceDetector = false
