package api

import (
	"errors"
	"net/url"
	"strings"
)

// address is where a node listens.
type address struct {
	scheme string // "http" or "https"
	host   string // host:port
}

// parseAddress reads a URL of a node; without a scheme it means http.
func parseAddress(s string) (address, error) {
	if s == "" {
		return address{}, errors.New("endpoint is empty")
	}
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return address{}, err
	case u.Scheme != "http" && u.Scheme != "https":
		return address{}, errors.New("scheme must be http or https")
	case u.Host == "":
		return address{}, errors.New("host is missing")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "":
		return address{}, errors.New("must be scheme, host and port only")
	}
	return address{u.Scheme, u.Host}, nil
}

// String returns the URL of a, without a trailing slash.
func (a address) String() string { return a.scheme + "://" + a.host }
