package store

import (
	"context"
	"errors"
	"strconv"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
)

// CreateBucket makes the directory of b on every available mountpath, with the
// bucket's id, durable. Doing it again changes nothing. A directory of that
// name with a lower id is what is left of an earlier bucket and goes to the
// trash; one without an id is taken over; one with a higher id is Unavailable. A target calls it for every bucket
// when it starts and when a mountpath is attached.
// Errors: NoSpace, Unavailable; mountpaths that did not fail have the bucket.
func (s *Store) CreateBucket(ctx context.Context, b *cluster.Bucket) error {
	held, err := s.lockBucket(ctx, b)
	if err != nil {
		return err
	}
	defer held.release()
	s.shelves.revive(b.ID())
	s.prepared.drop(b.Bucket)
	var failed error
	for _, mount := range s.mounts.Available() {
		_, err := s.ensureShelf(s.shelves.volume(mount), b)
		failed = errors.Join(failed, err)
	}
	return failed
}

// DestroyBucket moves the directories of b to the trash of their mountpaths.
// Writers that are under way fail; open readers go on. A directory with
// another bucket's id stays. Destroying what is not there is no error.
// Errors: Unavailable; mountpaths that did not fail are without the bucket.
func (s *Store) DestroyBucket(ctx context.Context, b *cluster.Bucket) error {
	held, err := s.lockBucket(ctx, b)
	if err != nil {
		return err
	}
	defer held.release()
	s.shelves.bury(b.ID())
	var failed error
	for _, mount := range s.mounts.Available() {
		v := s.shelves.volume(mount)
		dir := bucketDir(v, b.Bucket)
		id, err := v.readBucketID(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err == nil && id != b.ID() && id != 0:
			continue
		}
		failed = errors.Join(failed, v.trash(dir))
	}
	return failed
}

// laterBucket is the error of a mountpath that holds a later bucket of b's name.
func laterBucket(v *volume, b *cluster.Bucket) error {
	e := errs.E("store.bucket", b.String(), errs.Unavailable, errors.New("the mountpath holds a later bucket of that name"))
	e.Public = "mountpath " + v.root + " holds a later bucket " + strconv.Quote(b.String()) + ": if that is of another cluster, empty the mountpath or choose another name"
	return e
}

// lockBucket excludes others from making and destroying buckets of b's name.
func (s *Store) lockBucket(ctx context.Context, b *cluster.Bucket) (heldLock, error) {
	held, err := s.buckets.acquire(ctx, cluster.Digest(b.Bucket, ""), exclusive)
	if err != nil {
		return held, errs.E("store.bucket", b.String(), "", err)
	}
	return held, nil
}

// ensureShelf opens the shelf of b on v, made where it is missing. The caller
// holds the bucket's lock.
func (s *Store) ensureShelf(v *volume, b *cluster.Bucket) (*shelf, error) {
	dir := bucketDir(v, b.Bucket)
	id, err := v.readBucketID(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = v.alive()
	case err == nil && id > b.ID():
		// A node that starts may hear of an earlier bucket of that name first.
		err = laterBucket(v, b)
	case errors.Is(err, errs.Corrupt) || (err == nil && id != 0 && id != b.ID()):
		s.log.Warn("directory of another bucket goes to the trash", "bucket", b.String(), "mountpath", v.root, "err", err)
		s.shelves.close(id, v.mount)
		id, err = 0, v.trash(dir)
	case err != nil:
		err = v.fail("store.bucket", b.String(), err)
	}
	if err != nil {
		return nil, err
	}
	made, err := makeShelf(v, b, id)
	if err == nil {
		err = made.findBuried()
	}
	if err != nil {
		return nil, err
	}
	if open := s.shelves.get(b, v.mount); open != nil {
		return open, nil // keep what others hold
	}
	if !s.shelves.put(made) {
		return nil, bucketNotFound(b)
	}
	return made, nil
}

// shelfFor returns the shelf of b on a mountpath for writing; it is made if the
// mountpath came after the bucket. NotFound if the bucket was destroyed or has
// a successor.
func (s *Store) shelfFor(ctx context.Context, b *cluster.Bucket, mount *fs.Mountpath) (*shelf, error) {
	if open := s.shelves.get(b, mount); open != nil {
		return open, nil
	}
	held, err := s.lockBucket(ctx, b)
	if err != nil {
		return nil, err
	}
	defer held.release()
	v := s.shelves.volume(mount)
	id, err := v.readBucketID(bucketDir(v, b.Bucket))
	if s.shelves.isGone(b.ID()) || (err == nil && id > b.ID()) {
		return nil, bucketNotFound(b)
	}
	return s.ensureShelf(v, b)
}

// shelfIn returns the shelf of b on a mountpath for reading; nil if there is
// none.
func (s *Store) shelfIn(ctx context.Context, b *cluster.Bucket, mount *fs.Mountpath) (*shelf, error) {
	if open := s.shelves.get(b, mount); open != nil {
		return open, nil
	}
	held, err := s.lockBucket(ctx, b)
	if err != nil {
		return nil, err
	}
	defer held.release()
	if open := s.shelves.get(b, mount); open != nil {
		return open, nil // opened by another meanwhile, who may have buried something since
	}
	v := s.shelves.volume(mount)
	id, err := v.readBucketID(bucketDir(v, b.Bucket))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, v.alive()
	case err != nil:
		return nil, v.fail("store.bucket", b.String(), err)
	case id != b.ID() || s.shelves.isGone(id):
		return nil, nil
	}
	found := &shelf{volume: v, bucket: b.Bucket, id: id, dir: bucketDir(v, b.Bucket)}
	if err := found.findBuried(); err != nil {
		return nil, err
	}
	s.shelves.put(found)
	return found, nil
}

// trash moves dir, with all below it, to the mountpath's trash, durable.
func (v *volume) trash(dir string) error {
	v.dirs.beginRemoval(dir, true)
	defer v.dirs.endRemoval()
	if err := v.mount.Trash(dir); err != nil {
		return v.fail("store.trash", dir, err)
	}
	return nil
}

// bucketNotFound says that a bucket is gone.
func bucketNotFound(b *cluster.Bucket) error {
	if b.IsRemote() {
		return errs.RemoteBucketNotFound("store.bucket", b.String())
	}
	return errs.BucketNotFound("store.bucket", b.String())
}

// DestroyOthers moves to the trash the directories of all buckets that keep
// refuses, by name and id: those destroyed while this target was away. Who
// calls it must be sure to know all buckets. A directory without an id that
// can be read stays.
// Errors: Unavailable, Canceled; other mountpaths are gone through all the same.
func (s *Store) DestroyOthers(ctx context.Context, keep func(b wire.Bucket, id uint64) bool) error {
	var failed error
	for _, mount := range s.mounts.Available() {
		failed = errors.Join(failed, s.destroyOthers(ctx, s.shelves.volume(mount), keep))
	}
	return failed
}

func (s *Store) destroyOthers(ctx context.Context, v *volume, keep func(b wire.Bucket, id uint64) bool) error {
	buckets, err := v.mount.Buckets()
	if err != nil {
		return errs.E("store.DestroyOthers", v.root, "", err)
	}
	var failed error
	for _, disk := range buckets {
		id, err := v.readBucketID(v.root + "/" + disk.Dir())
		if err != nil || id == 0 || keep(wireBucket(disk), id) {
			continue
		}
		sh := shelf{bucket: wireBucket(disk), id: id}
		failed = errors.Join(failed, s.DestroyBucket(ctx, sh.asBucket()))
	}
	return failed
}
