package config

// EffectsForTest is the table of effects.
func EffectsForTest() map[string]Effect { return effects() }
