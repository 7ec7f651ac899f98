package store

import (
	"errors"
	"sync"
	"time"

	"aistore/errs"
)

// maxIdleUploads bounds the uploads kept in memory that nobody works on; they
// are read again from disk when somebody does.
const maxIdleUploads = 64

// openUpload is what is known of an open upload. Its fields are guarded by the
// upload's lock, if nothing else is said.
type openUpload struct {
	target target // where it was begun; its shelf holds the parts
	info   UploadInfo
	parts  map[int]Part
	ended  bool // aborted or completed

	users int // guarded by uploads.mu
}

func newOpenUpload(t target, info UploadInfo) *openUpload {
	return &openUpload{target: t, info: info, parts: make(map[int]Part), users: 1}
}

// uploads are the open uploads in memory. What is not in use may go at any
// time: all of it is on disk.
type uploads struct {
	mu    sync.Mutex
	known map[UploadID]*openUpload // guarded by mu
	open  int                      // guarded by mu; on disk, as far as is known
}

func newUploads() *uploads { return &uploads{known: make(map[UploadID]*openUpload)} }

// get returns an upload and makes the caller a user of it; nil if it is not in
// memory.
func (u *uploads) get(id UploadID) *openUpload {
	u.mu.Lock()
	defer u.mu.Unlock()
	open := u.known[id]
	if open != nil {
		open.users++
	}
	return open
}

// put adds an upload, whose first user is the caller.
func (u *uploads) put(open *openUpload) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for id, other := range u.known {
		if len(u.known) < maxIdleUploads {
			break
		}
		if other.users == 0 {
			delete(u.known, id)
		}
	}
	u.known[open.info.ID] = open
}

// leave says that a user is done.
func (u *uploads) leave(open *openUpload) {
	u.mu.Lock()
	defer u.mu.Unlock()
	open.users--
}

// remove forgets an upload that has ended.
func (u *uploads) remove(id UploadID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.known, id)
	u.open = max(0, u.open-1)
}

// forget is remove for an upload that may be open still, by what is on disk.
func (u *uploads) forget(id UploadID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.known, id)
}

// admit returns Throttled if there are limit open uploads.
func (u *uploads) admit(limit int) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.open < limit {
		return nil
	}
	e := errs.E("store.uploads", "", errs.Throttled, errors.New("too many uploads are open: complete or abort some, or raise limits.max_uploads"))
	e.RetryAfter = time.Second
	return e
}

// opened counts an upload.
func (u *uploads) opened() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.open++
}

// counted sets how many uploads there are on disk.
func (u *uploads) counted(open int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.open = open
}

// size returns how many uploads are open.
func (u *uploads) size() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.open
}
