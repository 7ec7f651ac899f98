package config

import "aistore/internal/units"

// FSHC says how a mountpath that gave errors is examined (file-system health
// check).
type FSHC struct {
	Enabled    bool           `json:"enabled"`      // examine, and disable what is broken
	TestFiles  int            `json:"test_files"`   // files read, and written
	ErrorLimit int            `json:"error_limit"`  // errors of the examination that disable the mountpath
	IOErrLimit int            `json:"io_err_limit"` // errors of ordinary work that cause an examination
	IOErrTime  units.Duration `json:"io_err_time"`  // within this time
}

// DefaultFSHC returns an examination after ten errors in ten seconds.
func DefaultFSHC() FSHC {
	return FSHC{Enabled: true, TestFiles: 4, ErrorLimit: 2, IOErrLimit: 10, IOErrTime: 10 * second}
}

// Validate names what is wrong.
func (f FSHC) Validate() error {
	if err := lasting(span{"fshc.io_err_time", f.IOErrTime, second, hour}); err != nil {
		return err
	}
	return within(
		bound{"fshc.test_files", int64(f.TestFiles), 1, 1 << 10},
		bound{"fshc.error_limit", int64(f.ErrorLimit), 1, 1 << 10},
		bound{"fshc.io_err_limit", int64(f.IOErrLimit), 1, 1 << 20},
	)
}
