package node

import "net/http"

// SentByLater returns the version of the cluster map of the node of this cluster
// that has sent the client of a request here, if that is later than the given
// one, else 0: it knows better who owns what.
func (c *Core) SentByLater(r *http.Request, version int64) int64 {
	grant, err := c.Signer.VerifyRedirect(r)
	if err != nil || grant.Map <= version {
		return 0
	}
	return grant.Map
}
