package wire_test

import (
	"testing"
	"time"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/jsonx"
)

func TestClientsListRequest(t *testing.T) {
	body := `{"action":"list","name":"","value":{"prefix":"","pagesize":0,"uuid":"","props":"","continuation_token":"","flags":"17","target":"","start_after":"a","new key":[1]}}`
	var action wire.Action
	check.NoError(t, jsonx.Unmarshal([]byte(body), &action))
	check.Equal(t, action.HasValue(), true)
	var request wire.ListRequest
	check.NoError(t, action.Decode(&request))
	check.Equal(t, request, wire.ListRequest{Flags: wire.ListCached | wire.ListNameOnly, StartAfter: "a"})
	check.NoError(t, request.Validate())
}

func TestActionWithoutValue(t *testing.T) {
	for _, body := range []string{`{"action":"list","name":"","value":null}`, `{"action":"list"}`, `{"action":"list","value": null }`} {
		var action wire.Action
		check.NoError(t, jsonx.Unmarshal([]byte(body), &action))
		check.Equal(t, action.HasValue(), false)
		request := wire.ListRequest{Prefix: "kept"}
		check.NoError(t, action.Decode(&request))
		check.Equal(t, request.Prefix, "kept")
	}
	bad := wire.Action{Action: "list", Value: jsonx.RawMessage(`{"flags":7}`)}
	check.ErrorIs(t, bad.Decode(&wire.ListRequest{}), errs.Invalid)
}

func TestBucketWithNullNamespace(t *testing.T) {
	var bucket wire.Bucket
	check.NoError(t, jsonx.Unmarshal([]byte(`{"name":"b","provider":"s3","namespace":null,"extra":1}`), &bucket))
	bucket, err := bucket.Normal()
	check.NoError(t, err)
	check.Equal(t, bucket, wire.Bucket{Name: "b", Provider: "aws"})
}

func TestJobBodiesInEitherCase(t *testing.T) {
	bodies := []string{
		`{"ID":"x","Kind":"lru","DaemonID":"t1234567","Bck":{"name":"b","provider":"ais"},"Buckets":null}`,
		`{"id":"x","kind":"lru","node":"t1234567","bck":{"name":"b","provider":"ais"},"show_active":null}`,
	}
	for _, body := range bodies {
		var query wire.JobQuery
		check.NoError(t, jsonx.Unmarshal([]byte(body), &query))
		check.Equal(t, query.ID, "x")
		check.Equal(t, query.Kind, "lru")
		check.Equal(t, query.NodeID(), "t1234567")
		check.Equal(t, *query.Bucket, wire.Bucket{Name: "b", Provider: "ais"})
		check.Equal(t, query.OnlyActive, nil)
		var start wire.JobStart
		check.NoError(t, jsonx.Unmarshal([]byte(body), &start))
		check.Equal(t, start.Kind, "lru")
	}
}

func TestBooleansInQueries(t *testing.T) {
	for _, s := range []string{"1", "t", "T", "true", "True", "TRUE", "y", "Y", "yes", "Yes", "on", "ON"} {
		check.Equal(t, wire.Bool(s), true)
	}
	for _, s := range []string{"", "0", "f", "false", "False", "no", "off", "2", "tru", "truee", " true"} {
		check.Equal(t, wire.Bool(s), false)
	}
}

func TestPresence(t *testing.T) {
	got, err := wire.ParsePresence("5")
	check.NoError(t, err)
	check.Equal(t, got, wire.PresenceOutside)
	for _, s := range []string{"6", "-1", "x", "05"} {
		_, err := wire.ParsePresence(s)
		check.ErrorIs(t, err, errs.Invalid)
	}
}

func TestListSelection(t *testing.T) {
	tests := []struct {
		request wire.ListRequest
		want    string
	}{
		{wire.ListRequest{}, "name,size,cached"},
		{wire.ListRequest{Flags: wire.ListCached}, "name,size,checksum,atime,cached"},
		{wire.ListRequest{Flags: wire.ListNameOnly, Props: "size"}, "name"},
		{wire.ListRequest{Flags: wire.ListNameSize}, "name,size"},
		{wire.ListRequest{Props: "name"}, "name"},
		{wire.ListRequest{Props: "size, version,,custom"}, "name,size,version,custom"},
		{wire.ListRequest{Props: "chunked"}, "name,chunked"},
	}
	for _, test := range tests {
		got, err := test.request.Selection()
		check.NoError(t, err)
		check.Equal(t, got.String(), test.want)
	}
	_, err := (&wire.ListRequest{Props: "colour"}).Selection()
	check.ErrorIs(t, err, errs.Invalid)
	_, err = wire.ParseHeadProps("cached")
	check.ErrorIs(t, err, errs.Invalid)
}

func TestListRequestsThatAreRefused(t *testing.T) {
	tests := map[string]wire.ListRequest{
		"page size":  {PageSize: -1},
		"both":       {Flags: wire.ListCached | wire.ListNotCached},
		"props":      {Props: "colour"},
		"dots":       {Prefix: "a/../b"},
		"nul":        {Prefix: "a\x00"},
		"long start": {StartAfter: string(make([]byte, 1025))},
	}
	for name, request := range tests {
		t.Run(name, func(t *testing.T) { check.ErrorIs(t, request.Validate(), errs.Invalid) })
	}
}

func TestFormatTime(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	check.Equal(t, wire.FormatTime(at, ""), "22 Nov 26 10:00 UTC")
	check.Equal(t, wire.FormatTime(at, time.RFC3339), "2026-11-22T10:00:00Z")
	check.Equal(t, wire.FormatTime(time.Time{}, ""), "")
}

func TestMapsAndNodesThatAreRefused(t *testing.T) {
	good := clusterMap()
	check.NoError(t, good.Validate())
	check.Equal(t, good.Node("t1234567").String(), "t[t1234567]")
	broken := map[string]func(*wire.Smap){
		"no primary":      func(m *wire.Smap) { m.Primary = nil },
		"foreign primary": func(m *wire.Smap) { m.Primary = &wire.Node{ID: "p7654321"} },
		"nil target":      func(m *wire.Smap) { m.Targets["t7654321"] = nil },
		"wrong key":       func(m *wire.Smap) { m.Targets["t7654321"] = targetNode() },
		"wrong type":      func(m *wire.Smap) { m.Targets["p1234567"] = m.Proxies["p1234567"] },
	}
	for name, spoil := range broken {
		m := clusterMap()
		spoil(&m)
		t.Run(name, func(t *testing.T) { check.ErrorIs(t, m.Validate(), errs.Invalid) })
	}
	check.NoError(t, targetNode().Validate())
	nodes := map[string]func(*wire.Node){
		"short id": func(n *wire.Node) { n.ID = "t1" },
		"digit id": func(n *wire.Node) { n.ID = "12345678" },
		"path id":  func(n *wire.Node) { n.ID = "t../../etc" },
		"type":     func(n *wire.Node) { n.Type = "" },
		"no url":   func(n *wire.Node) { n.Control.URL = "" },
		"path url": func(n *wire.Node) { n.Data.URL += "/x" },
		"file url": func(n *wire.Node) { n.Public.URL = "file://x" },
	}
	for name, spoil := range nodes {
		n := targetNode()
		spoil(n)
		t.Run(name, func(t *testing.T) { check.ErrorIs(t, n.Validate(), errs.Invalid) })
	}
}
