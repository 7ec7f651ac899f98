package xaction

import (
	"errors"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/jsonfile"
	"aistore/internal/jsonx"
)

const (
	historyName    = "jobs.journal"
	historyFormat  = 1
	keptPrefix     = "job-"
	keptSuffix     = ".json"
	keptFormat     = 1
	historySurplus = 64 // entries beyond the bound before the journal is written anew
)

// history is the finished jobs, newest last, and the checkpoints of those under
// way.
type history struct {
	fsys   jsonfile.FS
	dir    string // "" keeps nothing on disk
	limits func() config.Limits
	log    *slog.Logger

	mu      sync.Mutex
	past    []finished        // guarded by mu
	journal *jsonfile.Journal // guarded by mu; nil in memory
	entries int               // guarded by mu; in the journal
	memory  map[string]kept   // guarded by mu; checkpoints without a directory
}

// finished is one finished job.
type finished struct {
	wire.JobSnapshot
	Idle time.Duration `json:"idle_time,omitempty"` // nanoseconds, see Spec.Idle
}

func openHistory(o Options) (*history, error) {
	h := &history{fsys: o.FS, dir: o.Dir, limits: o.Limits, log: o.Log, memory: map[string]kept{}}
	if o.Dir == "" {
		return h, nil
	}
	var err error
	h.journal, err = jsonfile.OpenJournal(o.FS, filepath.Join(o.Dir, historyName), historyFormat, func(_ int, entry []byte) error {
		var f finished
		if err := jsonx.Unmarshal(entry, &f); err != nil {
			return errs.E("", "", errs.Corrupt, err)
		}
		h.past = append(h.past, f)
		h.entries++
		return nil
	})
	if err != nil {
		return nil, errs.E("xaction.Open", o.Dir, "", err)
	}
	return h, nil
}

// add keeps a finished job and forgets its checkpoint.
func (h *history) add(spec *Spec, s wire.JobSnapshot) error {
	f := finished{JobSnapshot: s}
	if !s.Aborted {
		f.Idle = spec.Idle
	}
	entry, err := jsonx.Marshal(f)
	if err != nil {
		return errs.E("xaction.history", s.ID, errs.Internal, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.past = append(h.past, f)
	h.trim(time.Now())
	h.drop(s.ID)
	if h.journal == nil {
		return nil
	}
	if h.entries++; h.entries > len(h.past)+historySurplus {
		return h.compact()
	}
	return h.journal.Append(entry)
}

// trim forgets what is too much or too old. The caller holds mu.
func (h *history) trim(now time.Time) {
	limits := h.limits()
	if extra := len(h.past) - limits.JobHistory; extra > 0 {
		h.past = slices.Delete(h.past, 0, extra)
	}
	oldest := now.Add(-limits.JobHistoryTime.Std())
	h.past = slices.DeleteFunc(h.past, func(f finished) bool { return f.EndTime.Before(oldest) })
}

// compact writes the journal anew. The caller holds mu.
func (h *history) compact() error {
	var failed error
	err := h.journal.Rewrite(h.encoded(&failed))
	h.entries = len(h.past)
	return errors.Join(failed, err)
}

func (h *history) encoded(failed *error) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := range h.past {
			entry, err := jsonx.Marshal(&h.past[i])
			if err != nil {
				*failed = err
				continue
			}
			if !yield(entry) {
				return
			}
		}
	}
}

// list returns the finished jobs. One that has a time to be idle shows as
// running until that is over.
func (h *history) list(now time.Time) []wire.JobSnapshot {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.trim(now)
	list := make([]wire.JobSnapshot, 0, len(h.past))
	for i := range h.past {
		s := h.past[i].JobSnapshot
		if idle := h.past[i].Idle; idle > 0 && now.Before(s.EndTime.Add(idle)) {
			s.EndTime = time.Time{}
		}
		list = append(list, s)
	}
	return list
}

// save writes the checkpoint of a job. A failure costs work after a restart, and
// nothing else.
func (h *history) save(j *Job) {
	k := j.keep()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.dir == "" {
		h.memory[j.ID] = k
		return
	}
	if h.journal == nil {
		return // closed
	}
	if err := jsonfile.Save(h.fsys, h.path(j.ID), keptFormat, k); err != nil {
		h.log.Warn("the checkpoint of a job is not kept", "job", j.ID, "err", err)
	}
}

// load reads the checkpoint of a job.
func (h *history) load(id string) (kept, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.dir == "" {
		k, ok := h.memory[id]
		return k, ok
	}
	var k kept
	switch _, err := jsonfile.Load(h.fsys, h.path(id), keptFormat, &k); {
	case err == nil:
		return k, true
	case !errors.Is(err, errs.NotFound):
		h.log.Warn("the checkpoint of a job is not readable: it begins anew", "job", id, "err", err)
	}
	return kept{}, false
}

// forget removes the checkpoint of a job.
func (h *history) forget(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(id)
}

// drop is forget; the caller holds mu.
func (h *history) drop(id string) {
	delete(h.memory, id)
	if h.dir == "" {
		return
	}
	if err := h.fsys.Remove(h.path(id)); err != nil && !errors.Is(err, os.ErrNotExist) {
		h.log.Debug("the checkpoint of a finished job stays", "job", id, "err", err)
	}
}

// path is that of a checkpoint. Ids are ours: letters, digits and dashes.
func (h *history) path(id string) string {
	id = strings.Map(func(r rune) rune {
		if r == '/' || r == '.' || r == 0 {
			return '_'
		}
		return r
	}, id)
	return filepath.Join(h.dir, keptPrefix+id+keptSuffix)
}

func (h *history) close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.journal == nil {
		return nil
	}
	err := h.journal.Close()
	h.journal = nil
	return err
}
