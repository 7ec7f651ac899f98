package cluster

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"aistore/errs"
	"aistore/internal/jsonx"
)

// proposalFormat is the format of an encoded [Proposal]:
//
//	1 byte   the format
//	varint   After
//	         Changes, as a JSON array
//
// A field or a kind of change may be added without a new format as long as the
// primary makes none of it before every node runs a release that knows it.
const proposalFormat = 1

// Proposal is what the primary writes to the log: changes that belong
// together, all or none.
type Proposal struct {
	After   uint64   // index of the position of the state that they were made for
	Changes []Change // at least one
}

// Encode returns p as bytes. Errors: Invalid.
func (p Proposal) Encode() ([]byte, error) {
	changes, err := jsonx.Marshal(p.Changes)
	if err != nil {
		return nil, errs.E("cluster.Proposal.Encode", "", errs.Invalid, err)
	}
	data := make([]byte, 0, 1+binary.MaxVarintLen64+len(changes))
	data = binary.AppendUvarint(append(data, proposalFormat), p.After)
	return append(data, changes...), nil
}

// DecodeProposal reads what [Proposal.Encode] returned.
// Errors: Corrupt, Unsupported (a newer release wrote it).
func DecodeProposal(data []byte) (Proposal, error) {
	const op = "cluster.DecodeProposal"
	if len(data) > 0 && data[0] > proposalFormat {
		return Proposal{}, errs.E(op, "", errs.Unsupported,
			fmt.Errorf("format %d was written by a newer release, this one reads up to %d", data[0], proposalFormat))
	}
	if len(data) == 0 || data[0] != proposalFormat {
		return Proposal{}, errs.E(op, "", errs.Corrupt, errors.New("no format that ever was"))
	}
	after, n := binary.Uvarint(data[1:])
	if n <= 0 {
		return Proposal{}, errs.E(op, "", errs.Corrupt, errors.New("cut short"))
	}
	if !utf8.Valid(data[1+n:]) {
		// Written again, in a snapshot, it would become something else.
		return Proposal{}, errs.E(op, "", errs.Corrupt, errors.New("not all of it is UTF-8"))
	}
	p := Proposal{After: after}
	if err := jsonx.Unmarshal(data[1+n:], &p.Changes); err != nil {
		return Proposal{}, errs.E(op, "", errs.Corrupt, err)
	}
	if len(p.Changes) == 0 {
		return Proposal{}, errs.E(op, "", errs.Corrupt, errors.New("no changes"))
	}
	return p, nil
}
