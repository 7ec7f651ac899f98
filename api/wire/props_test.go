package wire_test

import (
	"testing"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/jsonx"
)

func TestDefaultPropsAreValid(t *testing.T) {
	for _, provider := range wire.Providers() {
		p := wire.DefaultProps(provider)
		check.NoError(t, p.Validate())
		isAIS := provider == wire.ProviderAIS
		check.Equal(t, p.Durability == wire.DurabilityFsync, isAIS)
		check.Equal(t, p.LRU.Enabled, !isAIS)
	}
}

func TestApplyChangesOnlyWhatIsSet(t *testing.T) {
	before := wire.DefaultProps(wire.ProviderAIS)
	var change wire.BucketPropsToSet
	body := `{"mirror":{"enabled":true,"copies":3},"chunks":{"chunk_size":"64MiB"},"access":"5","unknown":{}}`
	check.NoError(t, jsonx.Unmarshal([]byte(body), &change))
	got, err := change.Apply(before)
	check.NoError(t, err)
	want := before
	want.Mirror.Enabled, want.Mirror.Copies, want.Chunks.ChunkSize, want.Access = true, 3, 64<<20, 5
	check.Equal(t, got, want)
	check.Equal(t, before, wire.DefaultProps(wire.ProviderAIS))
}

func TestApplyChangesWhatS3Says(t *testing.T) {
	props := wire.DefaultProps(wire.ProviderAIS)
	for _, step := range []struct {
		change  string
		anybody uint64
	}{
		{`{"s3":{"public":"1","tags":{"a":"b"}}}`, 1},
		{`{"s3":{"policy":{"document":"{}","public":"2"}}}`, 3},
		{`{"s3":{"public_block":{"ignore_acls":true}}}`, 2},
		{`{"s3":{"public_block":{"restrict_buckets":true}}}`, 1},
		{`{"s3":{"public_block":{}}}`, 3},
		{`{"s3":{"policy":{"document":""}}}`, 1},
		{`{"access":"5"}`, 1},
	} {
		var change wire.BucketPropsToSet
		check.NoError(t, jsonx.Unmarshal([]byte(step.change), &change))
		next, err := change.Apply(props)
		check.NoError(t, err)
		check.Equal(t, next.S3.Anybody(), step.anybody)
		props = next
	}
	check.Equal(t, props.S3, wire.S3Props{Public: 1, Tags: map[string]string{"a": "b"}})
}

func TestApplyDetachesTheBackend(t *testing.T) {
	props := wire.DefaultProps(wire.ProviderAIS)
	props, err := (&wire.BucketPropsToSet{Backend: &wire.Bucket{Name: "b", Provider: "gs"}}).Apply(props)
	check.NoError(t, err)
	check.Equal(t, props.Backend, wire.Bucket{Name: "b", Provider: "gcp"})
	props, err = (&wire.BucketPropsToSet{Backend: &wire.Bucket{}}).Apply(props)
	check.NoError(t, err)
	check.Equal(t, props.Backend, wire.Bucket{})
}

func TestApplyRefuses(t *testing.T) {
	encoded := wire.DefaultProps(wire.ProviderAIS)
	encoded.EC.Enabled = true
	plain := wire.DefaultProps(wire.ProviderAIS)
	cloud := wire.DefaultProps(wire.ProviderAWS)
	tests := []struct {
		name   string
		props  wire.BucketProps
		change string
	}{
		{"mirror beside ec", encoded, `{"mirror":{"enabled":true}}`},
		{"other slices while encoded", encoded, `{"ec":{"data_slices":3}}`},
		{"one copy", plain, `{"mirror":{"enabled":true,"copies":1}}`},
		{"no copies", plain, `{"mirror":{"copies":0}}`},
		{"many copies", plain, `{"mirror":{"copies":33}}`},
		{"no slices", plain, `{"ec":{"data_slices":0}}`},
		{"checksum", plain, `{"checksum":{"type":"crc"}}`},
		{"nothing to validate", plain, `{"checksum":{"type":"none","validate_warm_get":true}}`},
		{"validate without versions", plain, `{"versioning":{"enabled":false,"validate_warm_get":true}}`},
		{"durability", plain, `{"durability":"maybe"}`},
		{"tiny chunks", plain, `{"chunks":{"chunk_size":"1"}}`},
		{"write policy", plain, `{"write_policy":{"data":"later"}}`},
		{"rate", plain, `{"rate_limit":{"frontend":{"enabled":true,"max_tokens":0}}}`},
		{"compression", plain, `{"ec":{"compression":"zip"}}`},
		{"lru", plain, `{"lru":{"dont_evict_time":"-1s"}}`},
		{"a rule for no origin", plain, `{"s3":{"cors":[{"methods":["GET"]}]}}`},
		{"a rule for another method", plain, `{"s3":{"cors":[{"origins":["*"],"methods":["PATCH"]}]}}`},
		{"a rule with two stars", plain, `{"s3":{"cors":[{"origins":["*.*"],"methods":["GET"]}]}}`},
		{"backend of a cloud bucket", cloud, `{"backend_bck":{"name":"b","provider":"gcp"}}`},
		{"backend that is ais", plain, `{"backend_bck":{"name":"b","provider":"ais"}}`},
		{"backend without a good name", plain, `{"backend_bck":{"name":"../b","provider":"aws"}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var change wire.BucketPropsToSet
			check.NoError(t, jsonx.Unmarshal([]byte(test.change), &change))
			got, err := change.Apply(test.props)
			check.ErrorIs(t, err, errs.Invalid)
			check.Equal(t, got, test.props)
		})
	}
	forced := wire.BucketPropsToSet{EC: &wire.ECPropsToSet{DataSlices: new(3)}, Force: true}
	_, err := forced.Apply(encoded)
	check.NoError(t, err)
}
