package primary_test

import (
	"testing"
	"testing/synctest"

	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
)

func TestJoinAnswersWithKeyAndState(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		reply := r.join(t, "target01")
		check.Equal(t, reply.Key, primary.SealedKey{}) // it has asked for none
		s, err := cluster.DecodeState(reply.Sync.Snapshot)
		check.NoError(t, err)
		check.Equal(t, s.Position, r.log.State().Position)
		_, found := s.Map.Node("target01")
		check.Equal(t, found, true)

		version := r.log.State().Map.Version()
		_, err = r.Join(t.Context(), &primary.JoinRequest{Nodes: []*wire.Node{node("target01", wire.NodeTarget)}, UUID: s.Map.UUID(), Incarnation: 2})
		check.NoError(t, err)
		check.Equal(t, r.log.State().Map.Version(), version) // it is as it was
	})
}

func TestAProcessOfBothRolesJoinsAtOnce(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		both := []*wire.Node{node("pnode001", wire.NodeProxy), node("tnode001", wire.NodeTarget)}
		both[1].Public, both[1].Control, both[1].Data = both[0].Public, both[0].Control, both[0].Data
		r.start(t, "pnode001")
		r.start(t, "tnode001")
		_, err := r.Join(t.Context(), &primary.JoinRequest{Nodes: both})
		check.NoError(t, err)
		check.Equal(t, len(r.log.State().Map.Proxies()), 2)
		check.Equal(t, len(r.log.State().Map.Targets()), 1)
	})
}

func TestJoinRefuses(t *testing.T) {
	t.Parallel()
	elsewhere := node("target02", wire.NodeTarget)
	elsewhere.Public = node("target01", wire.NodeTarget).Public
	noID := node("target02", wire.NodeTarget)
	noID.ID = ""
	tests := []struct {
		name    string
		request primary.JoinRequest
		want    error
	}{
		{"nobody", primary.JoinRequest{}, errs.Invalid},
		{"a node without id", primary.JoinRequest{Nodes: []*wire.Node{noID}}, errs.Invalid},
		{"a node of another cluster", primary.JoinRequest{Nodes: []*wire.Node{node("target02", wire.NodeTarget)}, UUID: "other"}, errs.Conflict},
		{"an address that is taken", primary.JoinRequest{Nodes: []*wire.Node{elsewhere}}, errs.Conflict},
		{"an id of the other role", primary.JoinRequest{Nodes: []*wire.Node{node("target01", wire.NodeProxy)}}, errs.Conflict},
		{"one good and one bad", primary.JoinRequest{Nodes: []*wire.Node{node("proxy002", wire.NodeProxy), elsewhere}}, errs.Conflict},
	}
	inRig(t, func(t *testing.T, r *rig) {
		r.join(t, "target01")
		version := r.log.State().Map.Version()
		for _, test := range tests {
			reply, err := r.Join(t.Context(), &test.request)
			check.ErrorIs(t, err, test.want)
			if reply != nil {
				t.Fatalf("%s: there is a reply", test.name)
			}
		}
		check.Equal(t, r.log.State().Map.Version(), version)
	})
}

func TestJoinSecret(t *testing.T) {
	t.Parallel()
	joiner := []*wire.Node{node("target01", wire.NodeTarget)}
	moved := []*wire.Node{node("target01", wire.NodeTarget)}
	moved[0].Data.URL = "http://thief:80"
	tests := []struct {
		name, proof string
		want        errs.Kind
	}{
		{"none", "", errs.Forbidden},
		{"another secret", primary.Proof([]byte("guess"), joiner), errs.Forbidden},
		{"of other addresses", primary.Proof([]byte("secret"), moved), errs.Forbidden},
		{"right", primary.Proof([]byte("secret"), joiner), ""},
	}
	synctest.Test(t, func(t *testing.T) {
		r, stop := newRig(t, "secret")
		defer stop()
		r.start(t, "target01")
		for _, test := range tests {
			_, err := r.Join(t.Context(), &primary.JoinRequest{Nodes: joiner, Proof: test.proof})
			if errs.KindOf(err) != test.want {
				t.Fatalf("%s: got %v, want %v", test.name, err, test.want)
			}
			if err != nil {
				check.Contains(t, errs.PublicOf(err), "auth.intra_cluster.node_join_secret_path")
			}
		}
	})
	check.Equal(t, primary.Proof(nil, joiner), "")
}

func TestFoundAgainChangesNothing(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		first := r.log.State()
		check.Equal(t, first.Map.Primary().ID, "proxy001")
		check.Equal(t, first.Config.UUID, first.Map.UUID())
		check.NoError(t, r.Found(t.Context()))
		check.Equal(t, r.log.State().Position, first.Position)

		moved := node("proxy001", wire.NodeProxy)
		moved.Public.URL = "http://moved:81"
		check.NoError(t, primary.New(r.log, r.options(nil, moved)).Found(t.Context()))
		check.Equal(t, r.log.State().Map.UUID(), first.Map.UUID())
		check.Equal(t, r.log.State().Map.Primary().Public.URL, "http://moved:81")
	})
}
