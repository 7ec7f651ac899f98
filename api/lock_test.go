package api_test

import (
	"net/http"
	"testing"

	"aistore/api"
	"aistore/api/apitest"
	"aistore/internal/check"
)

func TestLockStates(t *testing.T) {
	cluster, c := start(t, 1, 1)
	cluster.Put(bucket(), "o", []byte("x"))
	for status, want := range map[int]api.LockState{
		http.StatusOK: api.Unlocked, http.StatusAccepted: api.ReadLocked, http.StatusLocked: api.WriteLocked,
	} {
		cluster.Intercept(func(r apitest.Request) bool {
			if r.R.Method == http.MethodPost {
				r.W.WriteHeader(status)
				return true
			}
			return false
		})
		got, err := c.LockState(t.Context(), bucket(), "o")
		check.NoError(t, err)
		check.Equal(t, got, want)
	}
}
