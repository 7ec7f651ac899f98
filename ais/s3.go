package ais

import (
	"net/http"

	"aistore/ais/rest"
	"aistore/ais/s3"
)

// addS3 declares what the node answers in the words of S3, in all of its roles.
// It returns the handler for the port for S3 alone.
func (a *assembly) addS3(router *rest.Router) (http.Handler, error) {
	o := s3.Options{
		Node:    a.name(),
		State:   a.core.Meta.State,
		Peers:   a.core.Peers,
		Forward: a.core.Peers.Pass,
		Keys:    a.s3Key,
		Config:  a.core.Cluster,
		Log:     a.core.Log,
	}
	if a.leader != nil {
		o.Buckets = a.leader
	}
	if a.target != nil {
		a.target.OfferS3(&o)
	}
	s3.New(o).Routes(router)
	return router.DialectHandler(s3.Prefix)
}

// s3Key is what an access key of the cluster stands for.
func (a *assembly) s3Key(accessKey string) (s3.Key, bool) {
	secret, id, found := a.core.S3Key(accessKey)
	return s3.Key{Secret: secret, Identity: id}, found
}
