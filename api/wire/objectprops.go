package wire

import (
	"fmt"
	"strings"

	"aistore/errs"
)

// Props is a set of properties that a listing, or HEAD of an object, is asked for.
type Props uint32

// Elements of [Props].
const (
	PropName Props = 1 << iota
	PropSize
	PropChecksum
	PropAtime
	PropVersion
	PropCustom
	PropLastModified
	PropETag
	PropLocation
	PropCopies
	PropEC
	PropChunked
	PropCached // listings only
	PropStatus // listings only
	propEnd
)

// propListOnly are the properties that HEAD does not know.
const propListOnly = PropCached | PropStatus

// Has tells whether p has any element of q.
func (p Props) Has(q Props) bool { return p&q != 0 }

// String returns the names, separated by commas.
func (p Props) String() string {
	var names []string
	for prop := PropName; prop < propEnd; prop <<= 1 {
		if p.Has(prop) {
			names = append(names, propName(prop))
		}
	}
	return strings.Join(names, ",")
}

// ParseProps reads names separated by commas, for a listing. Spaces around a
// name and empty names are skipped, and the name of the object is always in
// the result. Errors: Invalid.
func ParseProps(list string) (Props, error) {
	p, err := parseProps(list)
	if err != nil {
		return 0, errs.E("wire.ParseProps", fmt.Sprintf("%.200q", list), errs.Invalid, err)
	}
	return p, nil
}

// ParseHeadProps is ParseProps for HEAD of an object, which does not know
// "cached" and "status". Errors: Invalid.
func ParseHeadProps(list string) (Props, error) {
	p, err := parseProps(list)
	if err == nil && p.Has(propListOnly) {
		err = fmt.Errorf("%s: for listings only", p&propListOnly)
	}
	if err != nil {
		return 0, errs.E("wire.ParseHeadProps", fmt.Sprintf("%.200q", list), errs.Invalid, err)
	}
	return p, nil
}

func parseProps(list string) (Props, error) {
	p := PropName
	for list != "" {
		var name string
		name, list, _ = strings.Cut(list, ",")
		name = strings.TrimSpace(name)
		if name == "" {
			continue
		}
		prop := propByName(name)
		if prop == 0 {
			return 0, fmt.Errorf("unknown object property %.64q", name)
		}
		p |= prop
	}
	return p, nil
}

func propByName(name string) Props {
	for prop := PropName; prop < propEnd; prop <<= 1 {
		if propName(prop) == name {
			return prop
		}
	}
	return 0
}

func propName(p Props) string {
	switch p {
	case PropName:
		return "name"
	case PropSize:
		return "size"
	case PropChecksum:
		return "checksum"
	case PropAtime:
		return "atime"
	case PropVersion:
		return "version"
	case PropCustom:
		return "custom"
	case PropLastModified:
		return "last-modified"
	case PropETag:
		return "etag"
	case PropLocation:
		return "location"
	case PropCopies:
		return "copies"
	case PropEC:
		return "ec"
	case PropChunked:
		return "chunked"
	case PropCached:
		return "cached"
	case PropStatus:
		return "status"
	}
	return ""
}
