package hrw_test

import (
	"testing"

	"aistore/internal/hrw"
)

func TestMixIsTheProtocols(t *testing.T) {
	for x, want := range map[uint64]uint64{0: 1905207664160064169, 4573842: 5026071747115404967} {
		if got := hrw.Mix(x); got != want {
			t.Errorf("Mix(%d) = %d, want %d", x, got, want)
		}
	}
}
