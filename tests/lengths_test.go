package tests

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"aistore/internal/check"
)

// number is what an environment variable says, usual if it is not set.
func number(t *testing.T, variable string, usual int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	check.NoError(t, err)
	return n
}

// duration is what an environment variable says, usual if it is not set.
func duration(t *testing.T, variable string, usual time.Duration) time.Duration {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return usual
	}
	d, err := time.ParseDuration(text)
	check.NoError(t, err)
	return d
}

// seed is what AIS_SEED says, to repeat a run, or another one each time.
func seed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("AIS_SEED")
	if text == "" {
		return rand.Uint64()
	}
	n, err := strconv.ParseUint(text, 10, 64)
	check.NoError(t, err)
	return n
}
