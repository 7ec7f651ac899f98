package faultfs

import (
	"strings"
	"sync/atomic"
	"time"
)

// Op names an operation of the seam. Open, Create and OpenFile are three.
type Op string

// The operations of fs.FS, of fs.File, and of fs.Locker.
const (
	Any         Op = ""
	Open        Op = "open"
	Create      Op = "create"
	OpenFile    Op = "openfile"
	Mkdir       Op = "mkdir"
	Remove      Op = "remove"
	RemoveDir   Op = "removedir"
	Rename      Op = "rename"
	Link        Op = "link"
	Lstat       Op = "lstat"
	ReadDir     Op = "readdir"
	SyncDir     Op = "syncdir"
	SyncAll     Op = "syncall"
	GetXattr    Op = "getxattr" // by path or on a file
	SetXattr    Op = "setxattr" // by path or on a file
	SetTimes    Op = "settimes"
	Usage       Op = "usage"
	Lock        Op = "lock"
	Read        Op = "read"  // Read and ReadAt
	Write       Op = "write" // Write and WriteAt
	Sync        Op = "sync"
	Truncate    Op = "truncate"
	Preallocate Op = "preallocate"
	Stat        Op = "stat" // of a file
	Close       Op = "close"
)

// Call is one operation as a rule sees it.
type Call struct {
	Op     Op
	Path   string
	Target string // new path of a rename or link, else ""
	Flag   int    // of OpenFile, else 0
}

// Rule says which operations fail and how. The zero value of each field
// restricts nothing.
type Rule struct {
	Op     Op              // Any is all but Close
	Path   string          // text that the path, or the target of a rename or link, contains; a slash is put behind both
	When   func(Call) bool // whether the call matches, asked last
	After  int             // matches that pass first
	Times  int             // matches that fail then; 0 is all
	Err    error           // what they fail with; nil lets them go on after Before
	Before func(Call)      // called before a match is decided, without locks; it may wait
	Half   bool            // a write that fails has written half of its bytes
}

// Fault is a rule at work.
type Fault struct {
	rule  Rule
	fsys  *FS
	usage bool // a full disk says so when asked
	seen  atomic.Int64
	hits  atomic.Int64
}

// Hits returns how many operations have failed by this rule, or been delayed
// by a rule without an error.
func (f *Fault) Hits() int { return int(f.hits.Load()) }

// End takes the rule away.
func (f *Fault) End() { f.fsys.end(f) }

// strike reports whether the call fails by this rule, and counts it.
func (f *Fault) strike(c Call) bool {
	if !f.rule.matches(c) {
		return false
	}
	if f.rule.Before != nil {
		f.rule.Before(c)
	}
	n := int(f.seen.Add(1)) - f.rule.After
	if n <= 0 || (f.rule.Times > 0 && n > f.rule.Times) {
		return false
	}
	f.hits.Add(1)
	return f.rule.Err != nil
}

func (r *Rule) matches(c Call) bool {
	if r.Op != c.Op && (r.Op != Any || c.Op == Close) {
		return false
	}
	if !strings.Contains(c.Path+"/", r.Path) && !strings.Contains(c.Target+"/", r.Path) {
		return false
	}
	return r.When == nil || r.When(c)
}

// delay returns a Before that takes time, virtual time in a synctest bubble.
func delay(d time.Duration) func(Call) {
	return func(Call) { time.Sleep(d) }
}
