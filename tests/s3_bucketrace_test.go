package tests

import (
	"fmt"
	"sync/atomic"
	"testing"

	"aistore/aistest"
	"aistore/internal/run"
)

// TestS3DeleteBucketLosesNoWrite deletes buckets while objects are written to them:
// where a write has been acknowledged the bucket stays.
func TestS3DeleteBucketLosesNoWrite(t *testing.T) {
	t.Parallel()
	clients := s3Clients(t, aistest.Start(t, aistest.Options{Proxies: 1, Targets: 3}))
	const rounds = 20
	deleted := 0
	for round := range rounds {
		bucket := fmt.Sprintf("/race-%d", round)
		clients[0].want(200, "PUT", bucket, "")
		var stored atomic.Int64
		var group run.Group
		for i, client := range clients {
			group.Go(func() {
				for n := range round % 5 {
					if client.do("PUT", fmt.Sprintf("%s/%d-%d", bucket, i, n), "x").status == 200 {
						stored.Add(1)
					}
				}
			})
		}
		answer := clients[round%len(clients)].do("DELETE", bucket, "")
		group.Wait()
		switch {
		case answer.status == 204 && stored.Load() > 0:
			t.Fatalf("round %d: the bucket was deleted with %d objects that had been stored", round, stored.Load())
		case answer.status == 204:
			deleted++
		case answer.status != 409 && answer.status != 503:
			t.Fatalf("round %d: got %d %s", round, answer.status, answer.body)
		}
	}
	if deleted < rounds/5 {
		t.Errorf("%d of %d buckets were deleted, though nothing was written to %d", deleted, rounds, rounds/5)
	}
}
