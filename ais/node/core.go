package node

import (
	"context"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/errs"
	"aistore/fs"
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
	HostPort  string         // public port that others are told; "" is the one that the node listens on
}

// DefaultVersion is what a node reports that nobody told its version. Clients
// compare the first two numbers with what they expect.
const DefaultVersion = "5.0.0"

// Core is the part of a node that does not depend on its role. Open makes it;
// the owner closes it when the node has stopped.
type Core struct {
	Config   config.Node                  // this node's own settings
	Cluster  *config.Live[config.Cluster] // settings of the cluster
	Identity Identity
	Key      *Key
	Peers    *Peers
	Signer   *rest.Signer
	Meta     *Metadata // set by the assembly before anything runs
	Metrics  *metrics.Registry
	Scope    *metrics.Scope // of the roles of the node
	Log      *slog.Logger
	Options  Options
	Started  time.Time

	known   []string // addresses where the configuration file says that gateways are
	sockets *listeners
	scheme  string
	ready   atomic.Bool
	since   atomic.Int64 // unix ns of the moment it became ready
}

// Open claims the configuration directory and the ports of a node. Nothing runs
// yet, and no peer is told. Errors: Invalid (configuration), Busy (a port is
// taken), Conflict (another node's directory).
func Open(ctx context.Context, file config.File, o Options) (*Core, error) {
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
	if file.Net.HTTP.UseHTTPS {
		e := errs.E("node.Open", "net.http.use_https", errs.Unsupported, nil)
		e.Public = "this release does not serve HTTPS: set net.http.use_https to false"
		return nil, e
	}
	if err := os.MkdirAll(cfg.ConfDir, 0o755); err != nil {
		return nil, errs.E("node.Open", cfg.ConfDir, errs.Invalid, err)
	}
	c := &Core{Config: cfg, Cluster: config.NewLive(&file.Cluster), known: file.Proxy.URLs(), Options: o, Log: o.Log, Metrics: metrics.NewRegistry(), Started: time.Now(), scheme: "http"}
	c.Scope = c.Metrics.Scope(metricPrefix(cfg))
	var err error
	if c.Key, err = OpenKey(cfg.ConfDir); err != nil {
		return nil, err
	}
	if c.sockets, err = listen(ctx, o.Listen, cfg.HostNet); err != nil {
		return nil, err
	}
	if c.Identity, err = OpenIdentity(cfg.ConfDir, cfg.ID); err != nil {
		c.sockets.close()
		return nil, err
	}
	c.Signer = rest.NewSigner(c.Identity.ID, c.keys, c.Cluster)
	c.Peers = NewPeers(c.Signer, o.Dial, int64(file.Limits.MetadataBody))
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
	if !s.Initialized() || s.Config == c.Cluster.Get() {
		return nil
	}
	c.Cluster.Set(s.Config)
	if level, err := logging.ParseLevel(s.Config.Log.Level); err == nil && c.Options.LogLevel != nil {
		c.Options.LogLevel.Set(level)
	}
	return nil
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
	host := c.Config.HostNet
	public := info(c.sockets.public, c.scheme, firstOf(c.Options.HostIP, host.Host))
	if c.Options.HostPort != "" {
		public = netInfo(c.scheme, public.Host, c.Options.HostPort)
	}
	return &wire.Node{
		ID:       id,
		Type:     role,
		IDDigest: hrw.Digest(id),
		Public:   public,
		Control:  info(c.sockets.control, c.scheme, firstOf(host.HostControl, host.Host)),
		Data:     info(c.sockets.data, c.scheme, firstOf(host.HostData, host.Host)),
	}
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
	e.Public, e.RetryAfter = "the node is starting up: try again", time.Second
	return e
}
