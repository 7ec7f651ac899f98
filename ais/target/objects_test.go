package target_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"aistore/access"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/jsonx"
)

const object = "http://target01/v1/objects/b/o"

func TestObjectsOfAllSizes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(t, "target01")
	r.create(t, "b", "target01")
	for _, size := range []int{0, 1, 4096, 64 << 10, 64<<10 + 1, 1 << 20} {
		content := strings.Repeat("0123456789abcdef", size/16+1)[:size]
		put := r.do(t, "PUT", object, content)
		check.Equal(t, put.status, 200)
		got := r.do(t, "GET", object, "")
		check.Equal(t, got.status, 200)
		check.Equal(t, got.body == content, true)
		check.Equal(t, got.header.Get("Content-Length"), strconv.Itoa(size))
		for _, name := range []string{wire.HeaderChecksumType, wire.HeaderChecksumValue, wire.HeaderVersion} {
			check.Equal(t, got.header.Get(name), put.header.Get(name))
		}
		head := r.do(t, "HEAD", object, "")
		check.Equal(t, head.status, 200)
		check.Equal(t, head.header.Get("Content-Length"), strconv.Itoa(size))
		check.Contains(t, head.header.Get(wire.HeaderLocation), "t[target01]:mp[/disks/0/")
		if size > 10 {
			part := r.do(t, "GET", object, "", "Range: bytes=5-9")
			check.Equal(t, part.status, 206)
			check.Equal(t, part.body, "56789")
			check.Equal(t, part.header.Get("Content-Range"), "bytes 5-9/"+strconv.Itoa(size))
		}
	}
	check.Equal(t, r.do(t, "DELETE", object, "").status, 200)
	check.Equal(t, r.do(t, "DELETE", object, "").status, 404)
}

func TestSecondFormOfHead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(t, "target01")
	r.create(t, "b", "target01")
	r.do(t, "PUT", object, "content")
	tests := []struct {
		props, has, lacks string
		status            int
	}{
		{"size", wire.HeaderPresent, wire.HeaderChecksumValue, 200},
		{"checksum,version", wire.HeaderChecksumValue, wire.HeaderLocation, 200},
		{"last-modified", "Last-Modified", wire.HeaderVersion, 200},
		{"etag", "Etag", wire.HeaderVersion, 200},
		{"location,copies", wire.HeaderCopies, wire.HeaderVersion, 200},
		{"color", wire.HeaderError, wire.HeaderPresent, 400},
		{"cached", wire.HeaderError, wire.HeaderPresent, 400},
	}
	for _, test := range tests {
		got := r.do(t, "HEAD", object+"?props="+test.props, "")
		if got.status != test.status || got.header.Get(test.has) == "" || got.header.Get(test.lacks) != "" {
			t.Fatalf("%s: %d %v", test.props, got.status, got.header)
		}
	}
}

func TestWrittenElsewhereIsSentToTheOwner(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(t, "target01")
	r.start(t, "target02")
	r.create(t, "b", "target01", "target02")
	owner, err := r.state.Map.Owner(cluster.Digest(bucket("b"), "o"))
	check.NoError(t, err)
	other := "target01"
	if owner.ID == other {
		other = "target02"
	}
	for _, method := range []string{"GET", "PUT"} {
		got := r.do(t, method, "http://"+other+"/v1/objects/b/o", "")
		check.Equal(t, got.status, map[string]int{"GET": 301, "PUT": 307}[method])
		check.Contains(t, got.header.Get("Location"), owner.Public.URL+"/v1/objects/b/o?")
	}
	// A gateway with a later map knows better, one with an older map does not. But
	// nobody is served by a map that the target has not seen.
	signer := rest.NewSigner("proxy001", func() rest.Keys { return rest.Keys{Current: r.targets[other].core.Key.Bytes()} }, nil)
	for i, status := range []int{307, 307, 503} {
		later := int64(i - 1)
		request, err := http.NewRequest("PUT", "http://proxy001/v1/objects/b/o", nil)
		check.NoError(t, err)
		url := signer.Location(request, rest.Redirection{URL: "http://" + other, Rights: access.PutObject, Map: r.state.Map.Version() + later})
		check.Equal(t, r.do(t, "PUT", url, "x").status, status)
		if later == 1 { // it is served when the target has that map
			r.commit(t, cluster.SetFlags(owner.ID, wire.NodeMaintenance, 0))
			r.tell(t, other)
			check.Equal(t, r.do(t, "PUT", url, "x").status, 200)
		}
	}
}

// movedRig is a cluster whose first target went into maintenance with what it
// has; the second owns all now.
func movedRig(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	r.start(t, "target01")
	b := r.create(t, "b", "target01")
	props := *b.Props
	r.commit(t, cluster.SetBucketProps(b, props))
	check.Equal(t, r.do(t, "PUT", object, "before", wire.HeaderCustom+": color=blue").status, 200)
	check.Equal(t, r.do(t, "PUT", "http://target01/v1/objects/b/deleted", "before").status, 200)
	r.start(t, "target02")
	r.commit(t, cluster.SetFlags("target01", wire.NodeMaintenance, 0))
	r.tell(t, "target01", "target02")
	return r
}

const moved = "http://target02/v1/objects/b/o"

func TestAnObjectThatHasNotMovedIsServedByItsNewOwner(t *testing.T) {
	t.Parallel()
	r := movedRig(t)
	got := r.do(t, "GET", moved, "")
	check.Equal(t, got.status, 200)
	check.Equal(t, got.body, "before")
	check.Equal(t, got.header.Get(wire.HeaderCustom), "color=blue")
	part := r.do(t, "GET", moved, "", "Range: bytes=2-4")
	check.Equal(t, part.status, 206)
	check.Equal(t, part.body, "for")
	head := r.do(t, "HEAD", moved, "")
	check.Equal(t, head.header.Get("Content-Length"), "6")
	check.Equal(t, head.header.Get(wire.HeaderVersion), "1")
	check.Equal(t, head.header.Get(wire.HeaderCustom), "color=blue")
	check.Equal(t, head.header.Get("Ais-Write-Order"), "") // for nodes only

	put := r.do(t, "PUT", moved, "after")
	check.Equal(t, put.header.Get(wire.HeaderVersion), "2")
	check.Equal(t, r.do(t, "GET", moved, "").body, "after")
}

func TestADeletedObjectThatHasNotMovedStaysDeleted(t *testing.T) {
	t.Parallel()
	r := movedRig(t)
	const deleted = "http://target02/v1/objects/b/deleted"
	check.Equal(t, r.do(t, "DELETE", deleted, "").status, 200)
	check.Equal(t, r.do(t, "GET", deleted, "").status, 404)

	r.start(t, "target03")
	r.commit(t, cluster.SetFlags("target02", wire.NodeMaintenance, 0))
	r.tell(t, "target01", "target02", "target03")
	check.Equal(t, r.do(t, "GET", "http://target03/v1/objects/b/deleted", "").status, 404)
	check.Equal(t, r.do(t, "GET", "http://target03/v1/objects/b/o", "").body, "before")
}

func TestAnEarlierOwnerThatIsGoneMakesReadsWait(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(r *rig){
		"stopped": func(r *rig) { r.targets["target01"].stop() },
		"cut off": func(r *rig) { r.network.Isolate("target01", "target02") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := movedRig(t)
			leave(r)
			for _, method := range []string{"GET", "HEAD", "PUT", "DELETE"} {
				got := r.do(t, method, moved, "")
				if got.status != 503 || got.header.Get("Retry-After") == "" {
					t.Fatalf("%s: %d %v", method, got.status, got.header)
				}
			}
			r.network.HealAll()
		})
	}
}

func TestDamageIsNotServed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := r.start(t, "target01")
	r.create(t, "b", "target01")
	check.Equal(t, r.do(t, "PUT", object, "content").status, 200)
	for _, root := range []string{"/disks/0/1", "/disks/0/2"} {
		f, err := m.disk.OpenFile(root+"/@ais/b/%ob/o", 2)
		if err != nil {
			continue
		}
		_, err = f.WriteAt([]byte("X"), 3)
		check.NoError(t, err)
		check.NoError(t, f.Close())
	}
	got := r.do(t, "GET", object, "")
	check.Equal(t, got.status, 500)
	var e errs.Wire
	check.NoError(t, jsonx.Unmarshal([]byte(got.body), &e))
	check.Equal(t, e.Node, "t[target01]")
}

func TestQueriesOfATarget(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(t, "target01")
	var list wire.MountpathList
	check.NoError(t, jsonx.Unmarshal([]byte(r.do(t, "GET", "http://target01/v1/daemon?what=mountpaths", "").body), &list))
	check.Equal(t, list.Available, []string{"/disks/0/1", "/disks/0/2"})
	var status wire.NodeStatus
	check.NoError(t, jsonx.Unmarshal([]byte(r.do(t, "GET", "http://target01/v1/daemon?what=node_status", "").body), &status))
	check.Equal(t, len(status.Capacity.Mountpaths), 2)
	check.Equal(t, status.Node.ID, "target01")
	check.Equal(t, r.do(t, "GET", "http://target01/v1/daemon?what=disk", "").status, 200)
}

func TestCallsOfModulesAreForNodesOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(t, "target01")
	r.create(t, "b", "target01")
	check.Equal(t, r.do(t, "POST", "http://target01/v1/listing/chunk/b?provider=ais", "{}").status, 403)
}
