package certificate

import (
	"strings"
	"time"

	"aistore/api/wire"
)

// Describe returns what people want to know of the certificate in use.
func (k *Keeper) Describe() *wire.Certificate {
	m := k.current.Load()
	leaf := m.leaf()
	hosts := append([]string{}, leaf.DNSNames...)
	for _, ip := range leaf.IPAddresses {
		hosts = append(hosts, ip.String())
	}
	c := &wire.Certificate{
		Subject:      leaf.Subject.String(),
		Issuer:       leaf.Issuer.String(),
		Hosts:        strings.Join(hosts, ","),
		NotBefore:    leaf.NotBefore.UTC().Format(time.RFC3339),
		NotAfter:     leaf.NotAfter.UTC().Format(time.RFC3339),
		SerialNumber: leaf.SerialNumber.String(),
		PublicKey:    leaf.PublicKeyAlgorithm.String(),
		Signature:    leaf.SignatureAlgorithm.String(),
		File:         m.files.Certificate,
		State:        k.State().String(),
	}
	if err := k.Failure(); err != nil {
		c.Problem = err.Error()
	}
	return c
}
