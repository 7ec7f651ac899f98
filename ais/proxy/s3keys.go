package proxy

import (
	"net/http"

	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/api/wire"
)

// createS3Key is POST of an access key that is wanted. The answer has its secret,
// which is told this once.
func (p *Proxy) createS3Key(w http.ResponseWriter, r *http.Request) error {
	want := &wire.S3Key{}
	if err := rest.Decode(w, r, want); err != nil {
		return err
	}
	return p.changeWith(w, r, want, func(leader *primary.Primary) error {
		made, err := leader.CreateKey(r.Context(), want)
		if err != nil {
			return err
		}
		return rest.JSON(w, made)
	})
}

// removeS3Key is DELETE of an access key.
func (p *Proxy) removeS3Key(w http.ResponseWriter, r *http.Request) error {
	return p.changeWith(w, r, nil, func(leader *primary.Primary) error {
		return leader.RemoveKey(r.Context(), r.PathValue("key"))
	})
}

// listS3Keys is GET: all access keys, without their secrets.
func (p *Proxy) listS3Keys(w http.ResponseWriter, _ *http.Request) error {
	list := []wire.S3Key{}
	for _, key := range p.core.Meta.State().Keys.All() {
		list = append(list, key.S3Key)
	}
	return rest.JSON(w, list)
}
