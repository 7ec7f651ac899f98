package store

// Pair is one key with its value: user metadata, a tag, a content header.
type Pair struct {
	Key, Value string
}

// Lookup returns the value of key among pairs, and whether it is there.
func Lookup(pairs []Pair, key string) (string, bool) {
	for _, p := range pairs {
		if p.Key == key {
			return p.Value, true
		}
	}
	return "", false
}
