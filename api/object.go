package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/checksum"
	"aistore/internal/hrw"
)

// Object is what a server says about an object. Which fields are set depends
// on the call; all are zero when not told.
type Object struct {
	Size         int64             // of the whole object in bytes; -1 when not known
	Checksum     checksum.Sum      // of the whole object
	Version      string            // "1", "2", … in ais:// buckets with versioning
	Atime        time.Time         // of the last access
	Modified     time.Time         // HeadProps only
	ETag         string            // without quotes
	ContentType  string            // Get only
	Custom       map[string]string // pairs that the user has set
	PossiblyOld  bool              // read from a node that could not be sure to be current
	Present      bool              // Head and HeadProps: in the cluster, not only in its remote bucket
	Location     string            // Head and HeadProps: node and mountpath, "t[id]:mp[path]"
	Copies       int               // Head and HeadProps: how many there are on the target
	CopyPaths    []string          // Head and HeadProps: mountpaths of the copies
	Chunks       int               // HeadProps: in how many chunks it is kept; 0 when it is not chunked
	MaxChunkSize int64             // HeadProps: in bytes
}

// objectCall returns a call about an object, after checking its name and its
// bucket.
func objectCall(op, method string, b wire.Bucket, name string) (*call, error) {
	r := &call{op: op, method: method, object: true, query: bucketQuery(b)}
	r.subject = b.ObjectString(name)
	if err := b.Validate(); err != nil {
		return nil, r.wrap(err)
	}
	if err := wire.ValidateObjectName(name); err != nil {
		return nil, r.wrap(err)
	}
	r.path = wire.PathObjects + "/" + b.Name + "/" + name
	r.digest = digestOf(b, name)
	return r, nil
}

func digestOf(b wire.Bucket, name string) uint64 {
	var buf [256]byte // most names fit
	return hrw.DigestBytes(b.AppendUname(buf[:0], name))
}

// Head returns what is known of an object: size, checksum, version, times,
// custom pairs, location and copies.
// Errors: NotFound (bucket or object).
func (c *Client) Head(ctx context.Context, b wire.Bucket, name string) (Object, error) {
	return c.head(ctx, "api.Head", b, name, "", wire.PresenceExists)
}

// HeadProps returns size and presence of an object and, of the rest, what
// props names: wire's prop names such as "checksum", "atime", "last-modified".
// Errors: NotFound (bucket or object), Invalid (unknown prop).
func (c *Client) HeadProps(ctx context.Context, b wire.Bucket, name string, props ...string) (Object, error) {
	if len(props) == 0 {
		props = []string{"size"}
	}
	return c.head(ctx, "api.HeadProps", b, name, strings.Join(props, ","), wire.PresenceExists)
}

// Present tells whether an object is in the cluster: one of a remote bucket may
// be there only. Errors: NotFound (bucket).
func (c *Client) Present(ctx context.Context, b wire.Bucket, name string) (bool, error) {
	_, err := c.head(ctx, "api.Present", b, name, "size", wire.PresencePresentNoProps)
	if errors.Is(err, errs.NotFound) && errs.CodeOf(err) != errs.CodeBucketNotFound {
		return false, nil
	}
	return err == nil, err
}

// head asks for an object with some props, "" for all, that is present as said.
func (c *Client) head(ctx context.Context, op string, b wire.Bucket, name, props string, presence wire.Presence) (Object, error) {
	r, err := objectCall(op, http.MethodHead, b, name)
	if err != nil {
		return Object{}, err
	}
	if presence != wire.PresenceExists {
		r.query += "&" + wire.QueryPresence + "=" + strconv.Itoa(int(presence))
	}
	if props != "" {
		r.query += "&" + wire.QueryProps + "=" + url.QueryEscape(props)
	}
	var o Object
	err = c.control(ctx, r, func(resp *http.Response) error {
		o, err = objectOf(resp)
		return err
	})
	return o, err
}

// Delete removes an object.
// Errors: NotFound (bucket or object).
func (c *Client) Delete(ctx context.Context, b wire.Bucket, name string) error {
	r, err := objectCall("api.Delete", http.MethodDelete, b, name)
	if err != nil {
		return err
	}
	return c.control(ctx, r, nil)
}

// SetCustom adds pairs to those that the user has set on an object, or
// changes them.
// Errors: NotFound (bucket or object), Invalid.
func (c *Client) SetCustom(ctx context.Context, b wire.Bucket, name string, pairs map[string]string) error {
	return c.patch(ctx, "api.SetCustom", b, name, pairs, false)
}

// ReplaceCustom puts pairs in the place of all that the user has set on an
// object.
// Errors: NotFound (bucket or object), Invalid.
func (c *Client) ReplaceCustom(ctx context.Context, b wire.Bucket, name string, pairs map[string]string) error {
	return c.patch(ctx, "api.ReplaceCustom", b, name, pairs, true)
}

func (c *Client) patch(ctx context.Context, op string, b wire.Bucket, name string, pairs map[string]string, replace bool) error {
	r, err := objectCall(op, http.MethodPatch, b, name)
	if err != nil {
		return err
	}
	if replace {
		r.query += "&" + wire.QuerySetNewCustom + "=true"
	}
	if err := r.withAction("", "", pairs); err != nil {
		return err
	}
	return c.control(ctx, r, nil)
}

// objectOf reads the headers of an answer about an object.
// Errors: Invalid (a checksum that is none).
func objectOf(resp *http.Response) (Object, error) {
	h := resp.Header
	o := Object{
		Size:        resp.ContentLength,
		Version:     h.Get(wire.HeaderVersion),
		ETag:        strings.Trim(h.Get("Etag"), `"`),
		ContentType: h.Get("Content-Type"),
		Custom:      customOf(h[wire.HeaderCustom]),
		PossiblyOld: h.Get(wire.HeaderStale) != "",
		Present:     wire.Bool(h.Get(wire.HeaderPresent)),
		Location:    h.Get(wire.HeaderLocation),
		CopyPaths:   listOf(h.Get(wire.HeaderCopyPaths)),
	}
	var err error
	if o.Checksum, err = checksumOf(h); err != nil {
		return o, err
	}
	if atime := nanoseconds(h.Get(wire.HeaderAtime)); atime > 0 {
		o.Atime = time.Unix(0, int64(atime))
	}
	if modified := h.Get("Last-Modified"); modified != "" {
		o.Modified, _ = http.ParseTime(modified) // zero when it is no time
	}
	o.Copies = numberOf(h.Get(wire.HeaderCopies))
	o.Chunks = numberOf(h.Get(wire.HeaderChunks))
	o.MaxChunkSize = int64(numberOf(h.Get(wire.HeaderMaxChunkSize)))
	return o, nil
}

func numberOf(text string) int {
	n, _ := strconv.Atoi(text) // absent is zero
	return n
}

// checksumOf reads the checksum of a whole object; zero for none.
func checksumOf(h http.Header) (checksum.Sum, error) {
	name := h.Get(wire.HeaderChecksumType)
	if name == "" || h.Get(wire.HeaderChecksumValue) == "" {
		return checksum.Sum{}, nil
	}
	kind, err := checksum.ParseKind(name)
	if err != nil {
		return checksum.Sum{}, errs.E("checksum header", "", "", err)
	}
	return checksum.ParseSum(kind, h.Get(wire.HeaderChecksumValue))
}

// customOf reads pairs of the form key=value.
func customOf(lines []string) map[string]string {
	if len(lines) == 0 {
		return nil
	}
	pairs := make(map[string]string, len(lines))
	for _, line := range lines {
		if key, value, ok := strings.Cut(line, "="); ok {
			pairs[key] = value
		}
	}
	return pairs
}

// listOf reads "[a, b]".
func listOf(text string) []string {
	text = strings.Trim(text, "[]")
	if text == "" {
		return nil
	}
	parts := strings.Split(text, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}
