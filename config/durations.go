package config

import (
	"time"

	"aistore/internal/units"
)

// Durations as settings have them.
const (
	millisecond = units.Duration(time.Millisecond)
	second      = units.Duration(time.Second)
	minute      = units.Duration(time.Minute)
	hour        = units.Duration(time.Hour)
	day         = 24 * hour
)
