package cluster

import "encoding/binary"

const SnapshotHeader = snapshotHeader

// WithHeader returns body as a snapshot with the right header.
func WithHeader(body []byte) []byte {
	data := append([]byte(snapshotMagic), snapshotFormat)
	data = binary.LittleEndian.AppendUint32(data, snapshotChecksum(body))
	return append(data, body...)
}
