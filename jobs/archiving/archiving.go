package archiving

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path"
	"slices"
	"time"

	"aistore/access"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/jsonx"
	"aistore/internal/run"
	"aistore/module"
	"aistore/store"
	"aistore/xaction"
)

// Name is the name of the module, and of its part of the paths between nodes.
const Name = "archiving"

// callNames is the call that asks a target for names that it holds.
const callNames = "names"

// namesPerCall is how many names a target answers at a time.
const namesPerCall = 10000

// Archiving is the module.
type Archiving struct{ host module.Host }

// Maker describes the module.
func Maker() module.Maker {
	return module.Maker{
		Name: Name,
		Make: func(h module.Host) (module.Module, error) { return &Archiving{host: h}, nil },
		Specs: []xaction.Spec{{
			Kind: wire.ActionArchive, Method: http.MethodPut,
			Need: access.GetObject, NeedTo: access.PutObject,
			Args: func() any { return new(wire.ArchiveObjects) }, Destination: xaction.MadeDestination, NeedsAll: true,
		}},
	}
}

// Name is the name of the module.
func (*Archiving) Name() string { return Name }

// Jobs are the kinds of jobs that the module does.
func (a *Archiving) Jobs() map[string]xaction.Work {
	return map[string]xaction.Work{wire.ActionArchive: {Run: a.archive}}
}

// PeerCalls offers the names that this target holds.
func (a *Archiving) PeerCalls() map[string]module.PeerCall {
	return map[string]module.PeerCall{callNames: a.names}
}

// archive is the work of the job: of all targets only the owner of the archive
// has something to do.
func (a *Archiving) archive(ctx context.Context, j *xaction.Job) error {
	var args wire.ArchiveObjects
	if err := j.Decode(&args); err != nil {
		return err
	}
	source, err := a.host.Source(j)
	if err != nil {
		return err
	}
	to, err := a.host.Destination(j)
	if err != nil {
		return err
	}
	n := store.Name{Bucket: to, Object: args.Name}
	if mine, err := a.host.Verbs.Owner(n); err != nil || !mine {
		return err
	}
	names, err := a.selected(ctx, source, &args.Selector)
	if err != nil {
		return err
	}
	j.Restart()
	j.Expect(int64(len(names)), -1)
	w := module.ArchiveWrite{Append: args.Append, MIME: args.Mime}
	return a.host.Verbs.WriteArchive(ctx, n, w, func(ctx context.Context, add module.AddMember) error {
		for _, name := range names {
			if err := a.addOne(ctx, j, store.Name{Bucket: source, Object: name}, &args, add); err != nil {
				return err
			}
		}
		return nil
	})
}

// addOne adds one object to the archive. One that does not exist is left out if
// the job is to go on.
func (a *Archiving) addOne(ctx context.Context, j *xaction.Job, n store.Name, args *wire.ArchiveObjects, add module.AddMember) error {
	began := time.Now()
	var object *store.Object
	var body io.ReadCloser
	err := module.Patiently(ctx, func() (err error) {
		object, body, err = a.host.Verbs.Open(ctx, n)
		return err
	})
	if err != nil {
		if (args.Continue || args.SkipMissing) && errors.Is(err, errs.NotFound) {
			return nil
		}
		if args.Continue && ctx.Err() == nil {
			j.Fail(err)
			return nil
		}
		return err
	}
	defer body.Close()
	if err := add(memberName(n, args), object.Size, object.Modified, body); err != nil {
		return err
	}
	j.Did(object.Size)
	return j.Pause(ctx, time.Since(began))
}

// memberName is the name that an object has in the archive.
func memberName(n store.Name, args *wire.ArchiveObjects) string {
	name := n.Object
	if args.BaseNameOnly {
		name = path.Base(name)
	}
	if args.InBucketName {
		name = n.Bucket.Name + "/" + name
	}
	return name
}

// selected returns the names of the objects, in order.
func (a *Archiving) selected(ctx context.Context, b *cluster.Bucket, s *wire.Selector) ([]string, error) {
	most := a.host.Config.Get().Limits.ArchiveMembers
	var names []string
	if s.Listed() {
		for name := range s.All() {
			if len(names) == most {
				return nil, tooMany(b)
			}
			names = append(names, name)
		}
		return names, nil
	}
	m := a.host.State().Map
	targets := slices.DeleteFunc(slices.Clone(m.Targets()), func(n *wire.Node) bool { return n.Has(wire.NodeDown) && !m.MayHold(n.ID) })
	held := make([][]string, len(targets))
	index := make([]int, len(targets))
	for i := range index {
		index[i] = i
	}
	err := run.Each(ctx, len(targets), index, func(ctx context.Context, i int) (err error) {
		held[i], err = a.heldBy(ctx, targets[i], b, s.Prefix(), most)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, list := range held {
		names = append(names, list...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	names = slices.DeleteFunc(names, func(name string) bool { return !s.Takes(name) })
	if len(names) > most {
		return nil, tooMany(b)
	}
	return names, nil
}

func tooMany(b *cluster.Bucket) error {
	e := errs.E("archiving.select", b.String(), errs.TooLarge, nil)
	e.Public = "these are too many objects for one archive (limits.max_archive_members): choose fewer"
	return e
}

// namesRequest asks for names that a target holds.
type namesRequest struct {
	Prefix string `json:"prefix"`
	After  string `json:"after"`
}

// namesReply are names in order. Bytes are kept as they are: names need not be
// UTF-8.
type namesReply struct {
	Names [][]byte `json:"names"`
	More  bool     `json:"more"`
}

// heldBy asks a target for the names that it holds.
func (a *Archiving) heldBy(ctx context.Context, node *wire.Node, b *cluster.Bucket, prefix string, most int) ([]string, error) {
	const op = "archiving.heldBy"
	request := namesRequest{Prefix: prefix}
	var names []string
	for {
		body, err := jsonx.Marshal(request)
		if err != nil {
			return nil, errs.E(op, node.ID, errs.Internal, err)
		}
		answer, err := a.host.Peers.Call(ctx, node, module.PeerAddress{Module: Name, Call: callNames, Bucket: b.Bucket}, body)
		if err != nil {
			return nil, err
		}
		var reply namesReply
		if err := jsonx.Unmarshal(answer, &reply); err != nil {
			return nil, errs.E(op, node.ID, errs.Unavailable, err)
		}
		for _, name := range reply.Names {
			names = append(names, string(name))
		}
		if !reply.More {
			return names, nil
		}
		if len(names) > most {
			return nil, tooMany(b)
		}
		request.After = names[len(names)-1]
	}
}

// names answers with names that this target holds.
func (a *Archiving) names(ctx context.Context, b *cluster.Bucket, body []byte) ([]byte, error) {
	const op = "archiving.names"
	var request namesRequest
	if err := jsonx.Unmarshal(body, &request); err != nil {
		return nil, errs.E(op, b.String(), errs.Invalid, err)
	}
	w, err := a.host.Objects.Walk(ctx, b, store.WalkOptions{Prefix: request.Prefix, After: request.After})
	if err != nil {
		return nil, err
	}
	defer w.Close()
	var reply namesReply
	for e, ok := w.Next(ctx); ok; e, ok = w.Next(ctx) {
		if e.Problem != nil {
			continue
		}
		if reply.More = len(reply.Names) == namesPerCall; reply.More {
			break
		}
		reply.Names = append(reply.Names, []byte(e.Name))
	}
	if err := w.Err(); err != nil {
		return nil, err
	}
	text, err := jsonx.Marshal(reply)
	if err != nil {
		return nil, errs.E(op, b.String(), errs.Internal, err)
	}
	return text, nil
}
