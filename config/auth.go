package config

import "aistore/internal/units"

// Auth says who must prove who they are. The members that are nil are as if
// they were not there.
type Auth struct {
	ClientAuthRequired bool            `json:"client_auth_required"` // requests of clients need a token
	Signature          *Signature      `json:"signature,omitempty"`
	RequiredClaims     *RequiredClaims `json:"required_claims,omitempty"`
	OIDC               *OIDC           `json:"oidc,omitempty"`
	IntraCluster       *IntraCluster   `json:"intra_cluster,omitempty"`
	S3                 S3Auth          `json:"s3"`
}

// S3Auth says whom requests in the words of S3 are taken from.
type S3Auth struct {
	// Anonymous takes requests without a signature, and those signed with an unknown
	// key, unverified: as of nobody, who may do what the bucket allows.
	Anonymous bool `json:"anonymous"`
}

// Signature says how tokens are signed.
type Signature struct {
	Key    string `json:"key"`    // shared secret or public key
	Method string `json:"method"` // "HS256", "RS256", …
}

// RequiredClaims says what a token must contain.
type RequiredClaims struct {
	Audience []string `json:"aud"` // one of these; empty means any
}

// OIDC says which issuers of tokens are trusted.
type OIDC struct {
	AllowedIssuers []string  `json:"allowed_iss"`      // issuers whose tokens are taken
	IssuerCABundle string    `json:"issuer_ca_bundle"` // path of a PEM file
	KeyCache       *KeyCache `json:"jwks_cache,omitempty"`
}

// KeyCache says how long keys of issuers are kept.
type KeyCache struct {
	MinRefresh units.Duration `json:"min_refresh"` // keys are fetched again after this at the earliest
	MaxRefresh units.Duration `json:"max_refresh"` // and after this at the latest
}

// IntraCluster says how nodes prove to each other that they are of one cluster.
type IntraCluster struct {
	RequestAuth        bool           `json:"request_auth"`          // sign redirects and calls between nodes
	TTL                units.Duration `json:"ttl"`                   // how long the signature of a redirect is good
	NonceWindow        units.Duration `json:"nonce_window"`          // how far clocks of nodes may differ
	RotationGrace      units.Duration `json:"rotation_grace"`        // how long the previous key is good after a new one
	NodeJoinSecretPath string         `json:"node_join_secret_path"` // file with the secret that a joining node must know; "" needs none
}

// DefaultIntraCluster returns what holds where intra_cluster is left out.
func DefaultIntraCluster() IntraCluster {
	return IntraCluster{RequestAuth: true, TTL: 5 * minute, NonceWindow: minute, RotationGrace: 10 * minute}
}

func (i *IntraCluster) setDefaults() { *i = DefaultIntraCluster() }

// Nodes returns IntraCluster, or its default.
func (a Auth) Nodes() IntraCluster {
	if a.IntraCluster == nil {
		return DefaultIntraCluster()
	}
	return *a.IntraCluster
}

// Redacted returns a copy that can be shown, without the shared secret.
func (a Auth) Redacted() Auth {
	if a.Signature != nil && a.Signature.Key != "" {
		signature := *a.Signature
		signature.Key = hidden
		a.Signature = &signature
	}
	return a
}

// Validate names what is wrong.
func (a Auth) Validate() error {
	if a.ClientAuthRequired && a.Signature == nil && a.OIDC == nil {
		return bad("auth.client_auth_required", "needs auth.signature or auth.oidc, or no token could be verified")
	}
	if s := a.Signature; s != nil {
		if err := oneOf("auth.signature.method", s.Method, signatureMethods()...); err != nil {
			return err
		}
	}
	n := a.Nodes()
	return lasting(
		span{"auth.intra_cluster.ttl", n.TTL, second, day},
		span{"auth.intra_cluster.nonce_window", n.NonceWindow, second, day},
		span{"auth.intra_cluster.rotation_grace", n.RotationGrace, 0, 30 * day},
	)
}
