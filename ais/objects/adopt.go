package objects

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/store"
)

// An open upload follows its object. The owner in force of the name that does not
// have the upload, or has it from an earlier time, asks the owners by the
// placements since, newest first, and takes it over from the one that has it
// latest: all of it, and only then anything more is done with it. Versions of the
// map tell which is later, as write orders tell of objects. An earlier owner gives
// an upload away, or drops it, only to whom its own gate takes for the owner: so
// nothing of it is acknowledged there any more.
//
// What an earlier owner keeps, since it could not be told to drop it, counts for
// nothing as long as a later owner has the upload. So it is dropped before the
// upload ends: an upload that has ended does not come back.

// Claim says who asks for an upload of another target, and by what right.
type Claim struct {
	Owner      string `json:"owner"`       // target that owns the object
	MapVersion int64  `json:"map_version"` // of the cluster map by which it does
}

// UploadPeers reach the uploads of other targets. A target that does not know of the
// claim yet, or of a later one, is Unavailable.
type UploadPeers interface {
	// Upload tells of the upload there, see [Verbs.UploadHere].
	Upload(ctx context.Context, node *wire.Node, u store.Upload, c Claim) (*store.UploadState, error)
	// UploadContent reads its parts, see [Verbs.UploadContentHere]. The caller
	// closes it.
	UploadContent(ctx context.Context, node *wire.Node, u store.Upload, c Claim, after int) (io.ReadCloser, error)
	// DropUpload removes it there, see [Verbs.DropUploadHere].
	DropUpload(ctx context.Context, node *wire.Node, u store.Upload, c Claim) error
}

// UploadHere tells a later owner of the upload in this target's own store. Errors:
// those of store.Upload.State; Unavailable (the claim does not hold).
func (v *Verbs) UploadHere(ctx context.Context, u store.Upload, c Claim) (*store.UploadState, error) {
	if err := v.gate.yields(ctx, u.Name.Digest(), c.Owner, c.MapVersion); err != nil {
		return nil, err
	}
	return u.State(ctx)
}

// UploadContentHere gives the content of the parts whose numbers follow after, and
// how many bytes that is. Errors: those of store.Upload.Content; Unavailable.
func (v *Verbs) UploadContentHere(ctx context.Context, u store.Upload, c Claim, after int) (io.ReadCloser, int64, error) {
	if err := v.gate.yields(ctx, u.Name.Digest(), c.Owner, c.MapVersion); err != nil {
		return nil, 0, err
	}
	return u.Content(ctx, after)
}

// DropUploadHere removes the upload from this target's own store, since a later
// owner has it. Errors: NotFound, Unavailable.
func (v *Verbs) DropUploadHere(ctx context.Context, u store.Upload, c Claim) error {
	if err := v.gate.yields(ctx, u.Name.Digest(), c.Owner, c.MapVersion); err != nil {
		return err
	}
	return u.Abort(ctx)
}

// uploadKey is what the turn of an upload goes by.
func uploadKey(u store.Upload) uint64 { return binary.BigEndian.Uint64(u.ID[:]) }

// claim is that of this target, by a map.
func (v *Verbs) claim(m *cluster.Map) Claim { return Claim{Owner: v.self, MapVersion: m.Version()} }

// hold makes sure that this target has the upload, as it was left by whoever had it
// last. Errors: NotFound, and those of takeOver.
func (v *Verbs) hold(pass *Pass, u store.Upload) error {
	ctx, m := pass.Context(), v.state().Map
	if held, err := v.holds(ctx, m, u); held || err != nil {
		return err
	}
	done, err := v.taking.wait(ctx, uploadKey(u))
	if err != nil {
		return err
	}
	defer done()
	return v.takeOver(pass, m, u)
}

// holds tells whether this target has the upload, and nobody can have had it later.
func (v *Verbs) holds(ctx context.Context, m *cluster.Map, u store.Upload) (bool, error) {
	info, err := u.Info(ctx)
	switch {
	case err == nil:
		return v.tenured(m, u.Name.Digest(), info.MapVersion), nil
	case !errors.Is(err, errs.NotFound):
		return false, err
	case !moving(m):
		return false, err
	}
	return false, nil
}

// takeOver finds the upload, and makes it one of this target. The caller has its
// turn. Errors: NotFound; those of store.Upload.Adopt; Unavailable, with the code
// CodeNotNow (who may have it does not answer).
func (v *Verbs) takeOver(pass *Pass, m *cluster.Map, u store.Upload) error {
	ctx := pass.Context()
	own, err := u.Info(ctx)
	switch {
	case err == nil && v.tenured(m, u.Name.Digest(), own.MapVersion):
		return nil // by now
	case err != nil && !errors.Is(err, errs.NotFound):
		return err
	}
	s := uploadSearch{verbs: v, upload: u, m: m, here: err == nil, version: own.MapVersion}
	if _, made := u.Made(ctx); err != nil && made == nil {
		return err // it is complete
	}
	if asking := s.run(ctx); asking != nil {
		return asking
	}
	switch {
	case s.from != nil:
		from := s.from
		err = u.Adopt(ctx, s.state, store.AdoptOptions{MapVersion: m.Version(), Fence: pass.Check, Content: func(ctx context.Context, after int) (io.ReadCloser, error) {
			content, err := v.peers.UploadContent(ctx, from, u, v.claim(m), after)
			if err != nil {
				return nil, silent(from, u, err)
			}
			return &uploadStream{content, from, u}, nil
		}})
	case s.here:
		err = u.Renew(ctx, m.Version(), pass.Check)
	}
	if err != nil {
		return err
	}
	for _, node := range s.others {
		if v.peers.DropUpload(ctx, node, u, v.claim(m)) != nil {
			continue // it is dropped before the upload ends
		}
	}
	return nil
}

// uploadSearch is a search for the target that had an upload last.
type uploadSearch struct {
	verbs   *Verbs
	upload  store.Upload
	m       *cluster.Map
	here    bool               // this target has it
	version int64              // of the map when it came to where it was found last
	state   *store.UploadState // of another target; nil: it is here, or nowhere
	from    *wire.Node         // that target
	others  []*wire.Node       // all other targets that have it
}

// run asks the owners by the placements since the one that is known to have it,
// newest first. Errors: Unavailable.
func (s *uploadSearch) run(ctx context.Context) error {
	for _, e := range s.verbs.earlier(s.m, s.upload.Name.Digest()) {
		if (s.here || s.from != nil) && s.version >= e.version {
			return nil
		}
		state, err := s.verbs.peers.Upload(ctx, e.node, s.upload, s.verbs.claim(s.m))
		switch {
		case errors.Is(err, errs.NotFound):
			continue
		case err != nil:
			return silent(e.node, s.upload, err)
		case state.Made != nil:
			return nil
		}
		s.others = append(s.others, e.node)
		if !s.here && s.from == nil || state.Info.MapVersion > s.version {
			s.state, s.from, s.version = state, e.node, state.Info.MapVersion
		}
	}
	return nil
}

// earlierOwner is a target that has owned a name.
type earlierOwner struct {
	node    *wire.Node
	version int64 // of the latest placement by which it did
}

// earlier returns the other targets that have owned the name of a digest and are in
// the cluster still, the latest first.
func (v *Verbs) earlier(m *cluster.Map, digest uint64) []earlierOwner {
	var owners []earlierOwner
	for _, p := range m.Placements() {
		id := p.Owner(digest)
		node, found := m.Node(id)
		known := slices.ContainsFunc(owners, func(e earlierOwner) bool { return e.node.ID == id })
		if id != v.self && found && !known {
			owners = append(owners, earlierOwner{node, p.Version()})
		}
	}
	return owners
}

// dropElsewhere removes what other targets have of an upload, the oldest first, so
// that an error leaves the latest; and tells whether there was any. Errors:
// Unavailable, with the code CodeNotNow.
func (v *Verbs) dropElsewhere(ctx context.Context, m *cluster.Map, u store.Upload) (had bool, err error) {
	owners := v.earlier(m, u.Name.Digest())
	slices.Reverse(owners)
	for _, e := range owners {
		err := v.peers.DropUpload(ctx, e.node, u, v.claim(m))
		if err != nil && !errors.Is(err, errs.NotFound) {
			return had, silent(e.node, u, err)
		}
		had = had || err == nil
	}
	return had, nil
}

// madeElsewhere finds the object that an upload has made at an earlier owner, if it
// is there still, or is an older version. Errors: NotFound, Unavailable.
func (v *Verbs) madeElsewhere(ctx context.Context, m *cluster.Map, u store.Upload, absent error) (*store.Object, error) {
	last, err := v.find(ctx, u.Name)
	if err != nil {
		return nil, err
	}
	for _, e := range v.earlier(m, u.Name.Digest()) {
		state, err := v.peers.Upload(ctx, e.node, u, v.claim(m))
		switch {
		case errors.Is(err, errs.NotFound):
			continue
		case err != nil:
			return nil, silent(e.node, u, err)
		case state.Made == nil:
			continue
		}
		made := &store.Object{Record: *state.Made}
		if last.exists() && last.Object.Order.Compare(made.Order) == 0 {
			return made, nil
		}
		if made.VersionID != "" {
			if _, _, err := v.findVersion(ctx, u.Name, made.PublicVersion()); err == nil {
				return made, nil
			}
		}
	}
	return nil, absent
}

// silent is the error of what takes the answer of a target that does not give it.
func silent(node *wire.Node, u store.Upload, cause error) error {
	e := errs.E("objects.upload", u.Name.String(), errs.Unavailable, cause)
	e.Code, e.RetryAfter = errs.CodeNotNow, time.Second
	e.Public = "target " + node.ID + ", which owned " + u.Name.String() + " before, does not say what it has of upload \"" + u.ID.String() + "\": nothing was changed, try again"
	return e
}

// uploadStream is the content of parts that another target sends.
type uploadStream struct {
	io.ReadCloser
	node   *wire.Node
	upload store.Upload
}

// Read is io.Reader.Read. Errors: Unavailable, with the code CodeNotNow.
func (s *uploadStream) Read(b []byte) (int, error) {
	n, err := s.ReadCloser.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = silent(s.node, s.upload, err)
	}
	return n, err
}
