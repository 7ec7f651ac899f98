package node

import "net/http"

// SentByLater reports whether the client of a request was sent here by a node of
// this cluster that knew a later cluster map than that of the given version: it
// knows better who owns what.
func (c *Core) SentByLater(r *http.Request, version int64) bool {
	grant, err := c.Signer.VerifyRedirect(r)
	return err == nil && grant.Map > version
}
