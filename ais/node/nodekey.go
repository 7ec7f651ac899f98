package node

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/quorum"
	"aistore/config"
	"aistore/errs"
)

// OpenNodeKey returns the key by which this node, and no other, proves who it
// is. It lies in a file of the configuration directory that only its owner can
// read, is made when there is none, and never leaves the node: others know its
// public part from the cluster map. Errors: Corrupt (the file is no key),
// Internal.
func OpenNodeKey(confDir string) (ed25519.PrivateKey, error) {
	const op = "node.OpenNodeKey"
	path := filepath.Join(confDir, "node.key")
	seed, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		seed = make([]byte, ed25519.SeedSize)
		rand.Read(seed)
		if err := writeSecret(path, seed); err != nil {
			return nil, errs.E(op, path, errs.Internal, err)
		}
	case err != nil:
		return nil, errs.E(op, path, errs.Internal, err)
	case len(seed) != ed25519.SeedSize:
		return nil, errs.E(op, path, errs.Corrupt, errors.New("not a node key: remove the file to let the node make a new one"))
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// signer makes what signs for this node and verifies what others have signed.
func (c *Core) signer(own ed25519.PrivateKey) *rest.Signer {
	// A process with both roles signs as the gateway.
	id := c.Identity.ID
	if c.Config.Role == config.RoleAll {
		id = wire.NodeProxy[:1] + id
	}
	return rest.NewNodeSigner(id, c.keys, rest.Identities{Own: own, Of: c.keyOf, Later: c.laterKeyOf}, c.Cluster)
}

// keyOf returns the key by which a node of the cluster proves who it is.
func (c *Core) keyOf(id string) (key ed25519.PublicKey, known bool) {
	if c.Meta == nil {
		return nil, false
	}
	return keyIn(c.Meta.State().Map, id)
}

func keyIn(m *cluster.Map, id string) (ed25519.PublicKey, bool) {
	n, known := m.Node(id)
	if !known {
		return nil, false
	}
	return ed25519.PublicKey(n.VerifyingKey), true
}

// laterKeyOf is keyOf by all that the node's log holds, whether it is known to be
// agreed on or not: after a start a voter has to speak with the others before it
// knows, and a new primary may be known by its last entries only.
func (c *Core) laterKeyOf(id string) (key ed25519.PublicKey, known bool) {
	if c.Meta == nil {
		return nil, false
	}
	return keyIn(c.later.of(c.Meta.Log()), id)
}

// laterMap is the map by all that a log holds. Whoever knocks makes the node read
// its log, so it does that now and then only. The zero value works.
type laterMap struct {
	mu   sync.Mutex
	read time.Time    // guarded by mu
	last *cluster.Map // guarded by mu
}

// laterPause is between two times that the log is read.
const laterPause = 200 * time.Millisecond

func (l *laterMap) of(log *quorum.Log) *cluster.Map {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last != nil && time.Since(l.read) < laterPause {
		return l.last
	}
	l.read, l.last = time.Now(), &cluster.Map{}
	if newest, err := log.Newest(); err == nil {
		l.last = newest.Map
	}
	return l.last
}
