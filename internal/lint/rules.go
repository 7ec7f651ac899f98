package lint

// SameFloor is an import within one floor that is allowed, and why.
type SameFloor struct {
	From, To string
	Reason   string
}

// SameFloors returns the imports within one floor that are allowed.
func SameFloors() []SameFloor {
	return []SameFloor{
		{"access", "api/wire", "permission bits and buckets are words of the protocol"},
		{"internal/certificate", "api/wire", "a description of a certificate is part of the protocol"},
		{"config", "api/wire", "the defaults of bucket properties are settings of the cluster"},
		{"memsys", "internal/units", "its options are sizes"},
		{"metrics", "internal/units", "its numbers have units"},
	}
}

// Library is a library, or a package of ours, that only some may import.
type Library struct {
	Path   string   // import path; packages below it count as it
	Users  []string // packages below the module; a last element "..." as in Floor; suites named …test may always
	Reason string
}

// Libraries returns what only some packages may import.
func Libraries() []Library {
	return []Library{
		{"github.com/json-iterator/go", []string{"internal/jsonx"}, "so that it can be exchanged in one place"},
		{"github.com/golang/glog", []string{"internal/logging/glogging"}, "it registers flags and owns files of the process"},
		{"aistore/internal/logging/glogging", []string{"cmd/aisnode"}, "it brings glog into the process"},
		{"github.com/OneOfOne/xxhash", []string{"internal/checksum", "internal/hrw"}, "digests have one home each"},
		{"github.com/hashicorp", []string{"cluster/quorum"}, "nobody else sees the consensus library"},
		{"github.com/prometheus", []string{"metrics"}, "counting must not depend on who reads"},
		{"github.com/urfave/cli", []string{"cmd/..."}, "commands only"},
		{"github.com/vbauerster/mpb", []string{"cmd/..."}, "commands only"},
		{"github.com/fatih/color", []string{"cmd/..."}, "commands only"},
		{"github.com/pierrec/lz4", []string{"archive"}, "archives are compressed in one place"},
		{"github.com/klauspost/compress", []string{"archive"}, "archives are compressed in one place"},
		{"aistore/internal/check", testers(), "it is for tests"},
		{"aistore/internal/transcript", testers(), "it is for tests"},
		{"aistore/internal/memnet", testers(), "it is for tests"},
		{"testing", testers(), "it is for tests"},
	}
}

// testers returns the packages, beside those named …test, that are for tests.
func testers() []string {
	return []string{"internal/check", "internal/transcript", "tests/...", "bench/..."}
}

// Door is a command that sees less than its floor would let it.
type Door struct {
	Package string
	Sees    []string
}

// Doors returns the commands that see only what clients see, or a little more.
func Doors() []Door {
	client := []string{"api", "api/wire", "errs", "internal/units", "internal/run", "internal/logging", "internal/jsonx"}
	return []Door{
		{"cmd/ais/...", append([]string{"cmd/ais/...", "internal/checksum", "access", "archive"}, client...)},
		{"cmd/aisfs/...", append([]string{"cmd/aisfs/..."}, client...)},
		{"cmd/aisloader/...", append([]string{"cmd/aisloader/...", "internal/checksum"}, client...)},
		{"cmd/authn/...", append([]string{"cmd/authn/...", "ais/rest", "access", "internal/jsonfile", "metrics"}, client...)},
		{"cmd/xmeta/...", append([]string{"cmd/xmeta/...", "store", "cluster", "fs"}, client...)},
	}
}

// Exception is a place where a habit is allowed, and why.
type Exception struct {
	Package string // a last element "..." as in Floor
	Name    string // of the variable or function
	Reason  string
}

// Exceptions returns the package variables and functions that are let through.
func Exceptions() []Exception {
	return []Exception{
		{"cmd/...", "version", "set by the linker"},
		{"cmd/...", "buildTime", "set by the linker"},
		{"internal/checksum", "pools", "idle hashers; a cache without behaviour"},
		{"internal/transcript", "update", "a flag of test binaries has to be registered before they parse"},
		{"aistest", "program", "the program is built once for all tests of a binary"},
	}
}

// drawers returns names of packages that say nothing.
func drawers() []string {
	return []string{"cmn", "util", "utils", "common", "helpers", "helper", "base", "types", "misc", "shared", "lib"}
}
