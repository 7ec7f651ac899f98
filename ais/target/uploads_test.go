package target_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/checksum"
	"aistore/internal/jsonx"
)

// public returns the sentence of an error answer.
func public(t *testing.T, a answer) string {
	t.Helper()
	var e errs.Wire
	check.NoError(t, jsonx.Unmarshal([]byte(a.body), &e))
	check.Equal(t, e.Status, a.status)
	return e.Message
}

// act sends an action.
func (r *rig) act(t *testing.T, url, action, name string, value any) answer {
	t.Helper()
	a, err := wire.NewAction(action, name, value)
	check.NoError(t, err)
	text, err := jsonx.Marshal(a)
	check.NoError(t, err)
	return r.do(t, "POST", url, string(text))
}

func parts(numbers ...int) []wire.CompletedPart {
	list := []wire.CompletedPart{}
	for _, n := range numbers {
		list = append(list, wire.CompletedPart{Number: n})
	}
	return list
}

func TestUpload(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(t, "target01")
	r.create(t, "b", "target01")
	created := r.act(t, object, wire.ActionCreateUpload, "", nil)
	check.Equal(t, created.status, 200)
	upload := object + "?uploadId=" + created.body
	const size = 3 << 20
	content := make([]string, 3)
	for _, i := range []int{2, 0, 1} {
		content[i] = strings.Repeat(fmt.Sprint(i), size)
		put := r.do(t, "PUT", upload+fmt.Sprint("&partNumber=", i+1), content[i])
		check.Equal(t, put.status, 200)
		check.Equal(t, put.header.Get("Etag"), `"`+checksum.Of(checksum.MD5, []byte(content[i])).Hex()+`"`)
	}
	check.Equal(t, r.do(t, "GET", object, "").status, 404)
	check.Contains(t, public(t, r.do(t, "PUT", upload+"&partNumber=4", "")), "invalid size (0)")
	check.Contains(t, public(t, r.act(t, upload, wire.ActionCompleteUpload, "", parts())), "no chunks")
	check.Contains(t, public(t, r.act(t, upload, wire.ActionCompleteUpload, "", parts(1, 2))), "partial completion")
	check.Equal(t, r.act(t, upload, wire.ActionCompleteUpload, "", []wire.CompletedPart{{Number: 1, ETag: "x"}, {Number: 2}, {Number: 3}}).status, 400)
	for range 2 { // and who has not heard the answer
		check.Equal(t, r.act(t, upload, wire.ActionCompleteUpload, "", parts(3, 1, 2, 1)).status, 200)
	}
	whole := strings.Join(content, "")
	got := r.do(t, "GET", object, "")
	check.Equal(t, got.status, 200)
	check.Equal(t, got.body == whole, true)
	check.Equal(t, got.header.Get(wire.HeaderChecksumType), "crc32c")
	check.Equal(t, got.header.Get(wire.HeaderChecksumValue), checksum.Of(checksum.CRC32C, []byte(whole)).Hex())
	part := r.do(t, "GET", object, "", fmt.Sprintf("Range: bytes=%d-%d", size-3, size+2))
	check.Equal(t, part.status, 206)
	check.Equal(t, part.body, "000111")
	head := r.do(t, "HEAD", object+"?props=chunked", "")
	check.Equal(t, head.header.Get(wire.HeaderChunks), "3")
	check.Equal(t, head.header.Get(wire.HeaderMaxChunkSize), fmt.Sprint(size))
	for _, late := range []answer{
		r.do(t, "PUT", upload+"&partNumber=1", "late"),
		r.do(t, "DELETE", upload, `{"action":"mpt-abort"}`),
		r.do(t, "PUT", object+"?uploadId=nonsense&partNumber=1", "x"),
	} {
		check.Equal(t, late.status, 404)
		check.Contains(t, public(t, late), "does not exist")
	}
	check.Equal(t, r.do(t, "DELETE", object, "").status, 200)
}

func TestAbortedUpload(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(t, "target01")
	r.create(t, "b", "target01")
	upload := object + "?uploadId=" + r.act(t, object, wire.ActionCreateUpload, "", nil).body
	check.Equal(t, r.do(t, "PUT", upload+"&partNumber=1", "x").status, 200)
	check.Equal(t, r.do(t, "DELETE", upload, `{"action":"mpt-abort"}`).status, 200)
	check.Contains(t, public(t, r.act(t, upload, wire.ActionCompleteUpload, "", parts(1))), "does not exist")
}

func TestAppend(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(t, "target01")
	r.create(t, "b", "target01")
	add := func(handle, text string) answer {
		return r.do(t, "PUT", object+"?append_type=append&append_handle="+handle, text)
	}
	flush := func(handle string, headers ...string) answer {
		return r.do(t, "PUT", object+"?append_type=flush&append_handle="+handle, "", headers...)
	}
	for round, want := range []string{"one, two", "one, twoone, two"} { // the second time it begins with what is there
		first := add("", "one, ").header.Get(wire.HeaderAppendHandle)
		check.Equal(t, strings.ContainsAny(first, "/ %"), false)
		second := add(first, "two").header.Get(wire.HeaderAppendHandle)
		check.Equal(t, add(first, "two").header.Get(wire.HeaderAppendHandle), second) // again: the answer was lost
		if round == 0 {
			check.Equal(t, r.do(t, "GET", object, "").status, 404)
		}
		check.Equal(t, flush(second, wire.HeaderChecksumType+": md5", wire.HeaderChecksumValue+": "+checksum.Of(checksum.MD5, nil).Hex()).status, 400)
		check.Equal(t, flush(second, wire.HeaderChecksumType+": md5", wire.HeaderChecksumValue+": "+checksum.Of(checksum.MD5, []byte(want)).Hex()).status, 200)
		check.Equal(t, flush(second).status, 200)
		check.Equal(t, r.do(t, "GET", object, "").body, want)
		check.Equal(t, add(second, "late").status, 404)
	}
	check.Equal(t, flush("").status, 400)
	check.Equal(t, flush("nonsense").status, 404)
	check.Equal(t, r.do(t, "PUT", object+"?append_type=other", "").status, 400)
}

// ownedNames returns the names of objects that two targets own.
func (r *rig) ownedNames(t *testing.T, bucketName string) map[string][]string {
	t.Helper()
	names := map[string][]string{}
	for i := 0; len(names["target01"]) < 3 || len(names["target02"]) < 3; i++ {
		name := fmt.Sprint("o", i)
		owner, err := r.state.Map.Owner(cluster.Digest(bucket(bucketName), name))
		check.NoError(t, err)
		names[owner.ID] = append(names[owner.ID], name)
	}
	return names
}

func TestCopyAndRename(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(t, "target01")
	r.start(t, "target02")
	r.tell(t, "target01", "target02")
	r.create(t, "b", "target01", "target02")
	r.create(t, "c", "target01", "target02")
	at := func(target, bucket, name string) string {
		return "http://" + target + "/v1/objects/" + bucket + "/" + name
	}
	inB, inC := r.ownedNames(t, "b"), r.ownedNames(t, "c")
	from := at("target01", "b", inB["target01"][0])
	large := strings.Repeat("v", 60<<10) // longer than headers may be
	for _, size := range []int{0, 10, 5 << 20} {
		content := strings.Repeat("x", size)
		check.Equal(t, r.do(t, "PUT", from, content, wire.HeaderCustom+": color=blue", wire.HeaderCustom+": k="+large).status, 200)
		for _, target := range []string{"target01", "target02"} {
			name := inC[target][1]
			copied := r.do(t, "PUT", from+"?object_to="+url.QueryEscape("ais/@#/c/"+name), "")
			check.Equal(t, copied.status, 200)
			got := r.do(t, "GET", at(target, "c", name), "")
			check.Equal(t, got.body == content, true)
			check.Equal(t, got.header[wire.HeaderCustom], []string{"color=blue", "k=" + large})
			refused := r.do(t, "PUT", from+"?object_to="+url.QueryEscape("ais/@#/c/"+name), "", "If-None-Match: *")
			check.Equal(t, refused.status, 412)

			to := inB[target][2]
			check.Equal(t, r.act(t, from, wire.ActionRenameObject, to, nil).status, 200)
			check.Equal(t, r.do(t, "GET", from, "").status, 404)
			check.Equal(t, r.do(t, "GET", at(target, "b", to), "").body == content, true)
			check.Equal(t, r.act(t, at(target, "b", to), wire.ActionRenameObject, inB["target01"][0], nil).status, 200)
		}
	}
	check.Equal(t, r.do(t, "PUT", from+"?object_to="+url.QueryEscape("ais/@#/none/x"), "").status, 404)
	check.Equal(t, r.do(t, "PUT", from+"?object_to="+url.QueryEscape("ais/@#/b/"+inB["target01"][0]), "").status, 400)
	check.Equal(t, r.act(t, from, wire.ActionRenameObject, "../x", nil).status, 400)
	check.Equal(t, r.act(t, from, wire.ActionRenameObject, inB["target01"][0], nil).status, 400)
	check.Equal(t, r.do(t, "GET", from, "").status, 200)
}

func TestPatchAndCheckLock(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(t, "target01")
	r.create(t, "b", "target01")
	patch := func(query string, value any) answer {
		a, err := wire.NewAction("", "", value)
		check.NoError(t, err)
		text, err := jsonx.Marshal(a)
		check.NoError(t, err)
		return r.do(t, "PATCH", object+query, string(text))
	}
	type pairs = map[string]string
	check.Equal(t, patch("", pairs{"a": "1"}).status, 404)
	check.Equal(t, r.do(t, "PUT", object, "content", wire.HeaderCustom+": a=0").status, 200)
	for _, test := range []struct {
		query string
		value any
		want  []string
		code  int
	}{
		{"", pairs{"b": "2", "a": "1"}, []string{"a=1", "b=2"}, 200},
		{"", pairs{"a": ""}, []string{"a=", "b=2"}, 200},
		{"?set-new-custom=True", pairs{"c": "3"}, []string{"c=3"}, 200},
		{"", pairs{"x": strings.Repeat("x", 65<<10)}, []string{"c=3"}, 413},
		{"", pairs{"x": "a\nb"}, []string{"c=3"}, 400},
		{"", pairs{"a=b": "c"}, []string{"c=3"}, 400},
		{"", []string{"x"}, []string{"c=3"}, 400},
		{"?set-new-custom=true", nil, nil, 200},
	} {
		check.Equal(t, patch(test.query, test.value).status, test.code)
		got := r.do(t, "GET", object, "")
		check.Equal(t, got.header[wire.HeaderCustom], test.want)
		check.Equal(t, got.body, "content")
		check.Equal(t, got.header.Get(wire.HeaderVersion), "1")
	}
	check.Equal(t, r.act(t, object, wire.ActionCheckLock, "", nil).status, 200)
}

func TestPatchOfAnObjectThatHasNotMoved(t *testing.T) {
	t.Parallel()
	r := movedRig(t)
	check.Equal(t, r.do(t, "PATCH", moved, `{"value":{"size":"large"}}`).status, 200)
	r.targets["target01"].stop()
	head := r.do(t, "HEAD", moved, "") // it is here now
	check.Equal(t, head.header.Get(wire.HeaderVersion), "1")
	check.Equal(t, head.header[wire.HeaderCustom], []string{"color=blue", "size=large"})
}

func TestPromoteAFile(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := r.start(t, "target01")
	r.create(t, "b", "target01")
	check.NoError(t, m.disk.Mkdir("/data"))
	write := func(path, text string) {
		f, err := m.disk.Create(path)
		check.NoError(t, err)
		_, err = f.Write([]byte(text))
		check.NoError(t, err)
		check.NoError(t, f.Close())
	}
	write("/data/f", "from a file")
	promote := func(name string, p wire.Promotion) int {
		return r.act(t, "http://target01/v1/objects/b", wire.ActionPromote, name, p).status
	}
	read := func(name string) string { return r.do(t, "GET", "http://target01/v1/objects/b/"+name, "").body }
	check.Equal(t, promote("/data/f", wire.Promotion{}), 200)
	check.Equal(t, read("f"), "from a file")
	check.Equal(t, promote("", wire.Promotion{Source: "/data/f", Object: "d/"}), 200)
	check.Equal(t, read("d/f"), "from a file")
	check.Equal(t, promote("/data/f", wire.Promotion{}), 409)
	check.Equal(t, r.do(t, "PUT", "http://target01/v1/objects/b/f", "other").status, 200)
	check.Equal(t, promote("/data/f", wire.Promotion{Overwrite: true, DeleteSource: true}), 200)
	check.Equal(t, read("f"), "from a file")
	check.Equal(t, promote("/data/f", wire.Promotion{Overwrite: true}), 404)
	for name, status := range map[string]int{
		"/data": 503, "/none/x": 404, "data/f": 404, "/disks/0/1/@ais/b/%ob/f": 403, "/data/../data/f": 404, "": 404,
	} {
		if got := promote(name, wire.Promotion{}); got != status {
			t.Errorf("promoting %q: %d, want %d", name, got, status)
		}
	}
}
