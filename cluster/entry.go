package cluster

import (
	"encoding/binary"
	"errors"
	"fmt"

	"aistore/errs"
)

// Entry is a proposal that the log has accepted, at its position.
type Entry struct {
	Position Position
	Data     []byte // an encoded [Proposal]
}

// After returns the index of the position that e continues. Errors: of [DecodeProposal].
func (e Entry) After() (uint64, error) {
	p, err := DecodeProposal(e.Data)
	return p.After, err
}

// Append appends e to dst: term, index and length of the data as varints, and
// the data.
func (e Entry) Append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, e.Position.Term)
	dst = binary.AppendUvarint(dst, e.Position.Index)
	dst = binary.AppendUvarint(dst, uint64(len(e.Data)))
	return append(dst, e.Data...)
}

// ParseEntry reads what [Entry.Append] has written at the start of src and
// returns what follows it. The entry shares the bytes of src. Errors: Corrupt.
func ParseEntry(src []byte) (Entry, []byte, error) {
	var header [3]uint64
	rest := src
	for i := range header {
		v, n := binary.Uvarint(rest)
		if n <= 0 {
			return Entry{}, src, corruptEntry()
		}
		header[i], rest = v, rest[n:]
	}
	length := header[2]
	if length > uint64(len(rest)) {
		return Entry{}, src, corruptEntry()
	}
	return Entry{Position{header[0], header[1]}, rest[:length:length]}, rest[length:], nil
}

// Extend returns the state after e: all changes of its proposal, and its
// position. An entry made for another position changes nothing.
// Errors: Precondition (made for another position, or not after s), and those
// of [DecodeProposal] and [State.Apply].
func (s *State) Extend(e Entry) (*State, error) {
	const op = "cluster.State.Extend"
	p, err := DecodeProposal(e.Data)
	if err != nil {
		return nil, err
	}
	if p.After != s.Position.Index || e.Position.Compare(s.Position) <= 0 || e.Position.Index <= s.Position.Index {
		return nil, errs.E(op, "entry "+e.Position.String(), errs.Precondition,
			fmt.Errorf("it continues %d, this is %s", p.After, s.Position))
	}
	next := s
	for _, c := range p.Changes {
		if next, err = next.Apply(c); err != nil {
			return nil, err
		}
	}
	at := *next
	at.Position = e.Position
	return &at, nil
}

func corruptEntry() error {
	return errs.E("cluster.ParseEntry", "", errs.Corrupt, errors.New("cut short"))
}
