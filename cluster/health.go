package cluster

// Health is what the primary thinks of a node.
type Health int

// The healths of a node.
const (
	Healthy   Health = iota
	Suspected        // silent for a moment: nothing waits for it
	Down             // silent for as long as a lease: it does not write
)

// String returns "healthy", "suspected" or "down".
func (h Health) String() string {
	switch h {
	case Healthy:
		return "healthy"
	case Suspected:
		return "suspected"
	}
	return "down"
}
