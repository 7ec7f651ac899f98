package command

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
	"aistore/internal/units"
)

const defaultEndpoint = "127.0.0.1:8080" // http, unless AIS_USE_HTTPS is true

// settings is the configuration file of the command. Every key may be absent,
// and so may the file; the environment goes before it.
type settings struct {
	Cluster clusterSettings `json:"cluster"`
	Timeout timeoutSettings `json:"timeout"`
	NoColor bool            `json:"no_color"`
}

type clusterSettings struct {
	URL         string `json:"url"`              // of any proxy
	DefaultHost string `json:"default_ais_host"` // when url is ""
	Certificate string `json:"client_crt"`       // files, PEM
	Key         string `json:"client_crt_key"`
	CA          string `json:"client_ca_tls"`
	SkipVerify  bool   `json:"skip_verify_crt"` // accept any certificate of a server
}

type timeoutSettings struct {
	HTTP units.Duration `json:"http_timeout"` // of a call without object data; 0 is the client's default
}

// settingsPath returns where the file is, "" without a home directory.
func (t *Tool) settingsPath() string { return t.inConfig("cli.json") }

func (t *Tool) inConfig(name string) string {
	if t.Home == "" {
		return ""
	}
	return filepath.Join(t.Home, ".config", "ais", "cli", name)
}

// settings reads the file and then the environment.
// Errors: Invalid (the file is no JSON), Forbidden, Internal.
func (t *Tool) settings() (settings, error) {
	var s settings
	if path := t.settingsPath(); path != "" {
		if err := readJSON(path, &s); err != nil {
			return s, err
		}
	}
	s.Cluster.URL = cmp.Or(t.Getenv("AIS_ENDPOINT"), s.Cluster.URL, s.Cluster.DefaultHost, defaultEndpoint)
	if !strings.Contains(s.Cluster.URL, "://") && wire.Bool(t.Getenv("AIS_USE_HTTPS")) {
		s.Cluster.URL = "https://" + s.Cluster.URL
	}
	s.Cluster.Certificate = cmp.Or(t.Getenv("AIS_CRT"), s.Cluster.Certificate)
	s.Cluster.Key = cmp.Or(t.Getenv("AIS_CRT_KEY"), s.Cluster.Key)
	s.Cluster.CA = cmp.Or(t.Getenv("AIS_CLIENT_CA"), s.Cluster.CA)
	s.Cluster.SkipVerify = s.Cluster.SkipVerify || wire.Bool(t.Getenv("AIS_SKIP_VERIFY_CRT"))
	s.NoColor = s.NoColor || t.Getenv("NO_COLOR") != ""
	return s, nil
}

// readJSON reads a file that may be absent.
func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fileError(path, err)
	}
	if err := json.Unmarshal(text, into); err != nil { // its errors are for people
		e := errs.E("read", path, errs.Invalid, err)
		e.Public = path + " is not valid JSON: " + err.Error()
		return e
	}
	return nil
}

// token returns the token to send, "" for none: from the environment, the
// file that it names, or the file of the last login.
func (t *Tool) token() (string, error) {
	if token := t.Getenv("AIS_AUTHN_TOKEN"); token != "" {
		return token, nil
	}
	path := cmp.Or(t.Getenv("AIS_AUTHN_TOKEN_FILE"), t.inConfig("auth.token"))
	if path == "" {
		return "", nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && t.Getenv("AIS_AUTHN_TOKEN_FILE") == "" {
		return "", nil
	}
	if err != nil {
		return "", fileError(path, err)
	}
	var file struct {
		Token string `json:"token"`
	}
	if jsonx.Unmarshal(text, &file) == nil && file.Token != "" {
		return file.Token, nil
	}
	return strings.TrimSpace(string(text)), nil // a bare token
}

// options makes client options of settings.
// Errors: Invalid, NotFound and Forbidden (certificate files).
func (s settings) options() (api.Options, error) {
	o := api.Options{
		Endpoint:  s.Cluster.URL,
		UserAgent: "ais/cli",
		Timeout:   time.Duration(s.Timeout.HTTP),
	}
	if s.Cluster.Certificate == "" && s.Cluster.CA == "" && !s.Cluster.SkipVerify {
		return o, nil
	}
	o.TLS = &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: s.Cluster.SkipVerify}
	if s.Cluster.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(s.Cluster.Certificate, s.Cluster.Key)
		if err != nil {
			return o, errs.E("read certificate", s.Cluster.Certificate, errs.Invalid, err)
		}
		o.TLS.Certificates = []tls.Certificate{pair}
	}
	if s.Cluster.CA != "" {
		text, err := os.ReadFile(s.Cluster.CA)
		if err != nil {
			return o, fileError(s.Cluster.CA, err)
		}
		o.TLS.RootCAs = x509.NewCertPool()
		if !o.TLS.RootCAs.AppendCertsFromPEM(text) {
			return o, errs.E("read certificates", s.Cluster.CA, errs.Invalid, errors.New("no certificate in it"))
		}
	}
	return o, nil
}

// fileError returns the error of a local file, with its kind.
func fileError(path string, err error) error {
	kind := errs.Internal
	switch {
	case errors.Is(err, fs.ErrNotExist):
		kind = errs.NotFound
	case errors.Is(err, fs.ErrPermission):
		kind = errs.Forbidden
	case errors.Is(err, fs.ErrExist):
		kind = errs.Exists
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	e := errs.E("file", path, kind, err)
	e.Public = path + ": " + err.Error()
	return e
}
