package config

import "aistore/api/wire"

// Changes returns the settings in which two configurations differ, for the
// answer to whoever changed them: with effects, and without secrets.
func Changes[T any](from, to *T) []wire.ConfigChange {
	changes := []wire.ConfigChange{}
	for _, c := range Diff(from, to) {
		changes = append(changes, wire.ConfigChange{
			Key:    c.Key,
			From:   shown(c.Key, c.From),
			To:     shown(c.Key, c.To),
			Effect: string(EffectOf(c.Key)),
		})
	}
	return changes
}

// hidden stands for a secret.
const hidden = "**********"

// shown returns the value of a setting as anybody may see it.
func shown(key, value string) string {
	if key == "auth.signature.key" && value != "" {
		return hidden
	}
	return value
}
