package node

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/liveness"
	"aistore/cluster/quorum"
	"aistore/config"
	"aistore/errs"
	"aistore/fs"
	"aistore/internal/certificate"
	"aistore/internal/hrw"
	"aistore/internal/logging"
	"aistore/metrics"
)

// Options are what tests and commands replace. The zero value is a real node.
type Options struct {
	Listen    Listener     // nil listens on real sockets
	Dial      Dialer       // nil dials real addresses
	FS        fs.FS        // file system of the mountpaths; nil is the operating system's
	Log       *slog.Logger // nil discards
	Version   string       // of the program, as "major.minor[.rest]"; "" is DefaultVersion
	BuildTime string
	FlushLog  func()         // writes what the log has buffered; nil when there is nothing to do
	LogLevel  *slog.LevelVar // follows log.level of the cluster's configuration; nil when nothing does
	HostIP    string         // public address that others are told; "" is the one that the node listens on
	Near      netip.Prefix   // clients with such an address are sent to the data network of targets; the zero value is nobody
	HostPort  string         // public port that others are told; "" is the one that the node listens on
	Clock     Clock          // by which leases run; nil is that of the machine
	Logs      *quorum.Memory // keeps the log of metadata, for tests; nil keeps it on disk
}

// DefaultVersion is what a node reports that nobody told its version. Clients
// compare the first two numbers with what they expect.
const DefaultVersion = "5.0.0"

// Core is the part of a node that does not depend on its role. Open makes it;
// the owner closes it when the node has stopped.
type Core struct {
	Config   config.Node                  // this node's own settings
	Cluster  *config.Live[config.Cluster] // settings of the cluster, as they are in force here
	Settings *Settings                    // where those come from, and what changes them
	Identity Identity
	Key      *Key
	Peers    *Peers
	Signer   *rest.Signer
	Nodes    []*wire.Node // this process, in each of its roles; set by the assembly before anything runs
	Meta     *Metadata    // set by the assembly before anything runs
	Leads    func() bool  // whether this node is the primary; set by the assembly if it may be

	// Lease is that of this node as a target: it writes only while the lease is
	// valid, see MayWrite. Keepalives extend it.
	Lease liveness.Lease
	// Writes returns the version of the map that is in force for writes on this
	// target, and that of the pending placement whose fence is closed, 0 for none;
	// keepalives tell both to the primary. It is set by the assembly before
	// anything runs, and nil on a node that is no target.
	Writes func() (mapVersion, fenced int64)

	Metrics *metrics.Registry
	Scope   *metrics.Scope // of the roles of the node
	Log     *slog.Logger
	Options Options
	Started time.Time

	// Certificate is what the node shows under TLS; nil without HTTPS.
	Certificate *certificate.Keeper

	Dismissal *Dismissal // the primary's order to stop

	s3Keys openedKeys

	electable bool         // it may lead the cluster
	invited   *invitations // to join a cluster

	nudge   chan struct{} // capacity 1: the primary is to be told at once
	known   []string      // addresses where the configuration of the node says that gateways are
	sockets *listeners

	signingKey   ed25519.PrivateKey // by which this node proves who it is
	verifyingKey ed25519.PublicKey  // what others know this node by
	later        laterMap

	streams *logStreams
	scheme  string
	lag     lag
	rates   rates
	ready   atomic.Bool
	since   atomic.Int64 // unix ns of the moment it became ready
}

// Open claims the configuration directory and the ports of a node. Nothing runs
// yet, and no peer is told. Errors: Invalid (configuration), Busy (a port is
// taken), Conflict (another node's directory).
func Open(ctx context.Context, file config.File, o Options) (*Core, error) {
	settings, err := OpenSettings(file)
	if err != nil {
		return nil, err
	}
	file = settings.Started()
	cfg := file.Node
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.FS == nil {
		o.FS = fs.NewOS()
	}
	if o.Version == "" {
		o.Version = DefaultVersion
	}
	if o.Clock == nil {
		o.Clock = realClock()
	}
	if err := os.MkdirAll(cfg.ConfDir, 0o755); err != nil {
		return nil, errs.E("node.Open", cfg.ConfDir, errs.Invalid, err)
	}
	c := &Core{
		nudge: make(chan struct{}, 1), Config: cfg, Cluster: settings.Live(), Settings: settings, known: file.Proxy.URLs(),
		electable: cfg.IsProxy() && !file.Proxy.NonElectable, Dismissal: newDismissal(), invited: newInvitations(),
		Options: o, Log: o.Log, Metrics: metrics.NewRegistry(), Started: time.Now(), scheme: "http",
	}
	c.Scope = c.Metrics.Scope(metricPrefix(cfg))
	c.followLogLevel()
	if c.Key, err = OpenKey(cfg.ConfDir); err != nil {
		return nil, err
	}
	if err = c.openCertificate(); err != nil {
		return nil, err
	}
	if c.sockets, err = listen(ctx, o.Listen, cfg.HostNet, file.Net.S3); err != nil {
		return nil, err
	}
	if c.Identity, err = OpenIdentity(cfg.ConfDir, cfg.ID); err != nil {
		c.sockets.close()
		return nil, err
	}
	own, err := OpenNodeKey(cfg.ConfDir)
	if err != nil {
		c.sockets.close()
		return nil, err
	}
	c.signingKey, c.verifyingKey = own, own.Public().(ed25519.PublicKey)
	c.Signer = c.signer(own)
	c.Peers = NewPeers(c.Signer, c.transport(&file.Net.HTTP), int64(file.Limits.MetadataBody))
	control := c.controlInfo()
	c.streams = newLogStreams(net.JoinHostPort(control.Host, control.Port), c.Signer, c.dialer())
	return c, nil
}

// metricPrefix is the prefix of the names of metrics; a node with both roles
// counts as a target.
func metricPrefix(cfg config.Node) string {
	if cfg.IsTarget() {
		return metrics.TargetPrefix
	}
	return metrics.ProxyPrefix
}

// applyConfig puts the cluster's configuration in force on this node.
func (c *Core) applyConfig(_ context.Context, s *cluster.State) error {
	if !s.Initialized() {
		return nil
	}
	return c.Settings.Agree(s.Config, s.Transient)
}

// followLogLevel makes the log follow log.level.
func (c *Core) followLogLevel() {
	if c.Options.LogLevel == nil {
		return
	}
	follow := func(cfg *config.Cluster) {
		if level, err := logging.ParseLevel(cfg.Log.Level); err == nil {
			c.Options.LogLevel.Set(level)
		}
	}
	follow(c.Cluster.Get())
	c.Cluster.OnChange(follow)
}

// keys are those that requests between nodes are signed with.
func (c *Core) keys() rest.Keys { return rest.Keys{Current: c.Key.Bytes()} }

// Close releases the ports, if nobody has served them, and idle connections. The
// node is no longer ready.
func (c *Core) Close() {
	c.SetReady(false)
	c.sockets.close()
	c.Peers.Close()
}

// Self describes the node to others in the given role.
func (c *Core) Self(id, role string) *wire.Node {
	public := c.publicInfos()
	var flags uint64
	if role == wire.NodeProxy && !c.electable {
		flags = wire.NodeNonElectable
	}
	return &wire.Node{
		ID:       id,
		Type:     role,
		IDDigest: hrw.Digest(id),
		Public:   public[0],
		PubExtra: append([]wire.NetInfo(nil), public[1:]...),
		Control:  c.controlInfo(),
		Data:     c.dataInfo(),
		Flags:    flags,

		VerifyingKey: c.verifyingKey,
	}
}

// Electable reports whether this node may lead the cluster.
func (c *Core) Electable() bool { return c.electable }

// LogAddress is where the logs of other nodes reach that of this node, as
// host:port.
func (c *Core) LogAddress() string { return c.streams.self }

// Now reads the clock by which leases run.
func (c *Core) Now() liveness.Moment { return c.Options.Clock() }

// TellPrimary sends the next keepalive at once.
func (c *Core) TellPrimary() {
	select {
	case c.nudge <- struct{}{}:
	default:
	}
}

// MayWrite reports whether this node, a target, has a lease now. It does not
// allocate.
func (c *Core) MayWrite() bool { return c.Lease.Valid(c.Now()) }

func (c *Core) leads() bool { return c.Leads != nil && c.Leads() }

// ActAsPrimary makes this node, which leads, act on the current state. The first
// primary of a cluster makes its key.
func (c *Core) ActAsPrimary(ctx context.Context) error {
	if len(c.Key.Bytes()) == 0 {
		if err := c.Key.Create(); err != nil {
			return err
		}
	}
	return c.Meta.Apply(ctx)
}

// Ready reports whether the node takes part in a cluster.
func (c *Core) Ready() bool { return c.ready.Load() }

// SetReady says that the node takes part in a cluster, or no longer does.
func (c *Core) SetReady(ready bool) {
	if ready && !c.ready.Swap(true) {
		c.since.Store(time.Now().UnixNano())
		c.Log.Info("node is ready", "node", c.Identity.ID, "after", time.Since(c.Started).Round(time.Millisecond))
	} else if !ready {
		c.ready.Store(false)
	}
}

// CheckReady is nil for a ready node, else Unavailable.
func (c *Core) CheckReady() error {
	if c.Ready() {
		return nil
	}
	e := errs.E("node", c.Identity.ID, errs.Unavailable, nil)
	e.Code, e.Public, e.RetryAfter = errs.CodeNotNow, "the node is starting up: try again", time.Second
	return e
}
