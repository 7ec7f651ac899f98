package store

import "aistore/api/wire"

// RetentionModeOf returns the mode that a bucket's properties name; none for
// any other text.
func RetentionModeOf(name string) RetentionMode {
	switch name {
	case wire.LockGovernance:
		return RetentionGovernance
	case wire.LockCompliance:
		return RetentionCompliance
	}
	return RetentionNone
}

// String returns the name that a bucket's properties have for the mode; "" for none.
func (m RetentionMode) String() string {
	switch m {
	case RetentionGovernance:
		return wire.LockGovernance
	case RetentionCompliance:
		return wire.LockCompliance
	}
	return ""
}
