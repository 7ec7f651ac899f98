package wire

import (
	"errors"
	"fmt"
	"slices"
)

// ChecksumProps say which checksum objects get and when it is compared.
type ChecksumProps struct {
	Type            string `json:"type"`              // of the checksum that objects get
	ValidateColdGet bool   `json:"validate_cold_get"` // compare when an object comes from its remote bucket
	ValidateWarmGet bool   `json:"validate_warm_get"` // compare before an object of any size is sent
	ValidateObjMove bool   `json:"validate_obj_move"` // compare when an object comes from another target
	EnableReadRange bool   `json:"enable_read_range"` // a ranged GET returns the checksum of the range
}

// ChecksumTypes returns the names of all types of checksums in a new slice.
func ChecksumTypes() []string {
	return []string{"none", "xxhash", "xxhash2", "md5", "crc32c", "sha256", "sha512"}
}

// DefaultChecksum returns xxhash2, compared on each cold GET and each move.
func DefaultChecksum() ChecksumProps {
	return ChecksumProps{Type: "xxhash2", ValidateColdGet: true, ValidateObjMove: true}
}

// Validate names what is wrong. Errors: plain, for the caller to wrap.
func (c ChecksumProps) Validate() error {
	if !slices.Contains(ChecksumTypes(), c.Type) {
		return fmt.Errorf("checksum.type: %.32q is none of %v", c.Type, ChecksumTypes())
	}
	if c.Type == "none" && (c.ValidateWarmGet || c.EnableReadRange) {
		return errors.New("checksum.type: none leaves nothing for validate_warm_get and enable_read_range")
	}
	return nil
}

// ChecksumPropsToSet changes [ChecksumProps]; nil members leave things as they are.
type ChecksumPropsToSet struct {
	Type            *string `json:"type,omitempty"`
	ValidateColdGet *bool   `json:"validate_cold_get,omitempty"`
	ValidateWarmGet *bool   `json:"validate_warm_get,omitempty"`
	ValidateObjMove *bool   `json:"validate_obj_move,omitempty"`
	EnableReadRange *bool   `json:"enable_read_range,omitempty"`
}

func (s *ChecksumPropsToSet) apply(to *ChecksumProps) {
	if s == nil {
		return
	}
	set(&to.Type, s.Type)
	set(&to.ValidateColdGet, s.ValidateColdGet)
	set(&to.ValidateWarmGet, s.ValidateWarmGet)
	set(&to.ValidateObjMove, s.ValidateObjMove)
	set(&to.EnableReadRange, s.EnableReadRange)
}
