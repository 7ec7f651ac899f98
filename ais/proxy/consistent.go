package proxy

import (
	"net/http"

	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/api/wire"
)

// consistent makes a read of the cluster's books one that misses nothing
// acknowledged before it, if it is asked to with ?consistent=true: the primary
// answers it, once a majority has said that it still is.
func (p *Proxy) consistent(read rest.Handler) rest.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !rest.QueryOf(r).Bool(wire.QueryConsistent) {
			return read(w, r)
		}
		return p.change(w, r, nil, func(leader *primary.Primary) error {
			if err := leader.Verify(r.Context()); err != nil {
				return err
			}
			return read(w, r)
		})
	}
}
