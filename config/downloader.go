package config

import "aistore/internal/units"

// Downloader says how files from elsewhere are fetched.
type Downloader struct {
	Timeout units.Duration `json:"timeout"` // of one file, unless its job says otherwise
}

// DefaultDownloader returns one hour for each file.
func DefaultDownloader() Downloader { return Downloader{Timeout: hour} }

// Validate names what is wrong.
func (d Downloader) Validate() error {
	return lasting(span{"downloader.timeout", d.Timeout, second, 30 * day})
}
