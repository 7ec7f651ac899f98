package fs

import (
	"errors"
	"slices"
	"strings"

	"aistore/errs"
	"aistore/internal/hrw"
)

// Add opens the mountpath at root and takes it into use. It is not asked what
// was there before, so that a disk can be replaced by Remove and Add.
// Errors: Exists (it is one of ours), and those of OpenMounts.
func (m *Mounts) Add(root, label string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, exists := m.ByPath(root); exists {
		return errs.E("fs.Add", root, errs.Exists, errors.New("it is a mountpath already"))
	}
	if err := m.add(root, label, nil, nil); err != nil {
		return errs.E("fs.Add", root, "", err)
	}
	return m.remember()
}

// Remove takes the mountpath at root out of use and forgets it; what is there
// stays. NotFound.
func (m *Mounts) Remove(root string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	mp, exists := m.ByPath(root)
	if !exists {
		return notFound("fs.Remove", root)
	}
	m.publish(without(m.Available(), mp), without(m.Disabled(), mp))
	m.log.Info("mountpath removed", "mountpath", root)
	return errors.Join(m.remember(), mp.close())
}

// Disable takes the mountpath at root out of use, until Enable. It is fine if
// it is out of use already. NotFound.
func (m *Mounts) Disable(root string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	mp, exists := m.ByPath(root)
	if !exists {
		return notFound("fs.Disable", root)
	}
	if slices.Contains(m.Available(), mp) {
		m.publish(without(m.Available(), mp), with(m.Disabled(), mp))
		m.log.Info("mountpath disabled", "mountpath", root)
	}
	return nil
}

// Enable checks the mountpath at root as OpenMounts does, and takes it into
// use again as a new Mountpath; so also after its disk came back. It is fine
// if it is in use and good. Errors: NotFound, and those of OpenMounts.
func (m *Mounts) Enable(root string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	mp, exists := m.ByPath(root)
	if !exists {
		return notFound("fs.Enable", root)
	}
	if slices.Contains(m.Available(), mp) && mp.Recheck() == nil {
		return nil
	}
	// The lock is on a disk that may be gone, and would exclude ourselves.
	if err := mp.close(); err != nil {
		m.log.Warn("mountpath's lock was lost", "mountpath", root, "err", err)
	}
	if err := m.add(root, mp.label, remembered{root: mp.identity}, mp); err != nil {
		m.publish(without(m.Available(), mp), with(without(m.Disabled(), mp), mp))
		return errs.E("fs.Enable", root, "", err)
	}
	return m.remember()
}

// add opens the mountpath at root and publishes it as available, in place of
// old if that is not nil.
func (m *Mounts) add(root, label string, known remembered, old *Mountpath) error {
	mp, err := m.open(root, label, known, old)
	if err != nil {
		return err
	}
	m.publish(with(without(m.Available(), old), mp), without(m.Disabled(), old))
	m.log.Info("mountpath in use", "mountpath", root, "device", mp.identity.Device, "away", mp.away)
	return nil
}

// publish makes the set that others see.
func (m *Mounts) publish(available, disabled []*Mountpath) {
	t := &table{available: available, disabled: disabled}
	for _, mp := range available {
		t.candidates = append(t.candidates, hrw.Candidate{Digest: mp.digest})
	}
	m.table.Store(t)
	m.trashed() // a new one may have leftovers
}

// trashed wakes the one who empties the trash.
func (m *Mounts) trashed() {
	select {
	case m.wake <- struct{}{}:
	default: // the last call has not been seen yet, and all will be looked at
	}
}

// remember writes the memory file.
func (m *Mounts) remember() error {
	known := remembered{}
	for _, mp := range slices.Concat(m.Available(), m.Disabled()) {
		known[mp.root] = mp.identity
	}
	return saveMemory(m.fsys, m.options.Memory, known)
}

func with(list []*Mountpath, mp *Mountpath) []*Mountpath {
	return slices.SortedFunc(slices.Values(append(slices.Clone(list), mp)), func(a, b *Mountpath) int {
		return strings.Compare(a.root, b.root)
	})
}

func without(list []*Mountpath, mp *Mountpath) []*Mountpath {
	return slices.DeleteFunc(slices.Clone(list), func(other *Mountpath) bool { return other == mp })
}

func notFound(op, root string) error {
	return errs.E(op, root, errs.NotFound, errors.New("no such mountpath"))
}
