package wire

import (
	"errors"
	"time"

	"aistore/internal/units"
)

// RateLimitProps bound requests to the backend and from clients.
type RateLimitProps struct {
	Backend  BackendRate  `json:"backend"`
	Frontend FrontendRate `json:"frontend"`
}

// BackendRate bounds requests of each target to the remote bucket.
type BackendRate struct {
	Retries   int            `json:"num_retries"`                 // tries after the remote said it is throttling
	Interval  units.Duration `json:"interval"`                    // that tokens are for
	MaxTokens int            `json:"max_tokens"`                  // requests per interval
	PerVerb   string         `json:"per_op_max_tokens,omitempty"` // max_tokens of single verbs, as in "get:100,put:50"
	Enabled   bool           `json:"enabled"`                     // bound requests to the remote
}

// FrontendRate bounds requests of clients at each proxy.
type FrontendRate struct {
	Burst     int            `json:"burst_size"`                  // requests that may come at once
	Interval  units.Duration `json:"interval"`                    // that tokens are for
	MaxTokens int            `json:"max_tokens"`                  // requests per interval
	PerVerb   string         `json:"per_op_max_tokens,omitempty"` // max_tokens of single verbs, as in "get:100,put:50"
	Enabled   bool           `json:"enabled"`                     // bound requests of clients
}

// DefaultRateLimit returns limits that are off.
func DefaultRateLimit() RateLimitProps {
	second := units.Duration(time.Second)
	return RateLimitProps{
		Backend:  BackendRate{Retries: 3, Interval: second, MaxTokens: 1000},
		Frontend: FrontendRate{Burst: 375, Interval: second, MaxTokens: 1000},
	}
}

// Validate names what is wrong. Errors: plain, for the caller to wrap.
func (r RateLimitProps) Validate() error {
	if r.Backend.Enabled && (r.Backend.Interval <= 0 || r.Backend.MaxTokens <= 0 || r.Backend.Retries < 0) {
		return errors.New("rate_limit.backend needs a positive interval and max_tokens")
	}
	if r.Frontend.Enabled && (r.Frontend.Interval <= 0 || r.Frontend.MaxTokens <= 0 || r.Frontend.Burst < 0) {
		return errors.New("rate_limit.frontend needs a positive interval and max_tokens")
	}
	return nil
}

// RateLimitPropsToSet changes [RateLimitProps]; nil members leave things as
// they are.
type RateLimitPropsToSet struct {
	Backend  *BackendRateToSet  `json:"backend,omitempty"`
	Frontend *FrontendRateToSet `json:"frontend,omitempty"`
}

func (s *RateLimitPropsToSet) apply(to *RateLimitProps) {
	if s == nil {
		return
	}
	s.Backend.apply(&to.Backend)
	s.Frontend.apply(&to.Frontend)
}

// BackendRateToSet changes [BackendRate]; nil members leave things as they are.
type BackendRateToSet struct {
	Retries   *int            `json:"num_retries,omitempty"`
	Interval  *units.Duration `json:"interval,omitempty"`
	MaxTokens *int            `json:"max_tokens,omitempty"`
	PerVerb   *string         `json:"per_op_max_tokens,omitempty"`
	Enabled   *bool           `json:"enabled,omitempty"`
}

func (s *BackendRateToSet) apply(to *BackendRate) {
	if s == nil {
		return
	}
	set(&to.Retries, s.Retries)
	set(&to.Interval, s.Interval)
	set(&to.MaxTokens, s.MaxTokens)
	set(&to.PerVerb, s.PerVerb)
	set(&to.Enabled, s.Enabled)
}

// FrontendRateToSet changes [FrontendRate]; nil members leave things as they are.
type FrontendRateToSet struct {
	Burst     *int            `json:"burst_size,omitempty"`
	Interval  *units.Duration `json:"interval,omitempty"`
	MaxTokens *int            `json:"max_tokens,omitempty"`
	PerVerb   *string         `json:"per_op_max_tokens,omitempty"`
	Enabled   *bool           `json:"enabled,omitempty"`
}

func (s *FrontendRateToSet) apply(to *FrontendRate) {
	if s == nil {
		return
	}
	set(&to.Burst, s.Burst)
	set(&to.Interval, s.Interval)
	set(&to.MaxTokens, s.MaxTokens)
	set(&to.PerVerb, s.PerVerb)
	set(&to.Enabled, s.Enabled)
}
