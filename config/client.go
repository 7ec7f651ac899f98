package config

import "aistore/internal/units"

// Client says how long calls between nodes on behalf of clients may take.
type Client struct {
	Timeout     units.Duration `json:"client_timeout"`      // calls that carry no objects
	LongTimeout units.Duration `json:"client_long_timeout"` // calls that carry objects
	ListTimeout units.Duration `json:"list_timeout"`        // a page of a listing
}

// DefaultClient returns the usual times.
func DefaultClient() Client {
	return Client{Timeout: 10 * second, LongTimeout: 30 * minute, ListTimeout: 3 * minute}
}

// Validate names what is wrong.
func (c Client) Validate() error {
	return lasting(
		span{"client.client_timeout", c.Timeout, second, hour},
		span{"client.client_long_timeout", c.LongTimeout, second, 7 * day},
		span{"client.list_timeout", c.ListTimeout, second, day},
	)
}
