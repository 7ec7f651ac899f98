package listing

import (
	"errors"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/jsonx"
)

// chunkRequest asks a target for its next entries. It travels as JSON, in which
// names are bytes: they need not be UTF-8.
type chunkRequest struct {
	wire.ListRequest        // StartAfter is where to go on; Continuation is not used
	Marks            bool   `json:"marks"`           // send orders and tombstones
	AfterBytes       []byte `json:"after,omitempty"` // StartAfter on its way; nil where that is as it is
	PrefixBytes      []byte `json:"below,omitempty"` // Prefix on its way; nil where that is as it is
}

func (r chunkRequest) encode() ([]byte, error) {
	r.AfterBytes, r.PrefixBytes = []byte(r.StartAfter), []byte(r.Prefix)
	r.StartAfter, r.Prefix = "", ""
	return jsonx.Marshal(&r)
}

func decodeRequest(body []byte) (*chunkRequest, error) {
	r := &chunkRequest{}
	if err := jsonx.Unmarshal(body, r); err != nil {
		return nil, err
	}
	if r.AfterBytes != nil {
		r.StartAfter = string(r.AfterBytes)
	}
	if r.PrefixBytes != nil {
		r.Prefix = string(r.PrefixBytes)
	}
	return r, nil
}

// chunk is a run of consecutive entries of one target.
//
// Its form between nodes is the msgpack of a [wire.ListPage], whose continuation
// is "+" while there is more, followed by one mark for each entry if they were
// asked for: a byte, 1 for a tombstone, and the write order as varints.
type chunk struct {
	entries []*wire.ListEntry
	marks   []mark // parallel to entries, or empty
	more    bool
}

// mark decides which of several entries with one name counts.
type mark struct {
	order     cluster.Order
	tombstone bool
}

func (c *chunk) encode() []byte {
	page := wire.ListPage{Entries: c.entries}
	if c.more {
		page.Continuation = "+"
	}
	dst := page.AppendMsg(nil)
	for _, m := range c.marks {
		tombstone := byte(0)
		if m.tombstone {
			tombstone = 1
		}
		dst = m.order.Append(append(dst, tombstone))
	}
	return dst
}

func decodeChunk(src []byte) (*chunk, error) {
	var page wire.ListPage
	rest, err := page.DecodeMsg(src)
	if err != nil {
		return nil, badChunk(err)
	}
	c := &chunk{entries: page.Entries, more: page.Continuation != ""}
	for range c.entries {
		if len(rest) == 0 {
			break
		}
		m := mark{tombstone: rest[0] == 1}
		if m.order, rest, err = cluster.ParseOrder(rest[1:]); err != nil {
			return nil, badChunk(err)
		}
		c.marks = append(c.marks, m)
	}
	if len(rest) != 0 || len(c.marks) != 0 && len(c.marks) != len(c.entries) {
		return nil, badChunk(errors.New("marks do not fit the entries"))
	}
	return c, nil
}

func badChunk(err error) error {
	return errs.E("listing.decode", "answer of a target", errs.Unavailable, err)
}

// mark returns the mark of entry i, zero without marks.
func (c *chunk) mark(i int) mark {
	if len(c.marks) == 0 {
		return mark{}
	}
	return c.marks[i]
}
