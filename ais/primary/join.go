package primary

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
)

// Join makes the nodes of a request part of the cluster, or welcomes them back,
// and answers with the cluster key, sealed, and the whole state. It does not wait
// for the others to hear of it. Errors: Forbidden (wrong join secret, not signed
// with the key that the nodes are to have), Conflict
// (another cluster's node, or an id or address that is taken), Invalid,
// Unavailable.
func (p *Primary) Join(ctx context.Context, r *JoinRequest) (*JoinReply, error) {
	const op = "primary.Join"
	if len(r.Nodes) == 0 {
		return nil, errs.E(op, "", errs.Invalid, nil)
	}
	secret, err := p.admit(r)
	if err != nil {
		return nil, err
	}
	pushing, err := p.leading()
	if err != nil {
		return nil, err
	}
	key, err := r.Seal(p.o.Key(), secret)
	if err != nil {
		return nil, err
	}
	_, err = p.proposeNodes(ctx, func(s *cluster.State) ([]cluster.Change, error) {
		var changes []cluster.Change
		for _, node := range r.Nodes {
			joiner := cluster.Joiner{Node: node, UUID: r.UUID, Incarnation: r.Incarnation}
			if err := cluster.CheckJoin(s, joiner, p.known(node.ID, r)); err != nil {
				return nil, err
			}
			if known, ok := s.Map.Node(node.ID); !ok || !sameNode(known, node) {
				changes = append(changes, cluster.PutNode(node))
			}
		}
		return changes, nil
	})
	if err != nil {
		return nil, errs.E(op, r.Nodes[0].ID, "", err)
	}
	p.welcome(r)
	for _, node := range r.Nodes {
		p.o.Logger.Info("node joined", "node", node.ID, "url", node.Public.URL)
		pushing.welcome(node.ID)
	}
	full, err := pushing.full()
	if err != nil {
		return nil, err
	}
	return &JoinReply{Key: key, Sync: *full}, nil
}

// admit checks that the nodes are who they say, and know the join secret, if there
// is one, which it returns.
func (p *Primary) admit(r *JoinRequest) ([]byte, error) {
	if err := r.checkSignature(); err != nil {
		return nil, err
	}
	secret, err := p.joinSecret(p.log.State())
	if err != nil {
		return nil, errs.E("primary.Join", r.Nodes[0].ID, errs.Internal, err) // ours, not the joiner's
	}
	if len(secret) == 0 || hmac.Equal([]byte(r.Proof), []byte(Proof(secret, r.Nodes))) {
		return secret, nil
	}
	e := errs.E("primary.Join", r.Nodes[0].ID, errs.Forbidden, nil)
	e.Public = "the join secret is missing or wrong: set auth.intra_cluster.node_join_secret_path to the secret of this cluster"
	return nil, e
}

// Proof shows that whoever sends nodes to join knows the secret. It is "" for an
// empty secret.
func Proof(secret []byte, nodes []*wire.Node) string {
	if len(secret) == 0 {
		return ""
	}
	mac := hmac.New(sha256.New, secret)
	for _, n := range nodes {
		for _, part := range []string{n.ID, n.Type, n.Public.URL, n.Control.URL, n.Data.URL, string(n.VerifyingKey)} {
			io.WriteString(mac, part)
			mac.Write([]byte{0})
		}
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
