package target

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"aistore/ais/objects"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/archive"
	"aistore/errs"
	"aistore/store"
)

// selectionBuffer gathers what is sent of selected members.
const selectionBuffer = 64 << 10

// ofMembers tells whether a request is for members of the archive that an object
// is.
func ofMembers(q rest.Query) bool {
	return strings.Contains(string(q), "arch") &&
		(q.Get(wire.QueryArchivePath) != "" || q.Get(wire.QueryArchiveRegex) != "" || q.Get(wire.QueryArchiveMode) != "")
}

// getMembers answers GET of one member of an archive, or of all that match.
func (t *Target) getMembers(w http.ResponseWriter, r *http.Request, n store.Name, q *rest.ObjectRequest) error {
	path := q.Query.Get(wire.QueryArchivePath)
	several := q.Query.Get(wire.QueryArchiveRegex) != "" || q.Query.Get(wire.QueryArchiveMode) != ""
	switch {
	case r.Header.Get("Range") != "":
		e := errs.E("target.getMembers", n.String(), errs.Unsupported, nil)
		e.Public = "a range of a member of an archive cannot be read: leave out either Range or " + wire.QueryArchivePath
		return e
	case path != "" && several:
		e := errs.E("target.getMembers", n.String(), errs.Invalid, nil)
		e.Public = "use either " + wire.QueryArchivePath + " or " + wire.QueryArchiveRegex + " with " + wire.QueryArchiveMode
		return e
	}
	a, err := t.openArchive(r, n, q)
	if err != nil {
		return err
	}
	defer a.Close()
	if several {
		return t.sendSelected(w, r, a, n, q)
	}
	m, err := a.Find(path)
	if err != nil {
		return err
	}
	return t.sendMember(w, r, a, n, m)
}

// openArchive opens the archive that a request is for, if it is the one that the
// conditions name.
func (t *Target) openArchive(r *http.Request, n store.Name, q *rest.ObjectRequest) (*objects.Archive, error) {
	a, err := t.members.Open(r.Context(), n, q.Query.Get(wire.QueryArchiveMime))
	if err != nil {
		return nil, err
	}
	if err := checkConditions(r, a.Content.Object); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// describeMember sets the headers of an answer with a member: those of its
// archive, but the checksum, which is not its own.
func describeMember(h http.Header, o *store.Object, m archive.Member) {
	s := newHeaders(h, 4)
	s.set("Content-Type", wire.ContentBinary)
	s.set("Content-Length", strconv.FormatInt(m.Size, 10))
	if o.Version != "" {
		s.set(wire.HeaderVersion, o.Version)
	}
	s.atime(o)
}

// sendMember sends one member: a small one from memory, whole and checked, a
// large one of a tar from file to socket inside the kernel.
func (t *Target) sendMember(w http.ResponseWriter, r *http.Request, a *objects.Archive, n store.Name, m archive.Member) error {
	if offset, ok := a.Plain(m); ok && m.Size > smallObject {
		describeMember(w.Header(), a.Content.Object, m)
		return sendLocal(w, a.Content.Local, n, offset, m.Size)
	}
	content, err := a.Archive.Open(r.Context(), m)
	if err != nil {
		return err
	}
	defer content.Close()
	buf := t.small.Get(smallObject)
	defer t.small.Put(buf)
	first := buf[:min(m.Size, smallObject)]
	if _, err := io.ReadFull(content, first); err != nil {
		return errs.E("target.sendMember", n.String(), "", err)
	}
	describeMember(w.Header(), a.Content.Object, m)
	if _, err := w.Write(first); err != nil {
		return err
	}
	_, err = io.CopyN(w, content, m.Size-int64(len(first)))
	return err
}

// sendSelected sends the members that match as a tar, in the order of the
// archive.
func (t *Target) sendSelected(w http.ResponseWriter, r *http.Request, a *objects.Archive, n store.Name, q *rest.ObjectRequest) error {
	match, err := archive.Mode(q.Query.Get(wire.QueryArchiveMode)).Matcher(q.Query.Get(wire.QueryArchiveRegex))
	if err != nil {
		return err
	}
	w.Header()["Content-Type"] = []string{archive.Tar.ContentType()}
	buffered := bufio.NewWriterSize(w, selectionBuffer)
	out, err := archive.NewWriter(buffered, archive.Tar, archive.WriterOptions{})
	if err != nil {
		return err
	}
	some, err := a.Selected(r.Context(), match, func(m archive.Member, content io.Reader) error {
		return out.Add(m.Name, m.Size, m.Modified, content)
	})
	switch {
	case err != nil:
		return errs.E("target.sendSelected", n.String(), "", err)
	case !some:
		e := errs.E("target.sendSelected", n.String(), errs.NotFound, nil)
		e.Public = fmt.Sprintf("archive %s has no member that matches %q", n.String(), q.Query.Get(wire.QueryArchiveRegex))
		return e
	}
	if _, err := out.Close(); err != nil {
		return err
	}
	return buffered.Flush()
}

// headMember answers HEAD of a member of an archive.
func (t *Target) headMember(w http.ResponseWriter, r *http.Request, n store.Name, q *rest.ObjectRequest) error {
	path := q.Query.Get(wire.QueryArchivePath)
	if path == "" {
		e := errs.E("target.headMember", n.String(), errs.Unsupported, nil)
		e.Public = "HEAD of an archive takes " + wire.QueryArchivePath + " only"
		return e
	}
	a, err := t.openArchive(r, n, q)
	if err != nil {
		return err
	}
	defer a.Close()
	m, err := a.Find(path)
	if err != nil {
		return err
	}
	describeMember(w.Header(), a.Content.Object, m)
	w.Header().Set(wire.HeaderPresent, "true")
	return nil
}

// putMember stores the body as a member of an archive.
func (t *Target) putMember(r *http.Request, n store.Name, q *rest.ObjectRequest, body io.Reader, o store.WriteOptions) (*store.Object, error) {
	m := objects.MemberPut{
		Path:   q.Query.Get(wire.QueryArchivePath),
		MIME:   q.Query.Get(wire.QueryArchiveMime),
		Size:   r.ContentLength,
		Expect: o.Expect,
	}
	switch mode := r.Header.Get(wire.HeaderArchiveAppend); mode {
	case "", "0":
	case "1":
		m.Mode = objects.MemberAppends
	case "2":
		m.Mode = objects.MemberAppendsOrCreates
	default:
		e := errs.E("target.putMember", n.String(), errs.Invalid, nil)
		e.Public = wire.HeaderArchiveAppend + " is 0, 1 or 2, not " + strconv.Quote(mode)
		return nil, e
	}
	return t.members.Put(r.Context(), n, m, body, o)
}
