package wire_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tinylib/msgp/msgp"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

func TestListPageMsgpackIsExact(t *testing.T) {
	page := listPage()
	got := page.AppendMsg(nil)
	path := filepath.Join("testdata", "list-page.msgpack.hex")
	if *update {
		check.NoError(t, os.WriteFile(path, []byte(hex.Dump(got)), 0o644))
	}
	want, err := os.ReadFile(path)
	check.NoError(t, err)
	check.Equal(t, hex.Dump(got), string(want))
}

func TestListPageMsgpackReadsBack(t *testing.T) {
	many := wire.ListPage{UUID: "many"}
	for i := range 3000 {
		many.Entries = append(many.Entries, &wire.ListEntry{Name: strings.Repeat("x", i%300), Size: int64(i), Flags: wire.EntryCached})
	}
	pages := map[string]wire.ListPage{
		"full": listPage(), "last": {UUID: "u"}, "none": {Entries: []*wire.ListEntry{}}, "many": many,
	}
	for name, page := range pages {
		t.Run(name, func(t *testing.T) {
			text := page.AppendMsg(nil)
			var streamed bytes.Buffer
			check.NoError(t, page.WriteMsg(&streamed))
			check.Equal(t, bytes.Equal(streamed.Bytes(), text), true)
			var got wire.ListPage
			rest, err := got.DecodeMsg(append(text, "rest"...))
			check.NoError(t, err)
			check.Equal(t, string(rest), "rest")
			check.Equal(t, got, page)
		})
	}
}

func TestListPageSkipsUnknownKeys(t *testing.T) {
	text := msgp.AppendMapHeader(nil, 3)
	text = msgp.AppendString(text, "New")
	text = msgp.AppendArrayHeader(text, 1)
	text = msgp.AppendInt(text, 7)
	text = msgp.AppendString(text, "Entries")
	text = msgp.AppendArrayHeader(text, 1)
	text = msgp.AppendMapHeader(text, 2)
	text = msgp.AppendString(msgp.AppendString(text, "zz"), "?")
	text = msgp.AppendString(msgp.AppendString(text, "n"), "o")
	text = msgp.AppendString(msgp.AppendString(text, "UUID"), "u")
	var got wire.ListPage
	_, err := got.DecodeMsg(text)
	check.NoError(t, err)
	check.Equal(t, got, wire.ListPage{UUID: "u", Entries: []*wire.ListEntry{{Name: "o"}}})
}

func TestListPageRefusesLies(t *testing.T) {
	huge := msgp.AppendMapHeader(nil, 1)
	huge = msgp.AppendString(huge, "Entries")
	huge = msgp.AppendArrayHeader(huge, 1<<31)
	full := listPage()
	text := full.AppendMsg(nil)
	inputs := map[string][]byte{"empty": nil, "huge": huge, "not a map": []byte("x"), "cut": text[:len(text)-1]}
	for name, input := range inputs {
		t.Run(name, func(t *testing.T) {
			var page wire.ListPage
			_, err := page.DecodeMsg(input)
			check.ErrorIs(t, err, errs.Invalid)
		})
	}
}

func TestEntryFlagsAreTheProtocols(t *testing.T) {
	flags := map[uint16]uint16{
		wire.EntryLoneCopy: 4, wire.EntryCached: 64, wire.EntryInArchive: 128, wire.EntryDir: 256, wire.EntryArchive: 512,
		wire.EntryVersionChanged: 1024, wire.EntryVersionRemoved: 2048, wire.EntryHeadFailed: 4096, wire.EntryChunked: 8192,
	}
	for got, want := range flags {
		check.Equal(t, got, want)
	}
	check.Equal(t, wire.ListNoRecursion, uint64(2048))
	check.Equal(t, wire.ListInventory, uint64(32768))
	check.Equal(t, wire.StateDiskLowCapacity, uint64(1<<23))
}
