package certificate_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"aistore/errs"
	"aistore/internal/certificate"
	"aistore/internal/check"
	"aistore/internal/memnet"
	"aistore/internal/run"
)

// folder holds the files of one node.
type folder struct {
	t     *testing.T
	files certificate.Files
}

func newFolder(t *testing.T) *folder {
	dir := t.TempDir()
	return &folder{t, certificate.Files{Certificate: filepath.Join(dir, "server.crt"), Key: filepath.Join(dir, "server.key")}}
}

func (f *folder) write(path string, text []byte) {
	f.t.Helper()
	// As those do who exchange certificates: a new file takes the name.
	check.NoError(f.t, os.WriteFile(path+".new", text, 0o600))
	check.NoError(f.t, os.Rename(path+".new", path))
}

func (f *folder) put(p *certificate.Pair) {
	f.t.Helper()
	f.write(f.files.Key, p.Key)
	f.write(f.files.Certificate, p.Certificate)
}

func (f *folder) open(log io.Writer) *certificate.Keeper {
	f.t.Helper()
	k, err := certificate.Open(func() certificate.Files { return f.files }, certificate.Options{Log: slog.New(slog.NewTextHandler(log, nil))})
	check.NoError(f.t, err)
	return k
}

func mustMake(t *testing.T, r certificate.Request) *certificate.Pair {
	t.Helper()
	if r.Hosts == nil {
		r.Hosts = []string{"node", "127.0.0.1", "::1"}
	}
	p, err := certificate.Make(r)
	check.NoError(t, err)
	return p
}

// shake connects a client with a server and returns what each says.
func shake(server, client *tls.Config) (shown *x509.Certificate, fromServer, fromClient error) {
	network := memnet.New()
	l, err := network.Host("server").Listen(":1")
	if err != nil {
		return nil, err, err
	}
	defer l.Close()
	var group run.Group
	group.Go(func() {
		var a net.Conn
		if a, fromServer = l.Accept(); fromServer != nil {
			return
		}
		defer a.Close()
		one := tls.Server(a, server)
		if fromServer = one.Handshake(); fromServer == nil {
			_, fromServer = one.Write([]byte("x"))
		}
	})
	b, err := network.Host("client").DialContext(context.Background(), "tcp", "server:1")
	if err != nil {
		return nil, err, err
	}
	other := tls.Client(b, client)
	fromClient = other.Handshake()
	if fromClient == nil {
		shown = other.ConnectionState().PeerCertificates[0]
		_, fromClient = other.Read(make([]byte, 1)) // a refused certificate is told here
	}
	b.Close()
	group.Wait()
	return shown, fromServer, fromClient
}

func TestNodesThatShareACertificateTrustEachOther(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	f.put(mustMake(t, certificate.Request{}))
	k := f.open(io.Discard)
	for _, name := range []string{"node", "127.0.0.1", "::1"} {
		shown, s, c := shake(k.Server(tls.NoClientCert), k.Client(name, certificate.Verified))
		check.NoError(t, s)
		check.NoError(t, c)
		check.Equal(t, shown.Equal(k.Leaf()), true)
	}
	_, _, err := shake(k.Server(tls.NoClientCert), k.Client("other", certificate.Verified))
	check.Contains(t, err.Error(), "x509: certificate is valid for node, not other")
	_, _, err = shake(k.Server(tls.NoClientCert), k.Client("other", certificate.Unverified))
	check.NoError(t, err)

	stranger := newFolder(t)
	stranger.put(mustMake(t, certificate.Request{}))
	_, _, err = shake(stranger.open(io.Discard).Server(tls.NoClientCert), k.Client("node", certificate.Verified))
	check.Contains(t, err.Error(), "x509: certificate signed by unknown authority")
}

func TestClientsShowCertificatesWhereAsked(t *testing.T) {
	t.Parallel()
	root := mustMake(t, certificate.Request{Name: "root"})
	f := newFolder(t)
	f.files.CA = filepath.Join(t.TempDir(), "ca.crt")
	f.write(f.files.CA, root.Certificate)
	f.put(mustMake(t, certificate.Request{Issuer: root}))
	k := f.open(io.Discard)
	bare := k.Client("node", certificate.Verified)
	bare.GetClientCertificate = nil
	stranger := newFolder(t)
	stranger.put(mustMake(t, certificate.Request{}))
	wrong := k.Client("node", certificate.Verified)
	wrong.GetClientCertificate = stranger.open(io.Discard).Client("", certificate.Verified).GetClientCertificate
	for _, row := range []struct {
		auth              tls.ClientAuthType
		own, none, others bool
	}{
		{tls.NoClientCert, true, true, true},
		{tls.RequestClientCert, true, true, true},
		{tls.RequireAnyClientCert, true, false, true},
		{tls.VerifyClientCertIfGiven, true, true, false},
		{tls.RequireAndVerifyClientCert, true, false, false},
	} {
		for name, one := range map[string]struct {
			client *tls.Config
			want   bool
		}{"own": {k.Client("node", certificate.Verified), row.own}, "none": {bare, row.none}, "others": {wrong, row.others}} {
			_, s, c := shake(k.Server(row.auth), one.client)
			if got := s == nil && c == nil; got != one.want {
				t.Errorf("auth %v, certificate %s: served %v, want %v (%v, %v)", row.auth, name, got, one.want, s, c)
			}
		}
	}

	// Other roots: who was let in no longer is.
	f.write(f.files.CA, mustMake(t, certificate.Request{Name: "other root"}).Certificate)
	server := k.Server(tls.RequireAndVerifyClientCert)
	client := k.Client("node", certificate.Unverified)
	_, s, _ := shake(server, client)
	check.NoError(t, s)
	check.NoError(t, k.Reload())
	_, s, _ = shake(server, client)
	check.Contains(t, s.Error(), "unknown authority")
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	good, other := mustMake(t, certificate.Request{}), mustMake(t, certificate.Request{})
	for name, row := range map[string]struct {
		certificate, key, ca []byte
		why                  string
	}{
		"no certificate":     {nil, good.Key, nil, "net.http.server_crt: "},
		"no key":             {good.Certificate, nil, nil, "net.http.server_key: "},
		"another key":        {good.Certificate, other.Key, nil, "private key does not match public key"},
		"no PEM":             {[]byte("hello"), good.Key, nil, "failed to find any PEM data"},
		"too long":           {bytes.Repeat([]byte("x"), 1<<20+1), good.Key, nil, "too long"},
		"roots without any":  {good.Certificate, good.Key, []byte("hello"), "there is no certificate in it"},
		"certificate as key": {good.Certificate, good.Certificate, nil, "found a certificate rather than a key"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			if row.certificate != nil {
				f.write(f.files.Certificate, row.certificate)
			}
			if row.key != nil {
				f.write(f.files.Key, row.key)
			}
			if row.ca != nil {
				f.files.CA = filepath.Join(t.TempDir(), "ca.crt")
				f.write(f.files.CA, row.ca)
			}
			_, err := certificate.Open(func() certificate.Files { return f.files }, certificate.Options{})
			check.ErrorIs(t, err, errs.Invalid)
			check.Contains(t, errs.PublicOf(err), row.why)

			// Nor do they replace what is in use.
			f.put(good)
			ca := f.files.CA
			f.files.CA = ""
			k := f.open(io.Discard)
			f.files.CA = ca
			for path, text := range map[string][]byte{f.files.Certificate: row.certificate, f.files.Key: row.key} {
				if text == nil {
					check.NoError(t, os.Remove(path))
				} else {
					f.write(path, text)
				}
			}
			check.ErrorIs(t, k.Reload(), errs.Invalid)
			check.Equal(t, k.State(), certificate.NotReplaced)
			check.Contains(t, k.Describe().Problem, row.why)
			f.files.CA = ""
			f.put(other)
			check.NoError(t, k.Reload())
			check.Equal(t, k.State(), certificate.Good)
			check.Equal(t, k.Failure(), nil)
		})
	}
}

// journal is what a log says, until it is taken.
type journal struct {
	mu   sync.Mutex
	text []byte
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.text = append(j.text, p...)
	return len(p), nil
}

func (j *journal) take() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	text := string(j.text)
	j.text = nil
	return text
}

// inVirtualTime runs a keeper in virtual time, over files that prepare has made
// there.
func inVirtualTime(t *testing.T, prepare func(*testing.T, *folder), script func(t *testing.T, f *folder, k *certificate.Keeper, said func() string)) {
	f := newFolder(t)
	synctest.Test(t, func(t *testing.T) {
		f.t = t
		prepare(t, f)
		log := &journal{}
		k := f.open(log)
		ctx, stop := context.WithCancel(t.Context())
		var group run.Group
		group.Go(func() {
			if err := k.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		script(t, f, k, func() string {
			synctest.Wait()
			return log.take()
		})
		stop()
		group.Wait()
	})
}

func TestANewCertificateIsNoticed(t *testing.T) {
	t.Parallel()
	inVirtualTime(t, func(t *testing.T, f *folder) {
		f.put(mustMake(t, certificate.Request{Name: "first"}))
	}, func(t *testing.T, f *folder, k *certificate.Keeper, said func() string) {
		server := k.Server(tls.NoClientCert)
		second := mustMake(t, certificate.Request{Name: "second"})
		f.write(f.files.Certificate, second.Certificate) // the key comes later
		time.Sleep(3 * certificate.DefaultInterval)
		check.Equal(t, k.Leaf().Subject.CommonName, "first")
		check.Equal(t, k.State(), certificate.NotReplaced)
		if text := said(); strings.Count(text, "level=ERROR") != 1 || !strings.Contains(text, "does not match") {
			t.Fatalf("the log says: %s", text)
		}
		time.Sleep(90 * time.Minute)
		check.Equal(t, strings.Count(said(), "level=ERROR"), 1)
		f.write(f.files.Key, second.Key)
		time.Sleep(certificate.DefaultInterval + time.Second)
		check.Equal(t, k.State(), certificate.Good)
		shown, _, err := shake(server, k.Client("node", certificate.Verified))
		check.NoError(t, err)
		check.Equal(t, shown.Subject.CommonName, "second")
		check.Contains(t, said(), "certificate exchanged")
		time.Sleep(time.Hour)
		check.Equal(t, said(), "")
	})
}

func TestAnEndIsAnnounced(t *testing.T) {
	t.Parallel()
	inVirtualTime(t, func(t *testing.T, f *folder) {
		f.put(mustMake(t, certificate.Request{Name: "first", Life: 5 * time.Hour}))
	}, func(t *testing.T, f *folder, k *certificate.Keeper, said func() string) {
		time.Sleep(170 * time.Minute)
		check.Equal(t, k.State(), certificate.Good)
		check.Equal(t, said(), "")
		time.Sleep(20 * time.Minute)
		check.Equal(t, k.State(), certificate.Expiring)
		if text := said(); strings.Count(text, "level=WARN") != 1 || !strings.Contains(text, "expires soon") {
			t.Fatalf("the log says: %s", text)
		}
		// One that is already over does not replace one that is not.
		old := mustMake(t, certificate.Request{Name: "old", Life: -time.Minute})
		f.put(old)
		time.Sleep(time.Minute)
		check.Equal(t, k.State(), certificate.NotReplaced)
		check.Contains(t, said(), "has expired")
		time.Sleep(2 * time.Hour)
		check.Equal(t, k.State(), certificate.Expired)
		check.Equal(t, k.Describe().State, "expired")
		check.Contains(t, said(), "level=ERROR")
		f.put(mustMake(t, certificate.Request{Name: "third"}))
		time.Sleep(certificate.DefaultInterval + time.Second)
		check.Equal(t, k.State(), certificate.Good)
		check.Equal(t, k.Leaf().Subject.CommonName, "third")
	})
}

func TestACertificateOfALongStopIsServed(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	f.put(mustMake(t, certificate.Request{Life: -time.Minute}))
	var log bytes.Buffer
	k := f.open(&log)
	check.Equal(t, k.State(), certificate.Expired)
	check.Contains(t, log.String(), "has expired")
	check.NoError(t, k.Reload()) // nothing new is nothing bad
}

func TestDescription(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	f.put(mustMake(t, certificate.Request{Name: "me"}))
	d := f.open(io.Discard).Describe()
	check.Equal(t, d.Subject, "CN=me")
	check.Equal(t, d.Issuer, "CN=me")
	check.Equal(t, d.Hosts, "node,127.0.0.1,::1")
	check.Equal(t, d.State, "good")
	check.Equal(t, d.File, f.files.Certificate)
}
