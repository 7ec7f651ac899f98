package certificate

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"aistore/errs"
)

// maxFile bounds each file, in bytes.
const maxFile = 1 << 20

// Files says where the certificate of a node is. The files are of the form PEM.
type Files struct {
	Certificate string // the node's, followed by those between it and its root
	Key         string // its private key; may be the same file
	CA          string // roots of the certificates of peers and clients; "" for those of the system alone
}

// material is what the files held at one time. It does not change.
type material struct {
	files   Files
	pair    tls.Certificate
	roots   *x509.CertPool // whom peers may have their certificates from
	clients *x509.CertPool // whom clients may have theirs from; empty without CA
}

// leaf is the node's own certificate.
func (m *material) leaf() *x509.Certificate { return m.pair.Leaf }

// same tells whether other has the same certificate, key and roots.
func (m *material) same(other *material) bool {
	return len(m.pair.Certificate) == len(other.pair.Certificate) &&
		bytes.Equal(bytes.Join(m.pair.Certificate, nil), bytes.Join(other.pair.Certificate, nil)) &&
		m.clients.Equal(other.clients)
}

// load reads files. Errors: Invalid, with a sentence that names the file.
func load(f Files) (*material, error) {
	m := &material{files: f, clients: x509.NewCertPool()}
	certificate, err := read("server_crt", f.Certificate)
	if err != nil {
		return nil, err
	}
	key, err := read("server_key", f.Key)
	if err != nil {
		return nil, err
	}
	if m.pair, err = tls.X509KeyPair(certificate, key); err != nil {
		return nil, invalid(f.Certificate, fmt.Errorf("%s and %s: %w", f.Certificate, f.Key, err))
	}
	if m.roots, err = x509.SystemCertPool(); err != nil {
		m.roots = x509.NewCertPool() // a system without roots
	}
	if selfSigned(m.leaf()) {
		m.roots.AddCert(m.leaf()) // nodes that share it trust each other
	}
	if f.CA == "" {
		return m, nil
	}
	ca, err := read("client_ca_tls", f.CA)
	if err != nil {
		return nil, err
	}
	if !m.clients.AppendCertsFromPEM(ca) || !m.roots.AppendCertsFromPEM(ca) {
		return nil, invalid(f.CA, fmt.Errorf("%s: there is no certificate in it", f.CA))
	}
	return m, nil
}

// selfSigned tells whether a certificate is its own root.
func selfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawIssuer, c.RawSubject) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// read returns what the file of a setting holds.
func read(setting, path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxFile {
		err = errors.New("the file is too long for a certificate")
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(path)
	}
	if err != nil {
		if at, ok := errors.AsType[*fs.PathError](err); ok {
			err = at.Err
		}
		return nil, invalid(path, fmt.Errorf("net.http.%s: %s: %w", setting, path, err))
	}
	return text, nil
}

func invalid(path string, cause error) error {
	e := errs.E("certificate.Open", path, errs.Invalid, cause)
	e.Public = cause.Error()
	return e
}

// look returns what identifies the files' present content; nil for one that is
// not there.
func look(f Files) []os.FileInfo {
	var seen []os.FileInfo
	for _, path := range []string{f.Certificate, f.Key, f.CA} {
		info, err := os.Stat(path)
		if err != nil {
			info = nil
		}
		seen = append(seen, info)
	}
	return seen
}

// unchanged tells whether files are what they were when a was taken.
func unchanged(a, b []os.FileInfo) bool {
	for i := range a {
		switch {
		case a[i] == nil && b[i] == nil:
		case a[i] == nil || b[i] == nil, !os.SameFile(a[i], b[i]),
			a[i].Size() != b[i].Size(), !a[i].ModTime().Equal(b[i].ModTime()):
			return false
		}
	}
	return true
}

// checkTime tells whether a certificate is good at a time.
func checkTime(c *x509.Certificate, now time.Time) error {
	switch {
	case now.Before(c.NotBefore):
		return fmt.Errorf("the certificate is not good before %s", c.NotBefore.UTC().Format(time.RFC3339))
	case now.After(c.NotAfter):
		return fmt.Errorf("the certificate has expired at %s", c.NotAfter.UTC().Format(time.RFC3339))
	}
	return nil
}
