package tests

import (
	"testing"

	"aistore/aistest"
)

func TestMain(m *testing.M) { aistest.Main(m) }
