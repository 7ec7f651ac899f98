package store

import (
	"errors"
	"syscall"

	"aistore/errs"
	"aistore/fs"
)

// writeRecord sets the attribute of a file that is open, with a spill file
// where it is too long. It asks the fence, if any, before the attribute is set.
func (s *Store) writeRecord(sh *shelf, n Name, f fs.File, r *Record, fence func() error) (spillRef, error) {
	var buf [512]byte
	attr := r.Append(buf[:0])
	if len(attr) <= attrMax {
		err := setRecord(n, f, attr, fence)
		if err == nil {
			return spillRef{}, nil
		}
		if !tooLong(err) || len(attr) <= ordinary {
			return spillRef{}, sh.fail("store.record", n.String(), err)
		}
	}
	spill, err := s.writeSpill(sh, n, r)
	if err != nil {
		return spillRef{}, err
	}
	s.count.spilled.Inc()
	if err := setRecord(n, f, r.appendSection(attr[:0], attrSection, spill), fence); err != nil {
		err = sh.fail("store.record", n.String(), err)
		return spillRef{}, errors.Join(err, s.dropSpill(sh, spill))
	}
	return spill, nil
}

func setRecord(n Name, f fs.File, attr []byte, fence func() error) error {
	if err := pass(n, fence); err != nil {
		return err
	}
	return f.SetXattr(recordAttr, attr)
}

// pass asks a fence; nil lets everything pass.
func pass(n Name, fence func() error) error {
	if fence == nil {
		return nil
	}
	if err := fence(); err != nil {
		return errs.E("store.fence", n.String(), "", err)
	}
	return nil
}

// tooLong tells whether err says that the file system takes no attribute of
// that length; it may also say that the disk is full.
func tooLong(err error) bool {
	return errors.Is(err, syscall.E2BIG) || errors.Is(err, fs.ErrRange) || errors.Is(err, fs.ErrNoSpace)
}
