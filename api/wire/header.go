package wire

// Headers of objects.
const (
	HeaderChecksumType  = "Ais-Checksum-Type"
	HeaderChecksumValue = "Ais-Checksum-Value" // lower-case hex
	HeaderAtime         = "Ais-Atime"          // unix nanoseconds
	HeaderVersion       = "Ais-Version"
	HeaderCustom        = "Ais-Custom-Md" // one line per pair, key=value
	HeaderAppendHandle  = "Ais-Append-Handle"
	HeaderArchiveAppend = "Ais-Pine" // "" or 0 create, 1 append, 2 append or create
	HeaderStale         = "Ais-Stale"
	StalePossible       = "possible" // value of HeaderStale: read without a lease
)

// Headers in the answer to HEAD of an object.
const (
	HeaderName           = "Ais-Name"
	HeaderBucketName     = "Ais-Bucket-Name"
	HeaderBucketProvider = "Ais-Bucket-Provider"
	HeaderLocation       = "Ais-Location"
	HeaderCopies         = "Ais-Mirror-Copies"
	HeaderCopyPaths      = "Ais-Mirror-Paths"
	HeaderECGeneration   = "Ais-Ec-Generation"
	HeaderECData         = "Ais-Ec-Data"
	HeaderECParity       = "Ais-Ec-Parity"
	HeaderECReplicated   = "Ais-Ec-Replicated"
	HeaderPresent        = "Ais-Present"
	HeaderChunks         = "Ais-Chunks-Count"
	HeaderMaxChunkSize   = "Ais-Chunks-Max-Chunk-Size" // bytes
)

// Headers of buckets.
const (
	HeaderBucketProps     = "Ais-Bucket-Props" // JSON of BucketProps
	HeaderBucketSummary   = "Ais-Bucket-Summ"  // JSON of BucketSummary
	HeaderJobID           = "Ais-Xaction-Id"
	HeaderBucketInventory = "Ais-Bucket-Inventory"
	HeaderInventoryName   = "Ais-Inv-Name"
)

// Headers of a GET that downloads in chunks from a remote bucket.
const (
	HeaderBlobDownload    = "Ais-Blob-Download"
	HeaderBlobChunk       = "Ais-Blob-Chunk"
	HeaderBlobWorkers     = "Ais-Blob-Workers"
	HeaderBlobReadTimeout = "Ais-Blob-Read-Timeout"
	HeaderBlobThreshold   = "Ais-Blob-Threshold"
)

// Headers of nodes and clusters.
const (
	HeaderNodeID        = "Ais-Node-Id"
	HeaderNodeURL       = "Ais-Node-Url"
	HeaderNodeVersion   = "Ais-Node-Version"
	HeaderNodeFlags     = "Ais-Node-Flags"
	HeaderNodeUptime    = "Ais-Node-Uptime"    // nanoseconds
	HeaderClusterUptime = "Ais-Cluster-Uptime" // nanoseconds
	HeaderRemoteAlias   = "Ais-Remote-Ais-Alias"
	HeaderRemoteURL     = "Ais-Remote-Ais-Url"
	HeaderRemoteUUID    = "Ais-Remote-Ais-Uuid"
)

// Headers between nodes.
const (
	HeaderCallerID        = "Ais-Caller-Id"
	HeaderCallerName      = "Ais-Caller-Name"
	HeaderCallerPrimary   = "Ais-Caller-Is-Primary"
	HeaderCallerMap       = "Ais-Caller-Smap-Ver"
	HeaderCallerSignature = "Ais-Caller-Sig"
	HeaderCallerNonce     = "Ais-Caller-Nonce"
	HeaderJoinTime        = "Ais-Join-Time"
	HeaderJoinSignature   = "Ais-Join-Sig"
)

// HeaderError carries the JSON of an error in the answer to HEAD, which has no body.
const HeaderError = "Hdr-Error"

// Content types. Clients compare ContentMsgpack as a whole string.
const (
	ContentJSON    = "application/json"
	ContentMsgpack = "application/msgpack"
	ContentBinary  = "application/octet-stream"
	ContentText    = "text/plain; charset=utf-8"
)
