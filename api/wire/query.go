package wire

import (
	"fmt"
	"strings"

	"aistore/errs"
)

// Query parameters of buckets and objects.
const (
	QueryWhat             = "what"
	QueryProps            = "props"
	QueryProvider         = "provider"
	QueryNamespace        = "namespace"
	QueryUUID             = "uuid"
	QueryJobID            = "jobid"
	QueryPresence         = "presence"
	QuerySummaryRemote    = "bsumm_remote"
	QueryBucketTo         = "bck_to"    // uname of a bucket
	QueryObjectTo         = "object_to" // uname of an object
	QueryDontAddRemote    = "dont_add_remote_bck_md"
	QueryDontHeadRemote   = "dont_head_remote_bck"
	QueryKeepMetadata     = "keep_bck_md"
	QueryAppendType       = "append_type"
	QueryAppendHandle     = "append_handle"
	QueryArchivePath      = "archpath"
	QueryArchiveMime      = "archmime"
	QueryArchiveRegex     = "archregx"
	QueryArchiveMode      = "archmode" // one of Match…
	QuerySkipVersionCheck = "skip_vc"
	QueryLatestVersion    = "latest-ver"
	QuerySynchronize      = "synchronize"
	QueryValidateChecksum = "validate-checksum"
	QuerySetNewCustom     = "set-new-custom"
	QueryUploads          = "uploads"
	QueryUploadID         = "uploadId"
	QueryPartNumber       = "partNumber"
	QueryETLName          = "etl_name"
	QueryETLPipeline      = "etl_pipeline"
	QueryETLArgs          = "etl_args"
	QueryOriginalURL      = "original_url"
	QuerySilent           = "sln"
	QuerySystem           = "sys"
	QueryColocation       = "coloc"
)

// Query parameters of nodes and the cluster.
const (
	QueryTransient         = "transient"
	QueryForce             = "frc"
	QueryRegex             = "regex"
	QueryOnlyActive        = "only_active"
	QuerySeverity          = "severity"
	QueryOffset            = "offset"
	QueryAll               = "all"
	QueryMountpathLabel    = "mountpath_label"
	QueryDontResilver      = "dntres"
	QueryConfirmFileShare  = "confirm-fshr"
	QueryNoJob             = "act-no-xact"
	QueryReadiness         = "readiness"
	QueryPrimaryReady      = "prr"
	QueryAskPrimary        = "apr"
	QueryNodeInfo          = "cii"
	QueryNodeInfoOfPrimary = "cii-apr"
	QueryCandidate         = "can"
	QueryConsistent        = "consistent" // ours: read after checking leadership
)

// Query parameters of a redirect.
const (
	QueryProxyID   = "pid"
	QueryUnixTime  = "utm" // nanoseconds
	QueryMap       = "vpams"
	QueryNonce     = "x"
	QuerySignature = "u"
	QueryTargetID  = "tid"
)

// Values of [QueryAppendType].
const (
	AppendTypeAppend = "append"
	AppendTypeFlush  = "flush"
)

// Values of [QueryWhat].
const (
	WhatSmap           = "smap"
	WhatBMD            = "bmd"
	WhatConfig         = "config"
	WhatClusterConfig  = "cluster_config"
	WhatConfigSettings = "config_settings" // ours: every setting with what there is to know of it
	WhatBackends       = "backends"
	WhatNodeStatus     = "node_status"
	WhatNodeStats      = "node_stats"
	WhatVersion        = "software_version"
	WhatDisk           = "disk"
	WhatMetrics        = "metrics"
	WhatMountpaths     = "mountpaths"
	WhatRemote         = "remote"
	WhatSysInfo        = "sysinfo"
	WhatTargetIPs      = "target_ips"
	WhatLog            = "log"
	WhatJobStatus      = "status"
	WhatJobStatusAll   = "status_all"
	WhatJobQuery       = "qryxstats"
	WhatJobByID        = "getxstats"
	WhatRunningJobs    = "running_all"
	WhatNode           = "snode"
	WhatCertificate    = "tls_certificate"
)

// Bool reads a boolean query parameter or header. In any case of letters,
// "1", "t", "true", "y", "yes" and "on" are true; all else is false.
func Bool(s string) bool {
	switch len(s) {
	case 1:
		return s == "1" || s[0]|0x20 == 't' || s[0]|0x20 == 'y'
	case 2, 3, 4:
		return strings.EqualFold(s, "on") || strings.EqualFold(s, "yes") || strings.EqualFold(s, "true")
	}
	return false
}

// Presence says where the caller of a bucket operation wants the bucket, or
// the object, to be, and how much it wants to know. It is the value of
// [QueryPresence].
type Presence int

// Values of [Presence].
const (
	PresenceExists         Presence = iota // anywhere
	PresenceExistsNoProps                  // anywhere; properties are not needed
	PresencePresent                        // here
	PresencePresentNoProps                 // here; properties are not needed
	PresenceInCluster                      // anywhere in this cluster
	PresenceOutside                        // in the remote and not here
)

// ParsePresence reads a number from "0" to "5"; "" is [PresenceExists].
// Errors: Invalid.
func ParsePresence(s string) (Presence, error) {
	if s == "" {
		return PresenceExists, nil
	}
	if len(s) != 1 || s[0] < '0' || s[0] > '0'+byte(PresenceOutside) {
		return 0, errs.E("wire.ParsePresence", fmt.Sprintf("%.32q", s), errs.Invalid,
			fmt.Errorf("expecting a number from 0 to %d", PresenceOutside))
	}
	return Presence(s[0] - '0'), nil
}
