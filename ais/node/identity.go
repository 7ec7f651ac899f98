package node

import (
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonfile"
)

// identityVersion is the format of the identity file.
const identityVersion = 1

// Identity is what a node remembers of itself from one start to the next.
type Identity struct {
	ID          string `json:"id"`          // base of the node's ids
	Incarnation uint64 `json:"incarnation"` // plus one at each start
}

// OpenIdentity reads the identity of a configuration directory, adds one to its
// incarnation and stores it before it returns, so that no two starts share one.
// Without a remembered id it takes wanted, or makes one; a wanted id that
// differs from the remembered one is Conflict.
func OpenIdentity(confDir, wanted string) (Identity, error) {
	const op = "node.OpenIdentity"
	path := filepath.Join(confDir, "node.json")
	var id Identity
	_, err := jsonfile.Load(jsonfile.OS{}, path, identityVersion, &id)
	if err != nil && !errors.Is(err, errs.NotFound) {
		return id, errs.E(op, path, "", err)
	}
	switch {
	case id.ID == "" && wanted == "":
		id.ID = newID()
	case id.ID == "":
		id.ID = wanted
	case wanted != "" && wanted != id.ID:
		return id, errs.E(op, path, errs.Conflict,
			fmt.Errorf("this directory belongs to node %q, not %q: use another confdir or drop the id", id.ID, wanted))
	}
	if err := wire.ValidateNodeID(id.ID); err != nil {
		return id, errs.E(op, path, "", err)
	}
	id.Incarnation++
	return id, jsonfile.Save(jsonfile.OS{}, path, identityVersion, &id)
}

// newID makes a random id of 9 letters and digits.
func newID() string { return "n" + strings.ToLower(rand.Text()[:8]) }
