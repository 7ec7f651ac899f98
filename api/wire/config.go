package wire

// ConfigReply answers a change of the configuration of a cluster or of a node.
type ConfigReply struct {
	Version int64          `json:"version,string"` // of the cluster's configuration, after the change
	Changed []ConfigChange `json:"changed"`        // what is different now, by name; empty when nothing is
}

// ConfigChange is what became of one setting. Secrets are not shown.
type ConfigChange struct {
	Key    string `json:"key"`
	From   string `json:"from"`
	To     string `json:"to"`
	Effect string `json:"effect"` // "live", "new buckets", "restart" or "no effect yet"
}

// ConfigSetting is one setting, with what there is to know of it.
type ConfigSetting struct {
	Key     string   `json:"key"` // dotted name
	Value   string   `json:"value"`
	Default string   `json:"default"`
	Source  string   `json:"source"`            // one of the constants below
	Local   bool     `json:"local,omitempty"`   // only nodes have it
	Cluster string   `json:"cluster,omitempty"` // the value that it would have, where the node has its own
	Problem string   `json:"problem,omitempty"` // why a node's own value is not in force
	Effect  string   `json:"effect"`            // as in ConfigChange, or "read-only"
	Risky   bool     `json:"risky,omitempty"`   // a wrong value can cut nodes or clients off
	Choices []string `json:"choices,omitempty"` // all words that it can be; none where there are many
}

// Values of [ConfigSetting.Source].
const (
	SourceCluster   = "cluster"   // what the cluster has agreed on
	SourceInherited = "inherited" // a node has it from its cluster
	SourceOverride  = "override"  // a node has its own value
	SourceTransient = "transient" // a node has its own value until it restarts
	SourceLocal     = "local"     // a setting that only nodes have
)
