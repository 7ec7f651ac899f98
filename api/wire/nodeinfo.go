package wire

// NodeInfo is the state of a node in short: the answer to GET /v1/health with
// cii=true, and part of [NodeStatus].
type NodeInfo struct {
	Smap   SmapInfo    `json:"smap"`
	BMD    VersionInfo `json:"bmd"`
	RMD    VersionInfo `json:"rmd"`
	Config VersionInfo `json:"config"`
	ETL    VersionInfo `json:"etlmd"`
	Flags  uint64      `json:"flags"`           // State… bits
	Nodes  []*Node     `json:"nodes,omitempty"` // ours: the node that answers, in each of its roles; not in [NodeStatus]
}

// SmapInfo says which cluster map a node has.
type SmapInfo struct {
	Primary PrimaryInfo `json:"primary"`
	UUID    string      `json:"uuid"`
	Version int64       `json:"version,string"`
}

// PrimaryInfo says which node a node takes for the primary.
type PrimaryInfo struct {
	PublicURL  string `json:"pub_url"`
	ControlURL string `json:"control_url"`
	ID         string `json:"id"`
}

// VersionInfo is the version of one kind of metadata.
type VersionInfo struct {
	UUID    string `json:"uuid,omitempty"`
	Version int64  `json:"version,string"`
}

// Bits of [NodeInfo.Flags] and of the metric state.flags. A node in good
// health has StateHealthy and no other.
const (
	StateVoting uint64 = 1 << iota
	StateClusterStarted
	StateNodeStarted
	StateRebalancing
	StateRebalanceInterrupted
	StateResilvering
	StateResilverInterrupted
	StateRestarted
	StateOutOfSpace
	StateOutOfMemory
	StateMaintenance
	StateLowCapacity
	StateLowMemory
	StateDiskFault
	StateManyGoroutines
	StateTooManyGoroutines
	StateCertificateSoonExpires
	StateCertificateExpired
	StateCertificateInvalid
	StateKeepaliveErrors
	StateOutOfCPU
	StateLowCPU
	StateDiskOutOfSpace
	StateDiskLowCapacity

	StateHealthy = StateClusterStarted | StateNodeStarted
)
