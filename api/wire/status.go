package wire

import "aistore/internal/jsonx"

// NodeStatus is all that a node tells about itself: who it is, how it does,
// and what it has counted.
type NodeStatus struct {
	Rebalance  *JobSnapshot     `json:"rebalance_snap,omitempty"`
	Status     string           `json:"status"`      // "online", "maintenance", …; may be empty
	Deployment string           `json:"deployment"`  // "dev", "K8s", or the operating system
	Version    string           `json:"ais_version"` // major.minor[.rest]
	BuildTime  string           `json:"build_time"`
	PodName    string           `json:"k8s_pod_name"`
	Node       *Node            `json:"snode"`
	Tracker    map[string]int64 `json:"tracker"` // by metric name
	Capacity   Capacity         `json:"capacity"`
	Cluster    NodeInfo         `json:"cluster"`
	System     SystemInfo       `json:"sys_info"`
	SmapVer    int64            `json:"smap_version,string"`
}

// Capacity is what the mountpaths of a target hold and can hold.
type Capacity struct {
	Mountpaths map[string]MountpathCapacity `json:"mountpaths"` // by path
	Error      string                       `json:"cs_err"`     // why the target is full, or ""
	TotalUsed  uint64                       `json:"total_used,string"`
	TotalAvail uint64                       `json:"total_avail,string"`
	PctMax     int32                        `json:"pct_max"` // use of the fullest mountpath, percent
	PctAvg     int32                        `json:"pct_avg"`
	PctMin     int32                        `json:"pct_min"`
}

// MountpathCapacity is the use of one mountpath.
type MountpathCapacity struct {
	Label      string     `json:"mountpath_label"`
	FileSystem FileSystem `json:"fs"`
	Disks      []string   `json:"disks"`
	Used       uint64     `json:"used,string"`  // bytes
	Available  uint64     `json:"avail,string"` // bytes
	PctUsed    int32      `json:"pct_used"`
}

// FileSystem names the file system under a mountpath.
type FileSystem struct {
	Name string `json:"Fs"`
	Type string `json:"FsType"`
	ID   string `json:"FsID"` // two numbers with a comma between
}

// SystemInfo is the memory and the processors of a node, as its container
// has them.
type SystemInfo struct {
	MemUsed      uint64           `json:"mem_used"`  // bytes
	MemAvailable uint64           `json:"mem_avail"` // bytes
	PctMemUsed   int64            `json:"pct_mem_used"`
	PctCPUUsed   int64            `json:"pct_cpu_used"`
	LoadAverage  LoadAverage      `json:"load_avg"`
	CPUUtil      int64            `json:"cpu_util"`
	CPUThrottled int64            `json:"cpu_throttled"`
	Memory       jsonx.RawMessage `json:"mem,omitempty"`
	Process      jsonx.RawMessage `json:"proc,omitempty"`
}

// LoadAverage is the load of the last one, five and fifteen minutes.
type LoadAverage struct {
	One     float64
	Five    float64
	Fifteen float64
}

// DiskStatus is the answer to what=disk.
type DiskStatus struct {
	Capacity
	Disks map[string]DiskRates `json:"AllDiskStats"` // by name of the disk
}

// DiskRates is what a disk does.
type DiskRates struct {
	ReadBps  int64 `json:"RBps"` // bytes per second
	ReadAvg  int64 `json:"Ravg"` // bytes per read
	WriteBps int64 `json:"WBps"`
	WriteAvg int64 `json:"Wavg"`
	Util     int64 // percent
}

// MountpathList is the answer to what=mountpaths.
type MountpathList struct {
	Available []string `json:"available"`
	Waiting   []string `json:"waiting_dd"` // waiting for a resilver before they go
	Disabled  []string `json:"disabled"`
}

// RemoteClusters is the answer to what=remote.
type RemoteClusters struct {
	Clusters []RemoteCluster `json:"a"`
	Version  int64           `json:"ver"`
}

// RemoteCluster is an attached AIS cluster. The map is nil when it is offline.
type RemoteCluster struct {
	Smap  *Smap  `json:"smap"`
	URL   string `json:"url"`
	Alias string `json:"alias"`
	UUID  string `json:"uuid"`
}
