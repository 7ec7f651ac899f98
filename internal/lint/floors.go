package lint

// Floor is the floor of a package. A package imports only from lower floors.
type Floor struct {
	Number  int
	Package string // path below the module; a last element "..." stands for all below, at any depth
}

// Floors returns the table of all packages, those not yet written included.
// Beyond the numbers: everything may import errs, and a sub-package its parent.
func Floors() []Floor {
	return []Floor{
		// tests
		{11, "tests/..."},
		{11, "bench/..."}, // measures a running cluster against plain file servers

		// doors
		{10, "cmd/..."},
		{10, "aistest"},
		{10, "deploy/..."},

		// assembly
		{9, "ais"},

		// roles
		{8, "ais/proxy"},
		{8, "ais/target"},

		// node
		{7, "ais/node"},
		{7, "ais/s3"},
		{7, "ais/console"},

		// services
		{6, "ais/primary"},
		{6, "ais/objects"},
		{6, "ais/rest"},

		// modules
		{5, "mirror"},
		{5, "ec"},
		{5, "reb"},
		{5, "reb/resilver"},
		{5, "dsort"},
		{5, "downloader"},
		{5, "jobs/..."},

		// contract
		{4, "module"},

		// objects
		{3, "store"},
		{3, "store/shard"},
		{3, "backend"},
		{3, "backend/..."},
		{3, "xaction"},
		{3, "cluster/quorum"},
		{3, "cluster/replica"},
		{3, "cluster/liveness"},

		// machine
		{2, "fs"},
		{2, "fs/fstest"},
		{2, "fs/memfs"},
		{2, "fs/faultfs"},
		{2, "transport"},
		{2, "cluster"},
		{2, "api"},
		{2, "api/apitest"},

		// data
		{1, "api/wire"},
		{1, "config"},
		{1, "archive"},
		{1, "access"},
		{1, "internal/checksum"},
		{1, "internal/sigv4"}, // of requests and bodies alone, so that any door can check them
		{1, "internal/seal"},  // a key and bytes: no store of keys, no cluster
		{1, "internal/jsonfile"},
		{1, "internal/memnet"},
		{1, "internal/certificate"},
		{1, "internal/transcript"},
		{1, "internal/logging"},
		{1, "internal/logging/glogging"},

		// words
		{0, "errs"},
		{0, "memsys"},
		{0, "metrics"},
		{0, "internal/units"},
		{0, "internal/run"},
		{0, "internal/hrw"},
		{0, "internal/check"},
		{0, "internal/jsonx"},
		{0, "internal/lint"},
	}
}
