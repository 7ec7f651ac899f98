package store

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"

	"aistore/errs"
)

// UploadID names one upload, among all of all times. The zero value is none.
type UploadID [16]byte

// ParseUploadID reads what String writes. Errors: NotFound: there can be no
// upload of that name.
func ParseUploadID(n Name, text string) (id UploadID, err error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(id) || hex.EncodeToString(raw) != text {
		return id, uploadNotFound("store.Upload", n, text)
	}
	return UploadID(raw), nil
}

// String returns 32 digits of lower-case hex.
func (id UploadID) String() string { return hex.EncodeToString(id[:]) }

// IsZero tells whether id names no upload.
func (id UploadID) IsZero() bool { return id == UploadID{} }

// bytes returns the id as a record keeps it, nil for none.
func (id UploadID) bytes() []byte {
	if id.IsZero() {
		return nil
	}
	return id[:]
}

// key returns what the upload's lock goes by.
func (id UploadID) key() uint64 { return binary.BigEndian.Uint64(id[:]) }

func newUploadID() (id UploadID, err error) {
	if _, err = rand.Read(id[:]); err != nil {
		return id, errs.E("store.CreateUpload", "", errs.Internal, err)
	}
	return id, nil
}

// uploadNotFound says that there is no upload id of the object n: it never was,
// was aborted, or was completed and its object replaced since.
func uploadNotFound(op string, n Name, id string) error {
	e := errs.E(op, n.String(), errs.NotFound, nil)
	e.Code = errs.CodeUploadNotFound
	e.Public = "upload \"" + id + "\" of " + n.String() + " does not exist"
	return e
}
