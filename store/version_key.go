package store

import (
	"encoding/base32"
	"encoding/binary"
	"errors"
	"strings"

	"aistore/cluster"
	"aistore/errs"
)

// NullVersion is the id of the version of an object that was written while its
// bucket gave no ids. An object has at most one.
const NullVersion = "null"

const (
	versionKeySize = 39 // bytes of a key that is an id
	nullSuffix     = ".null"
	ownOrder       = "=" // on disk, for the key of the record's own write order
)

// The versions of an object are in the order of their keys, latest last. The key
// is made of the order of the write that made the version, and stays while its
// record changes. It is the id that clients know, but for null versions: their
// key has ".null" behind it, or is "" if it was written before the bucket kept a
// history, and so before all others.

// versionKey returns the key of the version that a write of that order makes.
func versionKey(o cluster.Order) string {
	var raw [24]byte
	binary.BigEndian.PutUint64(raw[0:], uint64(o.Map))
	binary.BigEndian.PutUint64(raw[8:], o.Incarnation)
	binary.BigEndian.PutUint64(raw[16:], o.Counter)
	return keyEncoding().EncodeToString(raw[:])
}

// keyEncoding keeps the order of what it encodes.
func keyEncoding() *base32.Encoding { return base32.HexEncoding.WithPadding(base32.NoPadding) }

// orderOfKey is the inverse of versionKey, for null versions too; zero for "".
// False for what is no key.
func orderOfKey(key string) (cluster.Order, bool) {
	if key == "" {
		return cluster.Order{}, true
	}
	var raw [25]byte
	text := strings.TrimSuffix(key, nullSuffix)
	if len(text) != versionKeySize {
		return cluster.Order{}, false
	}
	n, err := keyEncoding().Decode(raw[:], []byte(text))
	o := cluster.Order{
		Map:         int64(binary.BigEndian.Uint64(raw[0:])),
		Incarnation: binary.BigEndian.Uint64(raw[8:]),
		Counter:     binary.BigEndian.Uint64(raw[16:]),
	}
	return o, err == nil && n == 24 && o.Map >= 0 && versionKey(o) == text
}

// isNullKey tells whether a key is that of a null version.
func isNullKey(key string) bool { return key == "" || strings.HasSuffix(key, nullSuffix) }

// idOfKey returns the id that clients know.
func idOfKey(key string) string {
	if isNullKey(key) {
		return NullVersion
	}
	return key
}

// checkVersionID returns Invalid unless id can be that of a version.
func checkVersionID(op string, n Name, id string) error {
	if id == NullVersion {
		return nil
	}
	if _, ok := orderOfKey(id); ok && !isNullKey(id) {
		return nil
	}
	e := errs.E(op, n.String(), errs.Invalid, errors.New("the version id is none"))
	e.Code, e.Public = errs.CodeVersionInvalid, "Invalid version id specified"
	return e
}

// PublicVersion returns the id of this version of its object that clients know.
func (r *Record) PublicVersion() string { return idOfKey(r.VersionID) }

// packKey is the version key as it is on disk.
func (r *Record) packKey() string {
	if r.VersionID == "" {
		return ""
	}
	if own := versionKey(r.Order); strings.HasPrefix(r.VersionID, own) {
		return ownOrder + r.VersionID[len(own):]
	}
	return r.VersionID
}

// unpackKey undoes packKey, once the order is known.
func (r *Record) unpackKey() {
	if rest, packed := strings.CutPrefix(r.VersionID, ownOrder); packed && (rest == "" || rest == nullSuffix) {
		r.VersionID = versionKey(r.Order) + rest
	}
}

// versionNotFound says that n has no version of that id.
func versionNotFound(op string, n Name, id string) error {
	e := errs.E(op, n.String(), errs.NotFound, nil)
	e.Code, e.Public = errs.CodeVersionNotFound, "object "+n.String()+" has no version "+id
	return e
}
