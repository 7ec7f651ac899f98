package target

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/checksum"
	"aistore/store"
)

// createUpload answers with the id of a new upload, as plain text.
func (t *Target) createUpload(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest, _ *wire.Action) error {
	n, err := t.newName(q)
	if err != nil {
		return err
	}
	var o store.UploadOptions
	if o.Custom, err = t.custom(r.Header); err != nil {
		return err
	}
	u, err := t.verbs.CreateUpload(r.Context(), n, o)
	if err != nil {
		return err
	}
	return rest.Text(w, u.ID.String())
}

// newName is the object of a request that may create it.
func (t *Target) newName(q *rest.ObjectRequest) (store.Name, error) {
	n, err := t.name(q)
	if err == nil {
		err = wire.ValidateNewObjectName(n.Object)
	}
	return n, err
}

// upload is the upload that a request names in its query.
func (t *Target) upload(q *rest.ObjectRequest) (store.Upload, error) {
	n, err := t.name(q)
	if err != nil {
		return store.Upload{}, err
	}
	return t.verbs.Upload(n, q.Query.Get(wire.QueryUploadID))
}

// putPart stores the body as a part of an upload.
func (t *Target) putPart(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error {
	u, err := t.upload(q)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(q.Query.Get(wire.QueryPartNumber))
	if err != nil {
		return errs.E("target.putPart", wire.QueryPartNumber, errs.Invalid, err)
	}
	if r.ContentLength == 0 {
		e := errs.E("target.putPart", u.Name.String(), errs.Invalid, nil)
		e.Public = "invalid size (0) of part " + strconv.Itoa(number) + " of " + u.Name.String()
		return e
	}
	o := store.PartOptions{Size: r.ContentLength, Hash: []checksum.Kind{checksum.MD5}}
	if o.Expect, err = expected(r.Header); err != nil {
		return err
	}
	body, err := admit(r.Body, r.ContentLength, int64(t.core.Cluster.Get().Limits.ObjectSize))
	if err != nil {
		return err
	}
	part, err := t.verbs.WritePart(r.Context(), u, number, body, o)
	if err != nil {
		return err
	}
	w.Header()["Etag"] = []string{strconv.Quote(partTag(&part))}
	return nil
}

// partTag is the entity tag of a part.
func partTag(p *store.Part) string { return p.Sum(checksum.MD5).Hex() }

// completeUpload makes the object.
func (t *Target) completeUpload(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest, a *wire.Action) error {
	u, err := t.upload(q)
	if err != nil {
		return err
	}
	var listed []wire.CompletedPart
	if err := a.Decode(&listed); err != nil {
		return err
	}
	pieces, err := piecesOf(listed)
	if err != nil {
		return err
	}
	o := store.CompleteOptions{All: true, Conditions: conditions(r), MaxSize: int64(t.core.Cluster.Get().Limits.ObjectSize)}
	if o.Expect, err = expected(r.Header); err != nil {
		return err
	}
	made, err := t.verbs.CompleteUpload(r.Context(), u, pieces, o)
	if err != nil {
		return err
	}
	describe(w.Header(), made, 0)
	return nil
}

// piecesOf reads a list of parts. Clients of the native API list them as they
// have sent them: in any order, and one that they have sent twice maybe twice.
func piecesOf(listed []wire.CompletedPart) ([]store.Piece, error) {
	listed = slices.Clone(listed)
	slices.SortStableFunc(listed, func(a, b wire.CompletedPart) int { return cmp.Compare(a.Number, b.Number) })
	pieces := make([]store.Piece, 0, len(listed))
	for _, part := range listed {
		p := store.Piece{Number: part.Number}
		if tag := strings.Trim(part.ETag, `"`); tag != "" {
			sum, err := checksum.ParseSum(checksum.MD5, tag)
			if err != nil {
				return nil, err
			}
			p.Expect = []checksum.Sum{sum}
		}
		if last := len(pieces) - 1; last >= 0 && pieces[last].Number == p.Number {
			pieces[last] = p // sent later
			continue
		}
		pieces = append(pieces, p)
	}
	return pieces, nil
}

// abortUpload gives an upload up.
func (t *Target) abortUpload(_ http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error {
	u, err := t.upload(q)
	if err != nil {
		return err
	}
	return t.verbs.AbortUpload(r.Context(), u)
}

// appendObject adds the body to what the handle stands for, or makes all that the
// object. The answer to the former has the handle that goes on.
func (t *Target) appendObject(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error {
	n, err := t.newName(q)
	if err != nil {
		return err
	}
	handle, limit := q.Query.Get(wire.QueryAppendHandle), int64(t.core.Cluster.Get().Limits.ObjectSize)
	switch step := q.Query.Get(wire.QueryAppendType); step {
	case wire.AppendTypeAppend:
		body, err := admit(r.Body, r.ContentLength, limit)
		if err != nil {
			return err
		}
		if handle, err = t.verbs.Append(r.Context(), n, handle, body, r.ContentLength); err != nil {
			return err
		}
		w.Header().Set(wire.HeaderAppendHandle, handle)
		return nil
	case wire.AppendTypeFlush:
		expect, err := expected(r.Header)
		if err != nil {
			return err
		}
		made, err := t.verbs.Flush(r.Context(), n, handle, expect, limit)
		if err != nil {
			return err
		}
		describe(w.Header(), made, 0)
		return nil
	default:
		e := errs.E("target.append", wire.QueryAppendType, errs.Invalid, nil)
		e.Public = wire.QueryAppendType + " is " + strconv.Quote(step) + ", want " + wire.AppendTypeAppend + " or " + wire.AppendTypeFlush
		return e
	}
}
