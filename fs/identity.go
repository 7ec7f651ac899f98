package fs

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"aistore/errs"
	"aistore/internal/jsonfile"
)

// identityFormat is the newest version of the id file and of the memory file.
const identityFormat = 1

// Identity is what a mountpath knows of itself, in its id file.
type Identity struct {
	Target string    `json:"target"` // id of the target that it belongs to
	UUID   string    `json:"uuid"`   // of the mountpath, made with it
	Path   string    `json:"path"`   // where it belongs
	Device uint64    `json:"device,string"`
	FSID   [2]int32  `json:"fsid"`
	Seen   time.Time `json:"seen"` // last in use, within an hour
}

// remembered is the content of the memory file: the mountpaths that a target
// had when it last ran, by path.
type remembered map[string]Identity

// identify reads the id file of the mountpath at root and refuses one that
// is not what it must be; without a file it makes a new identity, unless the
// path had one before.
func (p *prober) identify(now Identity, known remembered) (Identity, error) {
	found, err := p.loadIdentity()
	switch {
	case errors.Is(err, errs.NotFound):
		return p.newIdentity(now, known)
	case errors.Is(err, errs.Corrupt):
		return found, p.refuse(errs.Corrupt, "its id file "+idName+" is damaged: restore the file, or take the mountpath out of the configuration and empty it")
	case errors.Is(err, errs.Unsupported):
		return found, p.refuse(errs.Unsupported, "it was last used by a newer release: start that one")
	case err != nil:
		return found, err
	}
	if err := p.checkIdentity(found, now, known); err != nil {
		return found, err
	}
	now.UUID = found.UUID
	if sameButSeen(found, now) && now.Seen.Sub(found.Seen).Abs() < seenEvery {
		return found, nil
	}
	// A full disk must not keep the target from starting: the old file tells
	// enough.
	if err := p.saveIdentity(now); err != nil && KindOf(err) != errs.NoSpace {
		return found, err
	}
	return now, nil
}

func sameButSeen(a, b Identity) bool {
	a.Seen = b.Seen
	return a == b
}

func (p *prober) checkIdentity(found, now Identity, known remembered) error {
	had, before := known[now.Path]
	switch {
	case found.Target != now.Target:
		return p.refuse(errs.Conflict, fmt.Sprintf("it belongs to target %q and this is %q: configure it there, or empty it", found.Target, now.Target))
	case found.Path != now.Path:
		return p.refuse(errs.Conflict, fmt.Sprintf("its disk belongs at %s: mount it there", found.Path))
	case before && had.UUID != found.UUID:
		return p.refuse(errs.Conflict, fmt.Sprintf("it is mountpath %s, and %s was here before: mount the right disk, or detach and attach the mountpath", found.UUID, had.UUID))
	}
	return nil
}

func (p *prober) newIdentity(now Identity, known remembered) (Identity, error) {
	if had, before := known[now.Path]; before {
		return now, p.refuse(errs.Unavailable, fmt.Sprintf("it is empty, and mountpath %s was here before: mount its disk; if the disk was replaced, detach and attach the mountpath", had.UUID))
	}
	entries, err := p.fsys.ReadDir(p.root)
	if err != nil {
		return now, err
	}
	for _, entry := range entries {
		if entry.Dir && strings.HasPrefix(entry.Name, "@") {
			return now, p.refuse(errs.Conflict, fmt.Sprintf("it has buckets (%s) and no id file %s: restore the file, or move the buckets away", entry.Name, idName))
		}
	}
	now.UUID = rand.Text()
	return now, p.saveIdentity(now)
}

func (p *prober) loadIdentity() (found Identity, err error) {
	_, err = jsonfile.Load(JSONFiles(p.fsys), p.root+"/"+idName, identityFormat, &found)
	return found, err
}

func (p *prober) saveIdentity(identity Identity) error {
	return jsonfile.Save(JSONFiles(p.fsys), p.root+"/"+idName, identityFormat, identity)
}

// loadMemory returns the mountpaths that file remembers; none for file "".
func loadMemory(fsys FS, file string) (remembered, error) {
	known := remembered{}
	if file == "" {
		return known, nil
	}
	_, err := jsonfile.Load(JSONFiles(fsys), file, identityFormat, &known)
	if err != nil && !errors.Is(err, errs.NotFound) {
		return nil, err
	}
	return known, nil
}

func saveMemory(fsys FS, file string, known remembered) error {
	if file == "" {
		return nil
	}
	return jsonfile.Save(JSONFiles(fsys), file, identityFormat, known)
}
