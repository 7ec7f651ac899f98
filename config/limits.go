package config

import "aistore/internal/units"

// Limits bounds what a node holds at one time, so that load beyond it is
// answered with 429 or 503 and costs no memory. Connections to other nodes
// are bounded by net.http, buffers of streams by their own sections.
type Limits struct {
	Requests        int            `json:"max_requests"`         // of clients, in flight
	ControlRequests int            `json:"max_control_requests"` // of nodes on the control network, in flight
	DataRequests    int            `json:"max_data_requests"`    // of nodes on the data network, in flight
	PerClient       int            `json:"max_requests_per_ip"`  // of one address of clients, in flight; 0 means no bound
	Connections     int            `json:"max_connections"`      // of each listener
	Header          units.Size     `json:"max_header"`           // of a request, with its first line
	JSONBody        units.Size     `json:"max_json_body"`        // of a client's request
	MetadataBody    units.Size     `json:"max_metadata_body"`    // of cluster metadata between nodes
	ObjectSize      units.Size     `json:"max_object"`           // 0 means what the file system takes
	CustomMetadata  units.Size     `json:"max_custom_metadata"`  // of one object, keys and values
	PageEntries     int            `json:"max_page"`             // of a listing
	Listings        int            `json:"max_listings"`         // open on a target, between two pages
	ListingsMemory  units.Size     `json:"max_listings_memory"`  // names held by open listings
	MetadataCache   units.Size     `json:"metadata_cache"`       // metadata of objects on a target
	Buffers         units.Size     `json:"max_buffers"`          // pooled buffers in use; 0 means what memsys allows
	Writes          int            `json:"max_writes"`           // objects being written on one mountpath
	Uploads         int            `json:"max_uploads"`          // open multipart uploads and appends on a target
	UploadParts     int            `json:"max_upload_parts"`     // of one upload
	MinPart         units.Size     `json:"min_upload_part"`      // of all parts but the last, of uploads through S3
	Copies          int            `json:"max_pending_copies"`   // objects that wait for copies or slices
	Jobs            int            `json:"max_jobs"`             // running on a node
	JobHistory      int            `json:"job_history"`          // finished jobs that are remembered
	JobHistoryTime  units.Duration `json:"job_history_time"`     // and for how long
	Buckets         int            `json:"max_buckets"`          // in the cluster
	ArchiveMembers  int            `json:"max_archive_members"`  // of one archive that is listed or indexed
	Nonces          int            `json:"max_nonces"`           // of signed requests, remembered against replay
}

// DefaultLimits returns bounds that suit a machine with a few gigabytes.
func DefaultLimits() Limits {
	return Limits{
		Requests: 4096, ControlRequests: 1024, DataRequests: 4096, Connections: 16384,
		Header: 64 * units.KiB, JSONBody: 8 * units.MiB, MetadataBody: 256 * units.MiB,
		CustomMetadata: 64 * units.KiB,
		PageEntries:    10000, Listings: 256, ListingsMemory: 256 * units.MiB,
		MetadataCache: 64 * units.MiB, Buffers: 0,
		Writes: 256, Uploads: 10000, UploadParts: 10000, MinPart: 5 * units.MiB, Copies: 8192,
		Jobs: 256, JobHistory: 1024, JobHistoryTime: 7 * day,
		Buckets: 100000, ArchiveMembers: 1000000, Nonces: 65536,
	}
}

// Validate names what is wrong.
func (l Limits) Validate() error {
	if err := l.validateCounts(); err != nil {
		return err
	}
	if err := lasting(span{"limits.job_history_time", l.JobHistoryTime, minute, 3650 * day}); err != nil {
		return err
	}
	return sized(
		extent{"limits.max_header", l.Header, 8 * units.KiB, 16 * units.MiB},
		extent{"limits.max_json_body", l.JSONBody, 64 * units.KiB, units.GiB},
		extent{"limits.max_metadata_body", l.MetadataBody, units.MiB, 16 * units.GiB},
		extent{"limits.max_object", l.ObjectSize, 0, units.EiB},
		extent{"limits.min_upload_part", l.MinPart, 0, 5 * units.GiB},
		extent{"limits.max_custom_metadata", l.CustomMetadata, 2 * units.KiB, units.MiB},
		extent{"limits.max_listings_memory", l.ListingsMemory, units.MiB, units.TiB},
		extent{"limits.metadata_cache", l.MetadataCache, 0, units.TiB},
		extent{"limits.max_buffers", l.Buffers, 0, units.TiB},
	)
}

func (l Limits) validateCounts() error {
	const many = 1 << 24
	return within(
		bound{"limits.max_requests", int64(l.Requests), 1, many},
		bound{"limits.max_control_requests", int64(l.ControlRequests), 16, many},
		bound{"limits.max_data_requests", int64(l.DataRequests), 16, many},
		bound{"limits.max_requests_per_ip", int64(l.PerClient), 0, many},
		bound{"limits.max_connections", int64(l.Connections), 16, many},
		bound{"limits.max_page", int64(l.PageEntries), 1, 1 << 20},
		bound{"limits.max_listings", int64(l.Listings), 1, many},
		bound{"limits.max_writes", int64(l.Writes), 1, many},
		bound{"limits.max_uploads", int64(l.Uploads), 1, many},
		bound{"limits.max_upload_parts", int64(l.UploadParts), 1, 1 << 20},
		bound{"limits.max_pending_copies", int64(l.Copies), 1, many},
		bound{"limits.max_jobs", int64(l.Jobs), 1, many},
		bound{"limits.job_history", int64(l.JobHistory), 1, many},
		bound{"limits.max_buckets", int64(l.Buckets), 1, many},
		bound{"limits.max_archive_members", int64(l.ArchiveMembers), 1, 1 << 30},
		bound{"limits.max_nonces", int64(l.Nonces), 1024, many},
	)
}
