package xaction

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"aistore/access"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
)

// Spec describes a kind of job.
type Spec struct {
	Kind    string // name on the wire
	Display string // another name, for people; "" is none

	// Method is the HTTP method of the action Kind on a bucket that starts such
	// a job; "" if there is none.
	Method string

	// Startable kinds may also be started by kind, with no argument.
	Startable bool

	Scope       Scope
	Destination Destination
	Need        access.Bits // permission on the bucket
	NeedTo      access.Bits // permission on the destination

	// Excludes are kinds of which no job may work on a bucket of this one's, in
	// either order; [AnyKind] is all.
	Excludes []string

	// NeedsAll kinds do not begin while a target that may hold objects is down: what
	// they come to would be wrong, or would destroy what is there.
	NeedsAll bool

	// Args makes what the argument is decoded into, a pointer; nil for kinds
	// without. It may be an Argument, or know the destination (Destined).
	Args func() any

	Prefix string        // of ids
	Idle   time.Duration // how long a job that is done still shows as running, and idle
}

// AnyKind stands for all kinds, see [Spec.Excludes].
const AnyKind = "*"

// Scope says what a job is about.
type Scope int

// The scopes.
const (
	OfBucket  Scope = iota // one bucket
	OfCluster              // everything, or a bucket
)

// Destination says what becomes of the second bucket of a job.
type Destination int

// The destinations.
const (
	NoDestination     Destination = iota
	MadeDestination               // created with the properties of the first, if it is missing
	HiddenDestination             // filled in hiding; takes the place of the first when the job has ended well
)

// Argument is an argument that can be wrong.
type Argument interface {
	Validate() error
}

// Destined is an argument that names the destination.
type Destined interface {
	Destination() *wire.Bucket
}

// NewID makes the id of a job of this kind.
func (s *Spec) NewID() string { return s.Prefix + rand.Text()[:10] }

// Names tells whether name is that of the kind.
func (s *Spec) Names(name string) bool {
	return name == s.Kind || s.Display != "" && name == s.Display
}

// Check decides whether a job may begin as things are. It changes nothing.
// Errors: NotFound (a bucket), Invalid, Busy (a job that excludes it is under
// way), Unavailable (no targets, or the kind needs one that is down).
func (s *Spec) Check(specs *Specs, state *cluster.State, j *cluster.Job) error {
	const op = "xaction.Check"
	if len(state.Map.Targets()) == 0 {
		return errs.E(op, j.Kind, errs.Unavailable, fmt.Errorf("the cluster has no targets"))
	}
	if len(j.Targets) == 0 || s.NeedsAll && len(j.Absent) > 0 {
		return needsTargets(op, j)
	}
	if j.Bucket == nil {
		return s.checkUnscoped(op)
	}
	source, err := cluster.CheckBucket(state, *j.Bucket)
	if err != nil {
		return err
	}
	if source.Props.Renamed != "" {
		return busy(op, j, "the bucket is being renamed")
	}
	if err := s.checkDestination(state, source, j); err != nil {
		return err
	}
	for _, other := range state.Jobs.All() {
		if s.excludes(specs, j, other) {
			return busy(op, j, fmt.Sprintf("job %s[%s] is under way", other.Kind, other.ID))
		}
	}
	return nil
}

func (s *Spec) checkUnscoped(op string) error {
	if s.Scope == OfCluster {
		return nil
	}
	e := errs.E(op, s.Kind, errs.Invalid, nil)
	e.Public = "a " + s.Kind + " job needs a bucket"
	return e
}

func (s *Spec) checkDestination(state *cluster.State, source *cluster.Bucket, j *cluster.Job) error {
	const op = "xaction.Check"
	if s.Destination == NoDestination {
		return nil
	}
	if j.To == nil {
		e := errs.E(op, s.Kind, errs.Invalid, nil)
		e.Public = "a " + s.Kind + " job needs a destination bucket"
		return e
	}
	if s.Destination == HiddenDestination {
		props := *source.Props
		return cluster.CheckCreateBucket(state, *j.To, &props)
	}
	if to, found := state.Buckets.Get(*j.To); found && to.Props.Renamed != "" {
		return busy(op, j, "the destination is being renamed")
	} else if !found {
		props := *source.Props
		props.Provider = j.To.Provider
		return cluster.CheckCreateBucket(state, *j.To, &props)
	}
	return nil
}

// excludes tells whether another job keeps j from beginning.
func (s *Spec) excludes(specs *Specs, j, other *cluster.Job) bool {
	if !touchesBoth(j, other) {
		return false
	}
	names := func(list []string, kind string) bool {
		return slices.Contains(list, AnyKind) || slices.Contains(list, kind)
	}
	theirs, known := specs.Get(other.Kind)
	return names(s.Excludes, other.Kind) || known && names(theirs.Excludes, j.Kind)
}

// touchesBoth tells whether two jobs have a bucket in common. A job without
// bucket has all.
func touchesBoth(j, other *cluster.Job) bool {
	if j.Bucket == nil || other.Bucket == nil {
		return true
	}
	return other.Touches(*j.Bucket) || j.To != nil && other.Touches(*j.To)
}

// needsTargets is the error of a job that cannot do without the targets that are
// down.
func needsTargets(op string, j *cluster.Job) error {
	e := errs.E(op, j.Kind, errs.Unavailable, nil)
	e.Public = "cannot start " + j.Kind + ": it needs all targets, and " + strings.Join(j.Absent, ", ") + down(j.Absent)
	if len(j.Targets) == 0 {
		e.Public = "cannot start " + j.Kind + ": no target is up"
	}
	e.RetryAfter = time.Second
	return e
}

// down says that targets are.
func down(ids []string) string {
	if len(ids) == 1 {
		return " is down"
	}
	return " are down"
}

func busy(op string, j *cluster.Job, why string) error {
	e := errs.E(op, j.Kind, errs.Busy, nil)
	e.Public = "cannot start " + j.Kind + ": " + why
	return e
}

// Specs are kinds of jobs, by name.
type Specs struct {
	list []Spec
}

// NewSpecs makes the table. Errors: Internal (a name occurs twice).
func NewSpecs(list ...Spec) (*Specs, error) {
	s := &Specs{}
	for _, spec := range list {
		for _, name := range []string{spec.Kind, spec.Display} {
			if _, found := s.Get(name); found {
				return nil, errs.E("xaction.NewSpecs", name, errs.Internal, fmt.Errorf("two kinds of that name"))
			}
		}
		s.list = append(s.list, spec)
	}
	return s, nil
}

// Get finds a kind by either of its names.
func (s *Specs) Get(name string) (*Spec, bool) {
	if name == "" || s == nil {
		return nil, false
	}
	for i := range s.list {
		if s.list[i].Names(name) {
			return &s.list[i], true
		}
	}
	return nil, false
}

// All returns the kinds. The slice is shared and must not be changed.
func (s *Specs) All() []Spec {
	if s == nil {
		return nil
	}
	return s.list
}

// Startable returns the spec of a kind that may be started by kind.
// Errors: NotFound (no such kind), Unsupported.
func (s *Specs) Startable(name string) (*Spec, error) {
	const op = "xaction.Startable"
	spec, found := s.Get(name)
	if !found {
		e := errs.E(op, name, errs.NotFound, nil)
		e.Public = fmt.Sprintf("job kind %q does not exist: this cluster has %s", name, strings.Join(s.names(), ", "))
		return nil, e
	}
	if !spec.Startable {
		e := errs.E(op, name, errs.Unsupported, nil)
		e.Public = fmt.Sprintf("a %s job needs arguments: start it by the command or the call of that name", spec.Kind)
		return nil, e
	}
	return spec, nil
}

func (s *Specs) names() []string {
	var names []string
	for _, spec := range s.All() {
		names = append(names, spec.Kind)
	}
	return names
}
