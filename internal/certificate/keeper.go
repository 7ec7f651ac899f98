package certificate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// DefaultInterval is how often the files are looked at.
	DefaultInterval = 10 * time.Second
	// hope is how often they are read although they look the same, when a new
	// certificate is due.
	hope = time.Minute
	// reminder is how often the log is told again of what has not been mended.
	reminder = time.Hour
)

// Options changes a Keeper. The zero value works.
type Options struct {
	Log      *slog.Logger  // nil discards
	Interval time.Duration // between two looks at the files; 0 is DefaultInterval
}

// Keeper holds the certificate of a node and exchanges it when its files
// change. It works from Open on; Run makes it look at the files by itself. All
// methods may be called from any goroutine.
type Keeper struct {
	files    func() Files
	log      *slog.Logger
	interval time.Duration
	current  atomic.Pointer[material]
	failure  atomic.Pointer[failure] // why the files cannot be used; nil while they can

	mu   sync.Mutex // held while files are read
	last reading    // guarded by mu
	told State      // guarded by mu; what the log was last told
	at   time.Time  // guarded by mu; when
}

// reading is an attempt to read files, good or bad.
type reading struct {
	files Files
	seen  []os.FileInfo // of the files, taken before they were read
	at    time.Time
}

// failure is why the files cannot be used, and since when the log knows.
type failure struct {
	err  error
	told time.Time
}

// Open reads the files that files names, and asks it again at each look. A
// certificate that has expired is served, since no other is there, and the log
// is told. Errors: Invalid (a file is missing or malformed, or the key is that of another
// certificate).
func Open(files func() Files, o Options) (*Keeper, error) {
	k := &Keeper{files: files, log: o.Log, interval: o.Interval}
	if k.log == nil {
		k.log = slog.New(slog.DiscardHandler)
	}
	if k.interval <= 0 {
		k.interval = DefaultInterval
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	m, err := k.read(now)
	if err != nil {
		return nil, err
	}
	k.current.Store(m)
	k.remind(now)
	return k, nil
}

// Run looks at the files again and again until ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	ticker := time.NewTicker(k.interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			k.look(time.Now())
		}
	}
}

// Reload reads the files now. On error the certificate in use stays.
// Errors: Invalid (as in Open, or the certificate is not good today).
func (k *Keeper) Reload() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.reload(time.Now())
}

// look reads the files if they have changed or if there is reason to hope for
// new ones, and reminds the log of what has not been mended.
func (k *Keeper) look(now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	files := k.files()
	due := k.failure.Load() != nil || stateAt(k.current.Load().leaf(), now) != Good
	if due && now.Sub(k.last.at) >= hope || files != k.last.files || !unchanged(k.last.seen, look(files)) {
		_ = k.reload(now) // it has told the log
	}
	k.remind(now)
}

// read reads the files. Mu is held.
func (k *Keeper) read(now time.Time) (*material, error) {
	files := k.files()
	k.last = reading{files, look(files), now}
	return load(files)
}

// reload puts what the files hold in use, if it is good. Mu is held.
func (k *Keeper) reload(now time.Time) error {
	old := k.current.Load()
	m, err := k.read(now)
	if err == nil && !m.same(old) {
		if bad := checkTime(m.leaf(), now); bad != nil {
			err = invalid(m.files.Certificate, bad)
		}
	}
	if err != nil {
		k.complain(err, now)
		return err
	}
	k.current.Store(m)
	k.failure.Store(nil)
	if !m.same(old) {
		k.log.Info("certificate exchanged", "file", m.files.Certificate,
			"subject", m.leaf().Subject.String(), "until", m.leaf().NotAfter)
	}
	return nil
}

// complain tells the log that the files cannot be used: at once when the reason
// is new, else now and then. Mu is held.
func (k *Keeper) complain(err error, now time.Time) {
	last := k.failure.Load()
	if last != nil && last.err.Error() == err.Error() && now.Sub(last.told) < reminder {
		return
	}
	k.failure.Store(&failure{err: err, told: now})
	k.log.Error("the new certificate cannot be used: the old one stays in use", "err", err,
		"until", k.current.Load().leaf().NotAfter)
}

// remind tells the log when the end of the certificate is near or past. Mu is
// held.
func (k *Keeper) remind(now time.Time) {
	leaf := k.current.Load().leaf()
	state := stateAt(leaf, now)
	again := map[State]time.Duration{Expiring: 24 * reminder, Expired: reminder}[state]
	if state == Good || state == k.told && now.Sub(k.at) < again {
		k.told = state
		return
	}
	k.told, k.at = state, now
	if bad := checkTime(leaf, now); bad != nil {
		k.log.Error("the certificate is not good: put another one into its file", "file", k.current.Load().files.Certificate, "err", bad)
		return
	}
	k.log.Warn("the certificate expires soon: put another one into its file", "file", k.current.Load().files.Certificate,
		"until", leaf.NotAfter, "left", leaf.NotAfter.Sub(now).Round(time.Minute))
}

// State says how good the certificate in use is.
func (k *Keeper) State() State {
	state := stateAt(k.current.Load().leaf(), time.Now())
	if state != Expired && k.failure.Load() != nil {
		return NotReplaced
	}
	return state
}

// Failure returns why what the files hold now is not in use; nil when it is.
func (k *Keeper) Failure() error {
	if f := k.failure.Load(); f != nil {
		return f.err
	}
	return nil
}

// Leaf returns the certificate in use. It must not be changed.
func (k *Keeper) Leaf() *x509.Certificate { return k.current.Load().leaf() }

// Files returns the files that the certificate in use was read from.
func (k *Keeper) Files() Files { return k.current.Load().files }

// Server returns the configuration of a listener that speaks HTTP/1.1 and asks
// clients for certificates as auth says.
func (k *Keeper) Server(auth tls.ClientAuthType) *tls.Config {
	c := &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
		ClientAuth: auth,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return &k.current.Load().pair, nil
		},
		// Resumed sessions would not notice that the roots have changed.
		SessionTicketsDisabled: auth != tls.NoClientCert,
	}
	if auth < tls.VerifyClientCertIfGiven {
		return c
	}
	whole := c.Clone()
	whole.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		now := c.Clone()
		now.ClientCAs = k.current.Load().clients
		return now, nil
	}
	return whole
}

// Client returns the configuration of one connection to another node, whose
// certificate has to be good for name. It shows the node's own certificate to
// who asks. With Unverified the other's certificate is not checked.
func (k *Keeper) Client(name string, v Verification) *tls.Config {
	m := k.current.Load()
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		NextProtos:         []string{"http/1.1"},
		ServerName:         name,
		RootCAs:            m.roots,
		InsecureSkipVerify: v == Unverified,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &m.pair, nil
		},
	}
}

// Verification says whether the certificate of another node is checked.
type Verification int

// The two ways.
const (
	Verified Verification = iota
	Unverified
)
