package quorum_test

import (
	"testing"
	"testing/synctest"

	"github.com/hashicorp/raft"

	"aistore/internal/check"
)

// Messages to a peer are answered one by one, see the bounds of the transport.
func TestTheTransportHasNoPipeline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, "proxy001", "target001")
		for id, l := range n.logs {
			_, err := l.Transport().AppendEntriesPipeline("proxy002", "proxy002:80")
			check.ErrorIs(t, err, raft.ErrPipelineReplicationNotSupported)
			check.Equal(t, l.Address(), id+":80")
		}
	})
}
