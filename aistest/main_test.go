package aistest_test

import (
	"testing"

	"aistore/aistest"
)

func TestMain(m *testing.M) { aistest.Main(m) }
