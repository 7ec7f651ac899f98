package wire_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"aistore/api/wire"
	"aistore/internal/check"
	"aistore/internal/jsonx"
	"aistore/internal/units"
)

var update = flag.Bool("update", false, "rewrite the files under testdata")

// golden is one value of each wire type; the name is that of a file in testdata.
func golden() map[string]any {
	return map[string]any{
		"bucket":            wire.Bucket{Name: "b", Provider: "ais"},
		"bucket-remote":     remoteBucket(),
		"action":            wire.Action{Action: wire.ActionList},
		"action-value":      wire.Action{Action: wire.ActionMakeCopies, Name: "n", Value: jsonx.RawMessage(`{"copies":3}`)},
		"completed-part":    wire.CompletedPart{Number: 1},
		"promotion":         wire.Promotion{Source: "/data", Object: "d/", Recursive: true},
		"node":              *targetNode(),
		"smap":              clusterMap(),
		"smap-ext":          clusterMapWithPlacements(),
		"bucket-props":      wire.DefaultProps(wire.ProviderAIS),
		"bucket-props-full": fullProps(),
		"props-to-set":      propsToSet(),
		"props-to-set-none": wire.BucketPropsToSet{},
		"bmd":               bucketMetadata(),
		"bmd-empty":         wire.BMD{},
		"list-request":      wire.ListRequest{},
		"list-request-full": fullListRequest(),
		"list-page":         listPage(),
		"list-page-last":    wire.ListPage{UUID: "qVJ6xRQ9M", Flags: 0},
		"config-reply":      wire.ConfigReply{Version: 3, Changed: []wire.ConfigChange{{Key: "log.level", From: "3", To: "4", Effect: "live"}}},
		"config-setting":    wire.ConfigSetting{Key: "log.level", Value: "4", Default: "3", Source: wire.SourceOverride, Cluster: "2", Effect: "live", Choices: []string{"3", "4"}},
		"node-info":         nodeInfo(),
		"node-status":       nodeStatus(),
		"disk-status":       diskStatus(),
		"mountpaths":        wire.MountpathList{Available: []string{"/a", "/b"}, Waiting: []string{}, Disabled: []string{}},
		"remote-clusters":   wire.RemoteClusters{Clusters: []wire.RemoteCluster{{URL: "http://r:8080", Alias: "east", UUID: "Uu1d"}}, Version: 3},
		"s3-key":            s3Key(),
		"job-query":         wire.JobQuery{Kind: "lru", OnlyActive: new(true)},
		"job-start":         wire.JobStart{Kind: "lru"},
		"job-start-full":    fullJobStart(),
		"job-status":        wire.JobStatus{Kind: "lru", ID: "x", EndTime: 1700000000000000001, Aborted: true, Error: "stopped"},
		"job-snapshot":      jobSnapshot(),
	}
}

func TestJSONIsExact(t *testing.T) {
	for name, value := range golden() {
		t.Run(name, func(t *testing.T) {
			got, err := jsonx.Marshal(value)
			check.NoError(t, err)
			standard, err := json.Marshal(value)
			check.NoError(t, err)
			check.Equal(t, string(got), string(standard))

			var indented bytes.Buffer
			check.NoError(t, json.Indent(&indented, got, "", "  "))
			indented.WriteByte('\n')
			path := filepath.Join("testdata", name+".json")
			if *update {
				check.NoError(t, os.WriteFile(path, indented.Bytes(), 0o644))
			}
			want, err := os.ReadFile(path)
			check.NoError(t, err)
			check.Equal(t, indented.String(), string(want))
		})
	}
}

func TestJSONReadsBack(t *testing.T) {
	for name, value := range golden() {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
			check.NoError(t, err)
			got := reflect.New(reflect.TypeOf(value))
			check.NoError(t, jsonx.Unmarshal(text, got.Interface()))
			standard := reflect.New(reflect.TypeOf(value))
			check.NoError(t, json.Unmarshal(text, standard.Interface()))
			want := compact(t, value)
			check.Equal(t, compact(t, got.Interface()), want)
			check.Equal(t, compact(t, standard.Interface()), want)
		})
	}
}

// compact returns the standard JSON of v. What json-iterator reads as a nil
// value of an action the standard library reads as null; both write null.
func compact(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	check.NoError(t, err)
	return string(text)
}

func remoteBucket() wire.Bucket {
	return wire.Bucket{Name: "b", Provider: "ais", Namespace: wire.Namespace{UUID: "east", Name: "team"}}
}

func targetNode() *wire.Node {
	return &wire.Node{
		ID: "t1234567", Type: wire.NodeTarget,
		Public:  wire.NetInfo{Host: "10.0.0.2", Port: "8081", URL: "http://10.0.0.2:8081"},
		Control: wire.NetInfo{Host: "10.0.0.2", Port: "9081", URL: "http://10.0.0.2:9081"},
		Data:    wire.NetInfo{Host: "10.0.0.2", Port: "10081", URL: "http://10.0.0.2:10081"},
		Flags:   wire.NodeMaintenance, IDDigest: 18446744073709551557,
		PubExtra:     []wire.NetInfo{{Host: "10.1.0.2", Port: "8081", URL: "http://10.1.0.2:8081"}},
		VerifyingKey: []byte("key"),
	}
}

func clusterMap() wire.Smap {
	proxy := &wire.Node{
		ID: "p1234567", Type: wire.NodeProxy, IDDigest: 9007199254740993,
		Public: wire.NetInfo{Host: "10.0.0.1", Port: "8080", URL: "http://10.0.0.1:8080"},
	}
	return wire.Smap{
		Proxies: map[string]*wire.Node{proxy.ID: proxy},
		Targets: map[string]*wire.Node{"t1234567": targetNode()},
		Primary: proxy, UUID: "Uu1d_abcd", Version: 12, CreationTime: "2026-11-22 10:00:00",
	}
}

func clusterMapWithPlacements() wire.Smap {
	m := clusterMap()
	m.Ext = &wire.SmapExt{
		Placements: []wire.Placement{{Version: 9, Targets: []string{"t1234567"}}},
		Pending:    &wire.Placement{Version: 12, Targets: []string{"t1234567", "t7654321"}},
	}
	return m
}

func fullProps() wire.BucketProps {
	p := wire.DefaultProps(wire.ProviderAIS)
	p.Backend = wire.Bucket{Name: "src", Provider: wire.ProviderAWS}
	p.RateLimit.Frontend.PerVerb = "get:100"
	p.WritePolicy = wire.WritePolicyProps{Data: wire.WriteImmediate, MD: wire.WriteDelayed}
	p.Extra = wire.ExtraProps{
		AWS:    wire.AWSProps{Region: "us-east-1", Endpoint: "http://s3", Profile: "p", MaxPageSize: 100, MultipartSize: 8 * units.MiB},
		GCP:    wire.GCPProps{Credentials: "/c"},
		OCI:    wire.OCIProps{Region: "r"},
		Custom: map[string]string{"z": "<1>", "a": "2"},
	}
	p.S3 = wire.S3Props{
		Public:      3,
		Policy:      &wire.S3Policy{Document: "{}", Public: 1},
		PublicBlock: &wire.S3PublicBlock{BlockACLs: true},
		CORS:        []wire.S3CORSRule{{ID: "c", Origins: []string{"*"}, Methods: []string{"GET"}, Headers: []string{"x-*"}, Expose: []string{"etag"}, MaxAge: new(0)}},
		Tags:        map[string]string{"team": "a"},
	}
	p.Features, p.ID, p.Created, p.Renamed = 5, 1<<63|7, 1700000000000000001, "b2"
	p.Durability = wire.DurabilityRelaxed
	return p
}

func propsToSet() wire.BucketPropsToSet {
	return wire.BucketPropsToSet{
		Backend:    &wire.Bucket{},
		Versioning: &wire.VersioningPropsToSet{Enabled: new(false)},
		Mirror:     &wire.MirrorPropsToSet{Copies: new(int64(3)), Enabled: new(true)},
		Chunks:     &wire.ChunksPropsToSet{ChunkSize: new(64 * units.MiB)},
		LRU:        &wire.LRUPropsToSet{DontEvict: new(units.Duration(time.Hour))},
		RateLimit:  &wire.RateLimitPropsToSet{Backend: &wire.BackendRateToSet{MaxTokens: new(5)}},
		Extra:      &wire.ExtraPropsToSet{AWS: &wire.AWSPropsToSet{Region: new("eu")}},
		S3:         &wire.S3PropsToSet{Public: new(uint64(1)), CORS: &[]wire.S3CORSRule{}},
		Access:     new(wire.AccessAll),
		Features:   new(uint64(0)),
		Durability: new(wire.DurabilityRelaxed),
		Force:      true,
	}
}

func bucketMetadata() wire.BMD {
	props := wire.DefaultProps(wire.ProviderAIS)
	props.ID = 1<<63 | 2
	return wire.BMD{
		UUID: "bmd_uuid", Version: 7,
		Providers: map[string]map[string]map[string]*wire.BucketProps{"ais": {"@#": {"b": &props}}},
	}
}

func fullListRequest() wire.ListRequest {
	return wire.ListRequest{
		UUID: "qVJ6xRQ9M", Props: "name,size", TimeFormat: time.RFC3339, Prefix: "a/", StartAfter: "a/b",
		Continuation: "a/c", Target: "t1234567", Flags: wire.ListCached | wire.ListNameOnly, PageSize: 1000,
		Header: map[string][]string{"X-Amz-Request-Payer": {"requester"}},
	}
}

func listPage() wire.ListPage {
	return wire.ListPage{
		UUID: "qVJ6xRQ9M", Continuation: "o2", Flags: 1,
		Entries: []*wire.ListEntry{
			{Name: "d/", Flags: wire.EntryDir},
			fullEntry(),
			{Name: "empty & <small>"},
		},
	}
}

func fullEntry() *wire.ListEntry {
	return &wire.ListEntry{
		Name: "o1", Checksum: "0123456789abcdef", Atime: "22 Nov 26 10:00 UTC", Version: "3",
		Location: "t[t1234567]:mp[/a, nvme0n1]", Custom: "k=v", Size: 1 << 40, Copies: 2, Flags: wire.EntryCached | wire.EntryChunked,
	}
}

func nodeInfo() wire.NodeInfo {
	return wire.NodeInfo{
		Smap:   wire.SmapInfo{Primary: wire.PrimaryInfo{PublicURL: "http://10.0.0.1:8080", ControlURL: "http://10.0.0.1:9080", ID: "p1234567"}, UUID: "Uu1d_abcd", Version: 12},
		BMD:    wire.VersionInfo{UUID: "bmd_uuid", Version: 7},
		RMD:    wire.VersionInfo{Version: 2},
		Config: wire.VersionInfo{Version: 1},
		Flags:  wire.StateHealthy,
	}
}

func capacity() wire.Capacity {
	return wire.Capacity{
		Mountpaths: map[string]wire.MountpathCapacity{"/a": {
			Label: "fast", FileSystem: wire.FileSystem{Name: "/dev/nvme0n1", Type: "ext4", ID: "64769,1"},
			Disks: []string{"nvme0n1"}, Used: 1 << 40, Available: 1 << 41, PctUsed: 33,
		}},
		TotalUsed: 1 << 40, TotalAvail: 1 << 41, PctMax: 33, PctAvg: 33, PctMin: 33,
	}
}

func nodeStatus() wire.NodeStatus {
	snapshot := jobSnapshot()
	return wire.NodeStatus{
		Rebalance: &snapshot, Status: "online", Deployment: "dev", Version: "5.0.0", BuildTime: "2026-11-22",
		Node: targetNode(), Tracker: map[string]int64{"get.n": 5, "state.flags": 6}, Capacity: capacity(), Cluster: nodeInfo(),
		System:  wire.SystemInfo{MemUsed: 1 << 30, MemAvailable: 1 << 31, PctMemUsed: 33, PctCPUUsed: 5, LoadAverage: wire.LoadAverage{One: 0.5, Five: 1.25, Fifteen: 2}},
		SmapVer: 12,
	}
}

func diskStatus() wire.DiskStatus {
	return wire.DiskStatus{
		Capacity: capacity(),
		Disks:    map[string]wire.DiskRates{"nvme0n1": {ReadBps: 1, ReadAvg: 2, WriteBps: 3, WriteAvg: 4, Util: 5}},
	}
}

func fullJobStart() wire.JobStart {
	bucket := remoteBucket()
	return wire.JobStart{
		ID: "x", Kind: "lru", Node: "t1234567", Bucket: &bucket, Buckets: []wire.Bucket{bucket},
		Timeout: time.Minute, Flags: wire.JobKeepMisplaced, Force: true, OnlyRunning: true,
	}
}

func jobSnapshot() wire.JobSnapshot {
	return wire.JobSnapshot{
		ID: "g12", Kind: "rebalance", StartTime: time.Date(2026, 11, 22, 10, 0, 0, 123456789, time.UTC),
		Bucket: wire.Bucket{Name: "b", Provider: "ais"}, Control: "x",
		Stats:  wire.JobStats{Objects: 1, Bytes: 2, OutObjects: 3, OutBytes: 4, InObjects: 5, InBytes: 6},
		Packed: wire.PackJob(3, 4, 5),
	}
}

func s3Key() wire.S3Key {
	return wire.S3Key{
		AccessKey: "AKIA0000000000000001", Secret: "secret", Name: "trainer", Access: 5, Created: 1700000000000000001,
		Buckets: []wire.S3KeyGrant{{Bucket: wire.Bucket{Name: "b", Provider: wire.ProviderAIS}, Access: 1<<64 - 1}},
	}
}
