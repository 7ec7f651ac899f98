package apitest

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/checksum"
	"aistore/internal/jsonx"
)

// uploadCall answers what is about parts, appends, copies and renames. False for
// anything else.
func (c *Cluster) uploadCall(b wire.Bucket, name string, w http.ResponseWriter, r *http.Request) (done bool, err error) {
	q := r.URL.Query()
	switch id := q.Get(wire.QueryUploadID); {
	case r.Method == http.MethodPost:
		return true, c.objectAction(b, name, id, w, r)
	case r.Method == http.MethodPut && id != "":
		return true, c.keepPart(b, name, id, q.Get(wire.QueryPartNumber), w, r)
	case r.Method == http.MethodDelete && id != "":
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.uploads, id)
		return true, nil
	case r.Method == http.MethodPut && q.Get(wire.QueryAppendType) != "":
		return true, c.append(b, name, q.Get(wire.QueryAppendType), q.Get(wire.QueryAppendHandle), w, r)
	case r.Method == http.MethodPut && q.Get(wire.QueryObjectTo) != "":
		to, toName, err := wire.ParseUname(q.Get(wire.QueryObjectTo))
		if err != nil {
			return true, err
		}
		return true, c.duplicate(b, name, to, toName)
	}
	return false, nil
}

func (c *Cluster) objectAction(b wire.Bucket, name, upload string, w http.ResponseWriter, r *http.Request) error {
	var a wire.Action
	if err := jsonx.NewDecoder(r.Body).Decode(&a); err != nil {
		return errs.E("fake", "", errs.Invalid, err)
	}
	switch a.Action {
	case wire.ActionRenameObject:
		if err := c.duplicate(b, name, b, a.Name); err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.buckets[b], name)
		return nil
	case wire.ActionCreateUpload:
		c.mu.Lock()
		defer c.mu.Unlock()
		id := fmt.Sprintf("upload-%d", len(c.uploads)+1)
		c.uploads[id] = map[int][]byte{}
		_, err := io.WriteString(w, id)
		return err
	case wire.ActionCompleteUpload:
		var listed []wire.CompletedPart
		if err := a.Decode(&listed); err != nil {
			return err
		}
		return c.complete(b, name, upload, listed)
	}
	return errs.E("fake", a.Action, errs.Invalid, nil)
}

func (c *Cluster) complete(b wire.Bucket, name, upload string, listed []wire.CompletedPart) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	parts := c.uploads[upload]
	if parts == nil || len(listed) != len(parts) {
		return errs.E("fake", upload, errs.NotFound, nil)
	}
	var whole []byte
	for number := 1; len(parts) > 0; number++ {
		whole = append(whole, parts[number]...)
		delete(parts, number)
	}
	c.store(b, name, whole)
	return nil
}

func (c *Cluster) keepPart(b wire.Bucket, name, upload, number string, w http.ResponseWriter, r *http.Request) error {
	var n int
	if _, err := fmt.Sscan(number, &n); err != nil {
		return errs.E("fake", b.ObjectString(name), errs.Invalid, err)
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return errs.E("fake", "", errs.Invalid, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	parts := c.uploads[upload]
	if parts == nil {
		return errs.E("fake", upload, errs.NotFound, nil)
	}
	parts[n] = data
	w.Header().Set("Etag", `"`+checksum.Of(checksum.MD5, data).Hex()+`"`)
	return nil
}

// append keeps what is appended as the handle itself.
func (c *Cluster) append(b wire.Bucket, name, step, handle string, w http.ResponseWriter, r *http.Request) error {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return errs.E("fake", "", errs.Invalid, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if o := c.buckets[b][name]; handle == "" && o != nil {
		handle = "+" + string(o.data)
	}
	if step == wire.AppendTypeFlush {
		c.store(b, name, []byte(strings.TrimPrefix(handle, "+")))
		return nil
	}
	w.Header().Set(wire.HeaderAppendHandle, "+"+strings.TrimPrefix(handle, "+")+string(data))
	return nil
}

// duplicate copies an object.
func (c *Cluster) duplicate(b wire.Bucket, name string, to wire.Bucket, toName string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.buckets[b][name]
	if o == nil {
		return errs.ObjectNotFound("fake", b.ObjectString(name))
	}
	if _, ok := c.buckets[to]; !ok {
		return errs.BucketNotFound("fake", to.String())
	}
	c.store(to, toName, o.data).custom = o.custom
	return nil
}
