package wire

import (
	"fmt"
	"io"

	"github.com/tinylib/msgp/msgp"

	"aistore/errs"
)

// ListPage is one page of a listing. Its msgpack form is a map with the keys
// UUID, ContinuationToken, Flags and Entries; entries are maps too, see
// [ListEntry].
type ListPage struct {
	UUID         string       `json:"uuid"`               // id of the listing
	Continuation string       `json:"continuation_token"` // "" when there is no page after this
	Entries      []*ListEntry `json:"entries"`            // ascending by the bytes of the name
	Flags        uint32       `json:"flags"`
}

// minEntryMsg is the least bytes an entry has in msgpack: a map of one key
// and an empty string.
const minEntryMsg = 4

// AppendMsg appends the msgpack form of p to dst.
func (p *ListPage) AppendMsg(dst []byte) []byte {
	dst = p.appendHead(dst)
	for _, e := range p.Entries {
		dst = e.AppendMsg(dst)
	}
	return dst
}

// WriteMsg writes the msgpack form of p piece by piece, so that a large page
// is never in memory twice.
func (p *ListPage) WriteMsg(w io.Writer) error {
	const piece = 32 << 10
	buf := p.appendHead(make([]byte, 0, piece+piece/4))
	for _, e := range p.Entries {
		if buf = e.AppendMsg(buf); len(buf) < piece {
			continue
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
		buf = buf[:0]
	}
	_, err := w.Write(buf)
	return err
}

// appendHead appends all of p that comes before the first entry.
func (p *ListPage) appendHead(dst []byte) []byte {
	dst = msgp.AppendMapHeader(dst, 4)
	dst = appendText(dst, "UUID", p.UUID)
	dst = appendText(dst, "ContinuationToken", p.Continuation)
	dst = msgp.AppendString(dst, "Flags")
	dst = msgp.AppendUint32(dst, p.Flags)
	dst = msgp.AppendString(dst, "Entries")
	if p.Entries == nil {
		return msgp.AppendNil(dst)
	}
	return msgp.AppendArrayHeader(dst, uint32(len(p.Entries)))
}

// DecodeMsg reads the msgpack form at the start of src and returns what comes
// after it. Unknown keys are skipped. p keeps nothing of src, and takes memory
// in proportion to it. Errors: Invalid.
func (p *ListPage) DecodeMsg(src []byte) (rest []byte, err error) {
	*p = ListPage{}
	keys, rest, err := msgp.ReadMapHeaderBytes(src)
	for ; err == nil && keys > 0; keys-- {
		var key []byte
		if key, rest, err = msgp.ReadMapKeyZC(rest); err == nil {
			rest, err = p.decodeKey(string(key), rest)
		}
	}
	if err != nil {
		return src, errs.E("wire.ListPage.DecodeMsg", "page of a listing", errs.Invalid, err)
	}
	return rest, nil
}

func (p *ListPage) decodeKey(key string, src []byte) (rest []byte, err error) {
	switch key {
	case "UUID":
		p.UUID, rest, err = msgp.ReadStringBytes(src)
	case "ContinuationToken":
		p.Continuation, rest, err = msgp.ReadStringBytes(src)
	case "Flags":
		p.Flags, rest, err = msgp.ReadUint32Bytes(src)
	case "Entries":
		rest, err = p.decodeEntries(src)
	default:
		rest, err = msgp.Skip(src)
	}
	return rest, err
}

func (p *ListPage) decodeEntries(src []byte) ([]byte, error) {
	p.Entries = nil
	if msgp.IsNil(src) {
		return msgp.ReadNilBytes(src)
	}
	count, rest, err := msgp.ReadArrayHeaderBytes(src)
	if err != nil {
		return src, err
	}
	if int64(count)*minEntryMsg > int64(len(rest)) {
		return src, fmt.Errorf("%d entries do not fit into %d bytes", count, len(rest))
	}
	entries := make([]ListEntry, count)
	p.Entries = make([]*ListEntry, count)
	for i := range entries {
		p.Entries[i] = &entries[i]
		if rest, err = entries[i].decode(rest); err != nil {
			return src, err
		}
	}
	return rest, nil
}

func appendText(dst []byte, key, value string) []byte {
	return msgp.AppendString(msgp.AppendString(dst, key), value)
}
