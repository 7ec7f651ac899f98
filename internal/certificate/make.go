package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"time"

	"aistore/errs"
)

// Request describes a certificate to make.
type Request struct {
	Name   string        // common name; "" is "aistore"
	Hosts  []string      // names and addresses that it is good for
	Life   time.Duration // 0 is a year
	Issuer *Pair         // who signs it; nil signs itself, and may sign others
}

// Pair is a certificate and its private key, both PEM.
type Pair struct {
	Certificate []byte
	Key         []byte
}

// Make makes a certificate for servers and clients, good from an hour ago, and
// a key of the curve P-256. Errors: Invalid (the issuer).
func Make(r Request) (*Pair, error) {
	const op = "certificate.Make"
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, errs.E(op, r.Name, errs.Internal, err)
	}
	template, err := r.template()
	if err != nil {
		return nil, errs.E(op, r.Name, errs.Internal, err)
	}
	parent, signer := template, any(key)
	if r.Issuer != nil {
		if parent, signer, err = r.Issuer.open(); err != nil {
			return nil, errs.E(op, r.Name, errs.Invalid, err)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return nil, errs.E(op, r.Name, errs.Internal, err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, errs.E(op, r.Name, errs.Internal, err)
	}
	return &Pair{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		Key:         pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	}, nil
}

func (r Request) template() (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126))
	if err != nil {
		return nil, err
	}
	name, life := r.Name, r.Life
	if name == "" {
		name = "aistore"
	}
	if life == 0 {
		life = 365 * 24 * time.Hour
	}
	now := time.Now()
	c := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(life),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
	}
	if r.Issuer == nil {
		c.IsCA, c.KeyUsage = true, c.KeyUsage|x509.KeyUsageCertSign
	}
	for _, host := range r.Hosts {
		if ip := net.ParseIP(host); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, host)
		}
	}
	return c, nil
}

// open returns the certificate and the key of a pair.
func (p *Pair) open() (*x509.Certificate, any, error) {
	block, _ := pem.Decode(p.Certificate)
	private, _ := pem.Decode(p.Key)
	if block == nil || private == nil {
		return nil, nil, errs.E("certificate.Pair", "", errs.Invalid, nil)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(private.Bytes)
	return certificate, key, err
}
