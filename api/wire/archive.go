package wire

// Ways to select members of an archive, values of QueryArchiveMode.
const (
	MatchRegexp    = "regexp"
	MatchPrefix    = "prefix"
	MatchSuffix    = "suffix"
	MatchSubstring = "substr"
	MatchSampleKey = "wdskey" // the name up to the first dot of its last part
)

// MemberMode says what putting a member does with the archive; values of
// HeaderArchiveAppend.
type MemberMode string

// The modes.
const (
	MemberCreates          MemberMode = "0" // makes the archive anew, with this one member; also ""
	MemberAppends          MemberMode = "1" // the archive must exist
	MemberAppendsOrCreates MemberMode = "2"
)
