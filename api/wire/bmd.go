package wire

import "aistore/internal/jsonx"

// BMD is the bucket metadata of a cluster as clients see it: every bucket it
// knows, with its properties.
type BMD struct {
	Ext jsonx.RawMessage `json:"ext,omitempty"`
	// Providers maps provider, uname of the namespace ("@#" for the global
	// one) and name of the bucket to properties.
	Providers map[string]map[string]map[string]*BucketProps `json:"providers"`
	UUID      string                                        `json:"uuid"`
	Version   int64                                         `json:"version,string"`
}

// Props returns the properties of a normal bucket, or nil.
func (m *BMD) Props(b Bucket) *BucketProps {
	return m.Providers[b.Provider][b.Namespace.Uname()][b.Name]
}
