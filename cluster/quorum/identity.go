package quorum

import (
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/hashicorp/raft"

	"aistore/errs"
	"aistore/internal/jsonfile"
)

// identityFormat is the format of identity.json.
const identityFormat = 1

// identity tells the log of a node from every other log that this node has had
// or will have.
type identity struct {
	Node        string `json:"node"`
	Incarnation string `json:"incarnation"`
}

func newIdentity(node string) identity {
	return identity{Node: node, Incarnation: strings.ToLower(rand.Text()[:12])}
}

// raftID returns the id under which the log votes: node id, dot, incarnation.
func (i identity) raftID() raft.ServerID {
	return raft.ServerID(i.Node + "." + i.Incarnation)
}

// nodeOf returns the node whose log has that id.
func nodeOf(id raft.ServerID) string {
	node, _, _ := strings.Cut(string(id), ".")
	return node
}

// loadIdentity returns the identity of the log in dir, which has content.
func loadIdentity(dir, node string) (identity, error) {
	var i identity
	_, err := jsonfile.Load(jsonfile.OS{}, identityPath(dir), identityFormat, &i)
	switch {
	case errors.Is(err, errs.NotFound):
		return i, errs.E("", dir, errs.Corrupt, errors.New("there is a log, and identity.json is missing"))
	case err != nil:
		return i, err
	case i.Node != node:
		return i, errs.E("", dir, errs.Conflict, fmt.Errorf("the log is that of node %s, not of %s", i.Node, node))
	}
	return i, nil
}

func (i identity) save(dir string) error {
	return jsonfile.Save(jsonfile.OS{}, identityPath(dir), identityFormat, i)
}

func identityPath(dir string) string { return filepath.Join(dir, "identity.json") }
