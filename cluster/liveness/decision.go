package liveness

import "time"

// Kind is what a [Decision] is about.
type Kind string

// The kinds of decision.
const (
	Probe    Kind = "probe"     // ask the node on the control path, and report the answer or the miss
	Suspect  Kind = "suspect"   // do not wait for the node any more
	Trust    Kind = "trust"     // it is heard again
	MarkDown Kind = "mark down" // write into the map that it is down; then call Done
	MarkUp   Kind = "mark up"   // write into the map that it is back; then call Done
	Evict    Kind = "evict"     // take its place from it; then call Done
)

// Decision is something for the primary to do.
type Decision struct {
	Kind    Kind
	Node    string
	Timeout time.Duration // of a probe
	Silent  time.Duration // how long it has been
	Misses  int           // in a row
}
