package target

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/checksum"
	"aistore/store"
)

// putObject stores the body. Empty 200 once it is durable as the bucket says.
func (t *Target) putObject(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error {
	if local(q) {
		return t.receiveObject(w, r, q)
	}
	n, err := t.name(q)
	if err != nil {
		return err
	}
	if err := wire.ValidateNewObjectName(n.Object); err != nil {
		return err
	}
	o := store.WriteOptions{
		Size:        r.ContentLength,
		Conditions:  conditions(r),
		SkipVersion: q.Query.Bool(wire.QuerySkipVersionCheck),
	}
	if o.Expect, err = expected(r.Header); err != nil {
		return err
	}
	if o.Custom, err = t.custom(r.Header); err != nil {
		return err
	}
	body, err := admit(r.Body, r.ContentLength, int64(t.core.Cluster.Get().Limits.ObjectSize))
	if err != nil {
		return err
	}
	stored, err := t.write(r, n, q, body, o)
	if err != nil {
		return err
	}
	describe(w.Header(), stored, 0)
	return nil
}

// write stores the body as the object, or as a member of the archive that the
// object is.
func (t *Target) write(r *http.Request, n store.Name, q *rest.ObjectRequest, body io.Reader, o store.WriteOptions) (*store.Object, error) {
	if path := q.Query.Get(wire.QueryArchivePath); path != "" {
		return t.putMember(r, n, q, body, o)
	}
	return t.verbs.Put(r.Context(), n, body, o)
}

// expected is the checksum that the client says its body has; zero if it says
// nothing.
func expected(h http.Header) (checksum.Sum, error) {
	kind, value := h.Get(wire.HeaderChecksumType), h.Get(wire.HeaderChecksumValue)
	if kind == "" && value == "" || kind == string(checksum.None) {
		return checksum.Sum{}, nil
	}
	parsed, err := checksum.ParseKind(kind)
	if err != nil {
		return checksum.Sum{}, err
	}
	sum, err := checksum.ParseSum(parsed, value)
	if err != nil {
		return checksum.Sum{}, errs.E("target.put", wire.HeaderChecksumValue, errs.Invalid, err)
	}
	return sum, nil
}

// custom is the user metadata that the client sends with its body.
func (t *Target) custom(h http.Header) ([]store.Pair, error) {
	lines := h[wire.HeaderCustom]
	if len(lines) == 0 {
		return nil, nil
	}
	pairs := make([]store.Pair, 0, len(lines))
	size := 0
	for _, line := range lines {
		key, value, ok := strings.Cut(line, "=")
		if !ok || key == "" {
			e := errs.E("target.put", wire.HeaderCustom, errs.Invalid, nil)
			e.Public = wire.HeaderCustom + " takes one key=value pair a line, got " + strconv.Quote(line)
			return nil, e
		}
		size += len(line)
		pairs = append(pairs, store.Pair{Key: key, Value: value})
	}
	if limit := int(t.core.Cluster.Get().Limits.CustomMetadata); size > limit {
		e := errs.E("target.put", wire.HeaderCustom, errs.TooLarge, nil)
		e.Public = "the user metadata has " + strconv.Itoa(size) + " bytes, at most " + strconv.Itoa(limit) + " are allowed (limits.max_custom_metadata)"
		return nil, e
	}
	return pairs, nil
}

// deleteObject removes an object.
func (t *Target) deleteObject(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error {
	n, err := t.name(q)
	if err != nil {
		return err
	}
	return t.verbs.Delete(r.Context(), n, store.DeleteOptions{Conditions: conditions(r)})
}

// conditions are what the client wants to hold when its change takes effect.
func conditions(r *http.Request) store.Conditions {
	c := rest.ConditionsOf(r.Header)
	return store.Conditions{IfMatch: c.MatchTags(), IfNoneMatch: c.NoneMatchTags(), IfUnmodifiedSince: c.UnmodifiedSince()}
}
