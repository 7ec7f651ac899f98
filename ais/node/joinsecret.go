package node

import (
	"bytes"
	"errors"
	"os"

	"aistore/config"
	"aistore/errs"
)

// maxJoinSecret bounds the file of the join secret, in bytes.
const maxJoinSecret = 64 << 10

// JoinSecret reads the secret that nodes must know to join, from the file that
// the configuration names; empty if it names none. White space around it does
// not count. Errors: Invalid (the file is missing, empty, or too long).
func JoinSecret(c *config.Cluster) ([]byte, error) {
	path := c.Auth.Nodes().NodeJoinSecretPath
	if path == "" {
		return nil, nil
	}
	secret, err := os.ReadFile(path)
	if secret = bytes.TrimSpace(secret); err == nil && (len(secret) == 0 || len(secret) > maxJoinSecret) {
		err = errors.New("a join secret has 1 byte to 64KiB")
	}
	if err != nil {
		return nil, errs.E("node.JoinSecret", "auth.intra_cluster.node_join_secret_path", errs.Invalid, err)
	}
	return secret, nil
}
