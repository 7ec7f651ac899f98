package cluster

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/jsonx"
)

// snapshotFormat is the format of an encoded [State]:
//
//	7 bytes  "aismeta"
//	1 byte   the format
//	4 bytes  CRC32C of what follows, little-endian
//	         JSON, see snapshot
//
// A section that a release cannot do without is a new format.
const (
	snapshotFormat = 1
	snapshotMagic  = "aismeta"
	snapshotHeader = len(snapshotMagic) + 1 + crc32.Size
)

// snapshot is the content of an encoded State.
type snapshot struct {
	Position  Position   `json:"position"`
	Map       *wire.Smap `json:"map"`
	Buckets   *wire.BMD  `json:"buckets"`
	Config    *settings  `json:"config"`
	Transient Transient  `json:"transient,omitempty"`
	Leases    LeaseBound `json:"leases"`
	Jobs      []*Job     `json:"jobs,omitempty"`
	Keys      []*Key     `json:"keys,omitempty"`
}

// Encode returns s, position included, as bytes that carry their checksum.
func (s *State) Encode() ([]byte, error) {
	body, err := jsonx.Marshal(snapshot{s.Position, s.Map.Wire(), s.Buckets.WireBMD(), (*settings)(s.Config), s.Transient, s.Leases, s.Jobs.All(), s.Keys.All()})
	if err != nil {
		return nil, errs.E("cluster.State.Encode", "", errs.Internal, err)
	}
	data := make([]byte, 0, snapshotHeader+len(body))
	data = append(append(data, snapshotMagic...), snapshotFormat)
	data = binary.LittleEndian.AppendUint32(data, snapshotChecksum(body))
	return append(data, body...), nil
}

// DecodeState reads what [State.Encode] returned.
// Errors: Corrupt, Unsupported (a newer release wrote it).
func DecodeState(data []byte) (*State, error) {
	const op = "cluster.DecodeState"
	if len(data) < snapshotHeader || !bytes.HasPrefix(data, []byte(snapshotMagic)) {
		return nil, errs.E(op, "", errs.Corrupt, errors.New("no metadata of a cluster"))
	}
	if format := data[len(snapshotMagic)]; format > snapshotFormat {
		return nil, errs.E(op, "", errs.Unsupported,
			fmt.Errorf("format %d was written by a newer release, this one reads up to %d", format, snapshotFormat))
	}
	body := data[snapshotHeader:]
	if binary.LittleEndian.Uint32(data[snapshotHeader-crc32.Size:]) != snapshotChecksum(body) {
		return nil, errs.E(op, "", errs.Corrupt, errors.New("wrong checksum"))
	}
	s, err := decodeBody(body)
	if err != nil {
		return nil, errs.E(op, "", errs.Corrupt, err)
	}
	return s, nil
}

func decodeBody(body []byte) (*State, error) {
	var content snapshot
	if err := jsonx.Unmarshal(body, &content); err != nil {
		return nil, err
	}
	if content.Map == nil || content.Buckets == nil || content.Config == nil {
		return nil, errors.New("map, buckets or configuration are missing")
	}
	m, err := MapFromWire(content.Map)
	if err != nil {
		return nil, err
	}
	b, err := BucketsFromWire(content.Buckets)
	if err != nil {
		return nil, err
	}
	if m.UUID() != b.UUID() {
		return nil, fmt.Errorf("the map is of cluster %q, the buckets are of %q", m.UUID(), b.UUID())
	}
	state := &State{Position: content.Position, Map: m, Buckets: b, Config: (*config.Cluster)(content.Config), Transient: content.Transient, Leases: content.Leases}
	if len(content.Jobs) > 0 {
		state.Jobs = &Jobs{content.Jobs}
	}
	if state.Keys, err = keysOf(content.Keys); err != nil {
		return nil, err
	}
	return state, nil
}

func snapshotChecksum(body []byte) uint32 {
	return crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli))
}
