package shard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"aistore/archive"
	"aistore/errs"
	"aistore/memsys"
	"aistore/metrics"
	"aistore/store"
)

// Options changes Shards. The zero value is the default.
type Options struct {
	Members  int // of one archive; 0 is what archive.Limits says
	Building int // indexes being made at one time, others wait; 0 is 2

	MaxSize func() int64   // of an archive that is written, in bytes, 0 for no bound; nil is no bound
	Pool    *memsys.Pool   // lends memory for an index being made; nil makes a pool
	Log     *slog.Logger   // nil is silent
	Metrics *metrics.Scope // nil counts for nobody
}

// Shards are the archives among the objects of a store. All methods may be
// called from any goroutine. Run them as a part, so that an index is made on also
// when the request that needs it has given up.
type Shards struct {
	store  *store.Store
	limits archive.Limits
	pool   *memsys.Pool
	log    *slog.Logger
	slots  chan struct{} // holds one for each index being made
	most   func() int64  // bytes of an archive that is written; 0 for no bound
	builds builds
	built  *metrics.Counter
	bytes  *metrics.Counter
	found  *metrics.Counter
	stale  *metrics.Counter
}

// New returns the archives in s. Errors: Invalid (an option).
func New(s *store.Store, o Options) (*Shards, error) {
	if o.Members < 0 || o.Building < 0 {
		return nil, errs.E("shard.New", "", errs.Invalid, errors.New("an option is negative"))
	}
	if o.Building == 0 {
		o.Building = 2
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxSize == nil {
		o.MaxSize = func() int64 { return 0 }
	}
	if o.Pool == nil {
		var err error
		if o.Pool, err = memsys.New(memsys.Options{}); err != nil {
			return nil, err
		}
	}
	return &Shards{
		store:  s,
		limits: archive.Limits{Members: o.Members},
		pool:   o.Pool,
		log:    o.Log,
		slots:  make(chan struct{}, o.Building),
		most:   o.MaxSize,
		builds: builds{pending: map[buildKey]*build{}, queue: make(chan *build, maxWaiting)},
		built:  o.Metrics.Counter("archive_index_built_total", "indexes of archives made since there was none"),
		bytes:  o.Metrics.Counter("archive_index_built_bytes", "sizes of the archives they were made of"),
		found:  o.Metrics.Counter("archive_index_used_total", "archives opened with an index that was there"),
		stale:  o.Metrics.Counter("archive_index_bad_total", "indexes of archives found damaged or of another archive"),
	}, nil
}

// Source is an archive to open.
type Source struct {
	Name    store.Name
	Object  *store.Object // describes the content
	Content io.ReaderAt   // stays the caller's
	MIME    string        // what the client says of the format; "" lets name and content say it
	Away    bool          // the object is on another target: its index is not kept
}

// Shard is an archive open with its index. The caller closes it, before the
// content it was opened on.
type Shard struct {
	Archive *archive.Archive
	Index   *archive.Index

	name  store.Name
	close func() error
}

// Open opens an archive. Where there is no index it makes one, which reads the
// archive once (see [archive.BuildIndex]).
// Errors: Invalid, TooLarge, Unsupported (the archive is not one, or not one that
// is taken; see package archive), Corrupt, Unavailable, Canceled.
func (s *Shards) Open(ctx context.Context, src Source) (*Shard, error) {
	a, err := s.archiveOf(src)
	if err != nil {
		return nil, err
	}
	if opened := s.openIndexed(ctx, src, a); opened != nil {
		return opened, nil
	}
	if opened, err := s.await(ctx, src, a); opened != nil || err != nil {
		return opened, err
	}
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, errs.E("shard.Open", src.Name.String(), "", context.Cause(ctx))
	}
	defer func() { <-s.slots }()
	if opened := s.openIndexed(ctx, src, a); opened != nil {
		return opened, nil // another request has made it meanwhile
	}
	return s.build(ctx, src, a)
}

// await waits until a worker has made the index; nil where none does, or where
// it could not be kept.
func (s *Shards) await(ctx context.Context, src Source, a *archive.Archive) (*Shard, error) {
	if src.Away {
		return nil, nil
	}
	one := s.builds.join(src)
	if one == nil {
		return nil, nil
	}
	select {
	case <-one.done:
	case <-ctx.Done():
		return nil, errs.E("shard.Open", src.Name.String(), "", context.Cause(ctx))
	}
	switch {
	case errors.Is(one.err, errs.NotFound), errors.Is(one.err, errs.Canceled):
		return nil, nil // deleted meanwhile: this request has it open still
	case one.err != nil:
		return nil, one.err
	}
	return s.openIndexed(ctx, src, a), nil
}

// archiveOf finds out the format.
func (s *Shards) archiveOf(src Source) (*archive.Archive, error) {
	var head []byte
	if src.MIME == "" && archive.OfName(src.Name.Object) == 0 {
		head = make([]byte, archive.MagicBytes)
		n, err := src.Content.ReadAt(head, 0)
		if err != nil && err != io.EOF {
			return nil, errs.E("shard.Open", src.Name.String(), "", err)
		}
		head = head[:n]
	}
	f, err := archive.Detect(src.MIME, src.Name.Object, head)
	if err != nil {
		return nil, errs.E("shard.Open", src.Name.String(), "", err)
	}
	return archive.New(src.Content, src.Object.Size, f, s.limits)
}

// openIndexed opens an archive whose index is there and good; nil otherwise.
func (s *Shards) openIndexed(ctx context.Context, src Source, a *archive.Archive) *Shard {
	if src.Away {
		return nil
	}
	sidecar, err := s.store.OpenSidecar(ctx, src.Name, src.Object)
	if err != nil {
		return nil
	}
	x, err := archive.OpenIndex(sidecar, sidecar.Size(), src.Object.Size, identity(src.Object))
	if err == nil && x.Format() == a.Format() {
		s.found.Inc()
		return &Shard{Archive: a, Index: x, name: src.Name, close: sidecar.Close}
	}
	s.stale.Inc()
	s.log.Debug("index of an archive is made again", "object", src.Name.String(), "err", errors.Join(err, sidecar.Close()))
	return nil
}

// identity is what an index carries of its archive.
func identity(o *store.Object) []byte { return o.Order.Append(nil) }

// build makes the index of an archive, in memory first: it serves this request
// also where it cannot be kept.
func (s *Shards) build(ctx context.Context, src Source, a *archive.Archive) (*Shard, error) {
	memory := s.pool.NewSGL(src.Object.Size / 256)
	if err := archive.BuildIndex(ctx, a, memory, identity(src.Object)); err != nil {
		memory.Free()
		return nil, errs.E("shard.Open", src.Name.String(), "", err)
	}
	s.built.Inc()
	s.bytes.Add(src.Object.Size)
	x, err := archive.OpenIndex(memory, memory.Size(), src.Object.Size, identity(src.Object))
	if err != nil {
		memory.Free()
		return nil, errs.E("shard.Open", src.Name.String(), errs.Internal, err)
	}
	if !src.Away {
		if err := s.keep(ctx, src, memory); err != nil {
			s.log.Debug("index of an archive is not kept", "object", src.Name.String(), "err", err)
		}
	}
	free := func() error { memory.Free(); return nil }
	return &Shard{Archive: a, Index: x, name: src.Name, close: free}, nil
}

// keep stores an index beside its archive.
func (s *Shards) keep(ctx context.Context, src Source, index *memsys.SGL) error {
	w, err := s.store.CreateSidecar(ctx, src.Name)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, index.NewReader()); err != nil {
		w.Abort()
		return err
	}
	return w.Commit(ctx, src.Object)
}

// Find returns the member of that name. Errors: Invalid (a name that no member
// has), NotFound, Corrupt.
func (s *Shard) Find(name string) (archive.Member, error) {
	clean, err := archive.CleanName(name)
	if err != nil {
		return archive.Member{}, err
	}
	m, found, err := s.Index.Find(clean)
	if err != nil {
		return m, errs.E("shard.Find", s.name.String(), "", err)
	}
	if !found {
		e := errs.E("shard.Find", s.name.String(), errs.NotFound, nil)
		e.Public = fmt.Sprintf("archive %s has no member %q", s.name.String(), clean)
		return m, e
	}
	return m, nil
}

// Close gives back what Open took.
func (s *Shard) Close() error { return s.close() }
