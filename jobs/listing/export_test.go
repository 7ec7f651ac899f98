package listing

import (
	"aistore/api/wire"
	"aistore/cluster"
)

// Mark is a mark with exported fields.
type Mark struct {
	Order     cluster.Order
	Tombstone bool
}

// EncodeChunk writes the answer of a target.
func EncodeChunk(entries []*wire.ListEntry, marks []Mark, more bool) []byte {
	c := chunk{entries: entries, more: more}
	for _, m := range marks {
		c.marks = append(c.marks, mark{order: m.Order, tombstone: m.Tombstone})
	}
	return c.encode()
}

// DecodeChunk reads the answer of a target.
func DecodeChunk(src []byte) (entries []*wire.ListEntry, marks []Mark, more bool, err error) {
	c, err := decodeChunk(src)
	if err != nil {
		return nil, nil, false, err
	}
	for _, m := range c.marks {
		marks = append(marks, Mark{Order: m.order, Tombstone: m.tombstone})
	}
	return c.entries, marks, c.more, nil
}
