package wire

import "github.com/tinylib/msgp/msgp"

// ListEntry is an object, a directory, or a member of an archive, in a
// listing. In msgpack the keys are the ones in the comments, and members that
// are empty or zero are left out, except n.
type ListEntry struct {
	Name     string `json:"name"`                  // n
	Checksum string `json:"checksum,omitempty"`    // cs: hex
	Atime    string `json:"atime,omitempty"`       // a: see FormatTime
	Version  string `json:"version,omitempty"`     // v
	Location string `json:"location,omitempty"`    // t
	Custom   string `json:"custom-md,omitempty"`   // m: pairs in one string
	Size     int64  `json:"size,string,omitempty"` // s: bytes; a number in msgpack
	Copies   int16  `json:"copies,omitempty"`      // c
	Flags    uint16 `json:"flags,omitempty"`       // f: Entry… bits
}

// The low bits of [ListEntry.Flags] are a status, one of these.
const (
	EntryOK            uint16 = iota
	EntryMisplaced            // on another target than the map says
	EntryMisplacedPath        // on another mountpath than the list of mountpaths says
	EntryCopy
	EntryLoneCopy          // a copy whose object is lost
	EntryStatusMask uint16 = 31
)

// The other bits of [ListEntry.Flags].
const (
	EntryCached         uint16 = 1 << (iota + 6) // present in the cluster
	EntryInArchive                               // a member of an archive
	EntryDir                                     // a directory; the name ends with a slash
	EntryArchive                                 // an archive that has been opened
	EntryVersionChanged                          // the remote has another version
	EntryVersionRemoved                          // the remote has it no more
	EntryHeadFailed
	EntryChunked
)

// IsDir tells whether e is a directory.
func (e *ListEntry) IsDir() bool { return e.Flags&EntryDir != 0 }

// IsPresent tells whether e is in the cluster, and not only in the remote.
func (e *ListEntry) IsPresent() bool { return e.Flags&EntryCached != 0 }

// Status returns one of EntryOK and those after it.
func (e *ListEntry) Status() uint16 { return e.Flags & EntryStatusMask }

// AppendMsg appends the msgpack form of e to dst.
func (e *ListEntry) AppendMsg(dst []byte) []byte {
	dst = msgp.AppendMapHeader(dst, e.members())
	dst = appendText(dst, "n", e.Name)
	dst = appendTextUnlessEmpty(dst, "cs", e.Checksum)
	dst = appendTextUnlessEmpty(dst, "a", e.Atime)
	dst = appendTextUnlessEmpty(dst, "v", e.Version)
	dst = appendTextUnlessEmpty(dst, "t", e.Location)
	dst = appendTextUnlessEmpty(dst, "m", e.Custom)
	if e.Size != 0 {
		dst = msgp.AppendInt64(msgp.AppendString(dst, "s"), e.Size)
	}
	if e.Copies != 0 {
		dst = msgp.AppendInt16(msgp.AppendString(dst, "c"), e.Copies)
	}
	if e.Flags != 0 {
		dst = msgp.AppendUint16(msgp.AppendString(dst, "f"), e.Flags)
	}
	return dst
}

// members returns how many members the msgpack form has.
func (e *ListEntry) members() uint32 {
	present := [...]bool{
		e.Checksum != "", e.Atime != "", e.Version != "", e.Location != "", e.Custom != "",
		e.Size != 0, e.Copies != 0, e.Flags != 0,
	}
	count := uint32(1)
	for _, is := range present {
		if is {
			count++
		}
	}
	return count
}

func appendTextUnlessEmpty(dst []byte, key, value string) []byte {
	if value == "" {
		return dst
	}
	return appendText(dst, key, value)
}

func (e *ListEntry) decode(src []byte) (rest []byte, err error) {
	keys, rest, err := msgp.ReadMapHeaderBytes(src)
	for ; err == nil && keys > 0; keys-- {
		var key []byte
		if key, rest, err = msgp.ReadMapKeyZC(rest); err == nil {
			rest, err = e.decodeKey(string(key), rest)
		}
	}
	return rest, err
}

func (e *ListEntry) decodeKey(key string, src []byte) (rest []byte, err error) {
	switch key {
	case "n":
		e.Name, rest, err = msgp.ReadStringBytes(src)
	case "cs":
		e.Checksum, rest, err = msgp.ReadStringBytes(src)
	case "a":
		e.Atime, rest, err = msgp.ReadStringBytes(src)
	case "v":
		e.Version, rest, err = msgp.ReadStringBytes(src)
	case "t":
		e.Location, rest, err = msgp.ReadStringBytes(src)
	case "m":
		e.Custom, rest, err = msgp.ReadStringBytes(src)
	case "s":
		e.Size, rest, err = msgp.ReadInt64Bytes(src)
	case "c":
		e.Copies, rest, err = msgp.ReadInt16Bytes(src)
	case "f":
		e.Flags, rest, err = msgp.ReadUint16Bytes(src)
	default:
		rest, err = msgp.Skip(src)
	}
	return rest, err
}
