package cluster

import (
	"errors"
	"fmt"

	"aistore/config"
	"aistore/errs"
)

// State is everything a cluster agrees on, at one position of the log. It is
// immutable; [NewState] is the one before the first change.
type State struct {
	Position  Position // of the last change
	Map       *Map
	Buckets   *Buckets
	Config    *config.Cluster // shared: must not be changed
	Transient Transient       // settings until nodes restart, over Config; nil is none
	Leases    LeaseBound      // from before the time of a lease in Config
	Jobs      *Jobs           // under way; nil is none
	Keys      *Keys           // of S3 clients; nil is none
}

// NewState returns the state of no cluster: an empty map, no buckets, the
// default configuration with version 0, position zero.
func NewState() *State {
	c := config.Default()
	return &State{Map: new(Map), Buckets: new(Buckets), Config: &c}
}

// Initialized tells whether there is a cluster: whether [InitCluster] has been applied.
func (s *State) Initialized() bool { return s.Map.Version() > 0 }

// Apply returns the state after c. It depends on nothing but s and c, which it
// may share parts with. The position stays that of s.
// Errors: Unsupported (a kind of change that a newer release makes), Invalid,
// Conflict, Exists, NotFound.
func (s *State) Apply(c Change) (*State, error) {
	if err := s.check(c); err != nil {
		return nil, errs.E("cluster.State.Apply", string(c.Kind), "", err)
	}
	next := *s
	if err := next.apply(c); err != nil {
		return nil, err
	}
	if err := next.place(s.Map, c); err != nil {
		return nil, errs.E("cluster.State.Apply", string(c.Kind), errs.Conflict, err)
	}
	if next.Buckets.Version() == 0 {
		next.Map = next.Map.settled() // no bucket ever existed, so no objects do
	}
	return &next, nil
}

// check tells whether c is of a kind that is known, has what its kind needs,
// and comes at its time.
func (s *State) check(c Change) error {
	complete := true
	switch c.Kind {
	case ChangeInit:
		complete = c.Node != nil && c.Config != nil
	case ChangePutNode:
		complete = c.Node != nil
	case ChangePutConfig:
		complete = c.Config != nil
	case ChangeTransient:
		complete = len(c.Settings)+len(c.Keys) > 0
	case ChangeRemoveNode, ChangeFlags, ChangePrimary, ChangePrepare, ChangeCommit, ChangeAbort, ChangeEndLeases:
	case ChangePutBucket:
		complete = c.Bucket != nil && c.Props != nil
	case ChangeRemoveBucket, ChangeRenameBucket:
		complete = c.Bucket != nil
	case ChangeStartJob:
		complete = c.Job != nil && c.Job.ID != "" && (!c.Job.Hidden || c.Job.To != nil)
	case ChangePutKey:
		complete = c.Key != nil && c.Key.AccessKey != ""
	case ChangeEndJob, ChangeRemoveKey:
	default:
		return errs.E("", "", errs.Unsupported, fmt.Errorf("change %.64q was made by a newer release", c.Kind))
	}
	if !complete {
		return errs.E("", "", errs.Invalid, errors.New("the change is incomplete"))
	}
	if c.Kind == ChangeInit && s.Initialized() {
		return errs.E("", "", errs.Conflict, fmt.Errorf("there is cluster %s already", s.Map.UUID()))
	}
	if c.Kind != ChangeInit && !s.Initialized() {
		return errs.E("", "", errs.Conflict, errors.New("there is no cluster yet"))
	}
	return nil
}

// apply changes s, which nobody else sees yet, by a change that was checked.
func (s *State) apply(c Change) (err error) {
	switch c.Kind {
	case ChangeInit:
		s.Map, err = NewMap(c.UUID, c.Created, c.Node)
		s.Buckets = &Buckets{uuid: c.UUID}
		s.putConfig(c.UUID, c.Config)
		s.Config.Updated = c.Created
	case ChangePutNode:
		s.Map, err = s.Map.WithNode(c.Node)
	case ChangeRemoveNode:
		s.Map, err = s.Map.WithoutNode(c.NodeID)
	case ChangeFlags:
		s.Map, err = s.Map.WithFlags(c.NodeID, c.Set, c.Clear)
	case ChangePrimary:
		s.Map, err = s.Map.WithPrimary(c.NodeID)
	case ChangePutBucket:
		s.Buckets, err = s.Buckets.WithBucket(&Bucket{*c.Bucket, c.Props})
	case ChangeRemoveBucket:
		err = s.removeBucket(c)
	case ChangePutConfig:
		s.replaceConfig(c.Config)
	case ChangeTransient:
		s.changeTransient(c)
	case ChangeEndLeases:
		s.endLeases(c.Version)
	case ChangeStartJob:
		err = s.startJob(c.Job)
	case ChangeEndJob:
		err = s.endJob(c.JobID)
	case ChangeRenameBucket:
		err = s.renameBucket(c)
	case ChangePutKey:
		s.Keys = s.Keys.with(c.Key)
	case ChangeRemoveKey:
		if err = CheckRemoveKey(s, c.AccessKey); err == nil {
			s.Keys = s.Keys.without(c.AccessKey)
		}
	case ChangePrepare:
		s.Map, err = s.Map.prepare(c.Targets)
	case ChangeCommit:
		s.Map, err = s.Map.commit(c.Version)
	case ChangeAbort:
		s.Map, err = s.Map.abort(c.Version)
	}
	return err
}

// place undoes what c, a change of a node, has done to the placement, if that
// has to be prepared first.
func (s *State) place(before *Map, c Change) (err error) {
	switch c.Kind {
	case ChangePutNode, ChangeRemoveNode, ChangeFlags:
	default:
		return nil
	}
	if c.Fence && s.Buckets.Version() > 0 {
		s.Map, err = s.Map.placedAs(before)
		return err
	}
	if before.pending != nil && s.Map.InForce().version != before.InForce().version {
		return errors.New("another change of the targets is under way")
	}
	return nil
}

func (s *State) putConfig(uuid string, changed *settings) {
	next := config.Cluster(*changed)
	next.UUID, next.Version = uuid, s.Config.Version+1
	s.Config = &next
}

func (s *State) removeBucket(c Change) (err error) {
	b, found := s.Buckets.Get(*c.Bucket)
	if found && c.BucketID != 0 && b.ID() != c.BucketID {
		return recreated("cluster.State.Apply", *c.Bucket)
	}
	s.Buckets, err = s.Buckets.WithoutBucket(*c.Bucket)
	return err
}
