package config

import (
	"errors"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
)

// Cluster is the configuration that all nodes of a cluster share. It is
// complete: nothing is left out when it is written. UUID, Updated and Version
// belong to whoever commits changes, and cannot be set by name.
type Cluster struct {
	UUID     string `json:"uuid"`                  // of the cluster
	Updated  string `json:"lastupdate_time"`       // when the cluster was made
	Version  int64  `json:"config_version,string"` // plus one with each change
	Features uint64 `json:"features,string"`       // bits that switch on what is off for most

	// ReadWithoutLease lets a target that has lost touch with the primary
	// go on serving reads, which may then be stale and are marked so.
	ReadWithoutLease bool `json:"read_without_lease"`

	Backend     map[string]jsonx.RawMessage `json:"backend"` // by provider; what is inside is the backend's
	Auth        Auth                        `json:"auth"`
	Proxy       Proxy                       `json:"proxy"`
	Net         Net                         `json:"net"`
	Timeout     Timeout                     `json:"timeout"`
	Client      Client                      `json:"client"`
	Periodic    Periodic                    `json:"periodic"`
	Log         Log                         `json:"log"`
	Space       Space                       `json:"space"`
	LRU         wire.LRUProps               `json:"lru"`
	Mirror      wire.MirrorProps            `json:"mirror"`
	EC          wire.ECProps                `json:"ec"`
	Checksum    wire.ChecksumProps          `json:"checksum"`
	Versioning  wire.VersioningProps        `json:"versioning"`
	Chunks      wire.ChunksProps            `json:"chunks"`
	WritePolicy wire.WritePolicyProps       `json:"write_policy"`
	RateLimit   wire.RateLimitProps         `json:"rate_limit"`
	Disk        Disk                        `json:"disk"`
	Rebalance   Rebalance                   `json:"rebalance"`
	Resilver    Resilver                    `json:"resilver"`
	FSHC        FSHC                        `json:"fshc"`
	Keepalive   Keepalive                   `json:"keepalivetracker"`
	Quorum      Quorum                      `json:"quorum"`
	Memsys      Memsys                      `json:"memsys"`
	Transport   Transport                   `json:"transport"`
	TCB         Streams                     `json:"tcb"`  // copying and transforming buckets
	TCO         Streams                     `json:"tco"`  // copying and transforming objects
	Archive     Streams                     `json:"arch"` // making archives
	List        List                        `json:"lso"`
	GetBatch    GetBatch                    `json:"get_batch"`
	Downloader  Downloader                  `json:"downloader"`
	Limits      Limits                      `json:"limits"`
}

// Default returns the configuration of a cluster that nobody has configured.
func Default() Cluster {
	return Cluster{
		ReadWithoutLease: true,
		Backend:          map[string]jsonx.RawMessage{},
		Net:              DefaultNet(),
		Timeout:          DefaultTimeout(),
		Client:           DefaultClient(),
		Periodic:         DefaultPeriodic(),
		Log:              DefaultLog(),
		Space:            DefaultSpace(),
		LRU:              wire.DefaultLRU(),
		Mirror:           wire.DefaultMirror(),
		EC:               wire.DefaultEC(),
		Checksum:         wire.DefaultChecksum(),
		Versioning:       wire.DefaultVersioning(),
		Chunks:           wire.DefaultChunks(),
		WritePolicy:      wire.DefaultWritePolicy(),
		RateLimit:        wire.DefaultRateLimit(),
		Disk:             DefaultDisk(),
		Rebalance:        DefaultRebalance(),
		Resilver:         DefaultResilver(),
		FSHC:             DefaultFSHC(),
		Keepalive:        DefaultKeepalive(),
		Quorum:           DefaultQuorum(),
		Memsys:           DefaultMemsys(),
		Transport:        DefaultTransport(),
		TCB:              DefaultStreams(),
		TCO:              DefaultStreams(),
		Archive:          DefaultStreams(),
		List:             DefaultList(),
		GetBatch:         DefaultGetBatch(),
		Downloader:       DefaultDownloader(),
		Limits:           DefaultLimits(),
	}
}

// Validate checks every section and names all that is wrong. Errors: Invalid.
func (c *Cluster) Validate() error {
	err := errors.Join(
		c.validateBackends(),
		c.Auth.Validate(), c.Proxy.Validate(), c.Net.Validate(), c.Timeout.Validate(), c.Client.Validate(),
		c.Periodic.Validate(), c.Log.Validate(), c.Space.Validate(), c.LRU.Validate(), c.Mirror.Validate(),
		c.EC.Validate(), c.Checksum.Validate(), c.Versioning.Validate(), c.Chunks.Validate(),
		c.WritePolicy.Validate(), c.RateLimit.Validate(), c.Disk.Validate(), c.Rebalance.Validate(),
		c.FSHC.Validate(), c.Keepalive.Validate(), c.Quorum.Validate(), c.Memsys.Validate(),
		c.Transport.Validate(), c.TCB.validate("tcb"), c.TCO.validate("tco"), c.Archive.validate("arch"),
		c.List.Validate(), c.GetBatch.Validate(), c.Downloader.Validate(), c.Limits.Validate(),
		c.checkTogether(),
	)
	if err != nil {
		return errs.E("config.Validate", "", errs.Invalid, err)
	}
	return nil
}

func (c *Cluster) validateBackends() error {
	for provider := range c.Backend {
		canonical, err := wire.ParseProvider(provider)
		if err != nil || canonical != provider {
			return bad("backend", "%q is none of %v", provider, wire.Providers())
		}
	}
	return nil
}

// checkTogether checks what holds between sections.
func (c *Cluster) checkTogether() error {
	if c.Mirror.Enabled && c.EC.Enabled {
		return bad("mirror.enabled", "excludes ec.enabled")
	}
	if c.Timeout.Lease < 3*c.Keepalive.Target.Interval {
		return bad("timeout.lease", "%s is less than three times keepalivetracker.target.interval", c.Timeout.Lease)
	}
	return nil
}

// BucketProps returns the properties of a new bucket of provider in this
// cluster. ID and Created are zero. Eviction is off for ais, where what is
// evicted would be lost.
func (c *Cluster) BucketProps(provider string) wire.BucketProps {
	p := wire.DefaultProps(provider)
	evict := p.LRU.Enabled && c.LRU.Enabled
	p.LRU = c.LRU
	p.LRU.Enabled = evict
	p.Mirror = c.Mirror
	p.EC = c.EC
	p.Checksum = c.Checksum
	p.Versioning = c.Versioning
	if p.Provider != wire.ProviderAIS {
		p.Versioning.History = wire.HistoryNone // their backend keeps it
	}
	p.Chunks = c.Chunks
	p.WritePolicy = c.WritePolicy
	p.RateLimit = c.RateLimit
	return p
}
