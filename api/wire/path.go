package wire

// Paths of resources. A bucket, an object or a word follows after a slash.
const (
	PathBuckets         = "/v1/buckets"
	PathObjects         = "/v1/objects"
	PathHealth          = "/v1/health"
	PathDaemon          = "/v1/daemon"
	PathCluster         = "/v1/cluster"
	PathReverse         = "/v1/reverse/daemon"
	PathGetBatch        = "/v1/ml/moss"
	PathDownload        = "/v1/download"
	PathSort            = "/v1/sort"
	PathETL             = "/v1/etl"
	PathTokens          = "/v1/tokens"
	PathMetasync        = "/v1/metasync"
	PathMetrics         = "/metrics"
	PathS3              = "/s3"
	WordJoin            = "join-by-admin"
	WordMounts          = "mountpaths"
	WordSetConfig       = "set-config"
	WordLoadCertificate = "load-x509" // in PathCluster, a node's id may follow, and in PathDaemon
	WordProxy           = "proxy"
	WordAttach          = "attach"
	WordDetach          = "detach"
	WordAbort           = "abort"
	WordRemove          = "remove"
)
