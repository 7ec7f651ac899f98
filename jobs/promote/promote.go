package promote

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"aistore/access"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/jsonx"
	"aistore/module"
	"aistore/store"
	"aistore/xaction"
)

// Name is the name of the module, and of its part of the paths between nodes.
const Name = "promote"

// callLook is the call that asks a target what it sees at a path.
const callLook = "look"

// Promote is the module.
type Promote struct{ host module.Host }

// Maker describes the module.
func Maker() module.Maker {
	return module.Maker{
		Name: Name,
		Make: func(h module.Host) (module.Module, error) { return &Promote{host: h}, nil },
		Specs: []xaction.Spec{{
			Kind: wire.ActionPromote, Display: "promote-files", Need: access.Promote,
			Args: func() any { return new(wire.Promotion) },
		}},
	}
}

// Name is the name of the module.
func (*Promote) Name() string { return Name }

// Jobs are the kinds of jobs that the module does.
func (p *Promote) Jobs() map[string]xaction.Work {
	return map[string]xaction.Work{wire.ActionPromote: {Check: p.check, Run: p.run}}
}

// PeerCalls offers what this target sees.
func (p *Promote) PeerCalls() map[string]module.PeerCall {
	return map[string]module.PeerCall{callLook: p.look}
}

// check refuses what no target may take.
func (p *Promote) check(_ context.Context, j *cluster.Job) error {
	var args wire.Promotion
	if err := jsonx.Unmarshal(j.Args, &args); err != nil {
		return errs.E("promote.Check", j.Kind, errs.Invalid, err)
	}
	return p.checkPath(args.Source)
}

func (p *Promote) checkPath(source string) error {
	refuse := func(why string) error {
		e := errs.E("promote", source, errs.Invalid, nil)
		e.Public = fmt.Sprintf("cannot promote %q: %s", source, why)
		return e
	}
	if !filepath.IsAbs(source) || filepath.Clean(source) != strings.TrimSuffix(source, "/") {
		return refuse("give an absolute path without . and ..")
	}
	resolved, err := filepath.EvalSymlinks(source)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // another target may see it
	}
	if err != nil {
		return refuse(err.Error())
	}
	for _, path := range []string{source, resolved} {
		if err := p.host.Foreign(path); err != nil {
			return err
		}
	}
	for _, system := range []string{"/proc", "/sys", "/dev"} {
		if inside(resolved, system) {
			return refuse("these are no files")
		}
	}
	return nil
}

// inside tells whether a path is a directory, or below it.
func inside(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/")
}

// absent is the error of a job for one target that did not take part, nil if it
// did.
func (p *Promote) absent(j *xaction.Job, target string) error {
	if _, known := p.host.State().Map.Node(target); known && !j.Has(target) {
		return j.Absence()
	}
	return nil
}

// run is the work of the job.
func (p *Promote) run(ctx context.Context, j *xaction.Job) error {
	var args wire.Promotion
	if err := j.Decode(&args); err != nil {
		return err
	}
	if args.Target != "" && args.Target != p.host.Node {
		return p.absent(j, args.Target)
	}
	if err := p.checkPath(args.Source); err != nil {
		return err
	}
	b, err := p.host.Source(j)
	if err != nil {
		return err
	}
	if err := j.Absence(); err != nil && args.Target == "" {
		j.Fail(err)
	}
	shared := false
	if args.Target == "" && !args.NotShared {
		if shared, err = p.isShared(ctx, j, b, &args); err != nil {
			return err
		}
	}
	var failed error
	names := func(yield func(string) bool) {
		for file, err := range files(ctx, args.Source, args.Recursive) {
			if err != nil {
				failed = err
				return
			}
			if !yield(file) {
				return
			}
		}
	}
	err = xaction.EachName(ctx, j, names, 0, func(ctx context.Context, file string) error {
		return p.one(ctx, j, b, file, &args, shared)
	})
	return errors.Join(err, failed)
}

// one makes an object of a file.
func (p *Promote) one(ctx context.Context, j *xaction.Job, b *cluster.Bucket, file string, args *wire.Promotion, shared bool) error {
	n := store.Name{Bucket: b, Object: objectName(file, args)}
	if err := wire.ValidateNewObjectName(n.Object); err != nil {
		j.Fail(err)
		return nil
	}
	if shared {
		if mine, err := p.host.Verbs.Owner(n); err != nil || !mine {
			return err
		}
	}
	read, err := p.put(ctx, j, n, file, args)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errs.Precondition):
		return nil // another target has taken it, or there is such an object
	case err != nil:
		if ctx.Err() != nil {
			return err
		}
		j.Fail(err)
		return nil
	}
	j.Did(read.Size())
	if args.DeleteSource {
		if err := remove(file, read); err != nil {
			j.Fail(err)
		}
	}
	return nil
}

// remove removes a file, unless it is not the one that was read any more.
func remove(file string, read os.FileInfo) error {
	now, err := os.Lstat(file)
	if err == nil && (!os.SameFile(now, read) || now.Size() != read.Size() || !now.ModTime().Equal(read.ModTime())) {
		e := errs.E("promote", file, errs.Conflict, nil)
		e.Public = file + " was changed while it was being stored: it is kept"
		return e
	}
	if err == nil {
		err = os.Remove(file)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errs.E("promote", file, errs.Internal, err)
	}
	return nil
}

// put stores the content of a file, and returns what it read.
func (p *Promote) put(ctx context.Context, j *xaction.Job, n store.Name, file string, args *wire.Promotion) (read os.FileInfo, err error) {
	err = module.Patiently(ctx, func() error {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		if read, err = f.Stat(); err != nil {
			return err
		}
		size := read.Size()
		o := module.PutOptions{Record: &store.Record{Size: size}, Job: j.ID, IfAbsent: !args.Overwrite}
		away, err := p.host.Verbs.Put(ctx, n, o, io.LimitReader(f, size))
		if err == nil && away {
			j.Sent(size)
		}
		return err
	})
	return read, err
}

// objectName is the name that a file gets: of a single file the one asked for, or
// its own below the directory asked for.
func objectName(file string, args *wire.Promotion) string {
	root := strings.TrimSuffix(args.Source, "/")
	rel, err := filepath.Rel(root, file)
	if err != nil || rel == "." {
		if args.Object != "" && !strings.HasSuffix(args.Object, "/") {
			return args.Object
		}
		return args.Object + filepath.Base(file)
	}
	if args.Object == "" {
		return rel
	}
	return strings.TrimSuffix(args.Object, "/") + "/" + rel
}

// files yields the regular files of a path: itself, or those in the directory,
// and with recursive those below it. Nothing if there is no such path.
func files(ctx context.Context, root string, recursive bool) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil
			case err != nil:
				return err
			case ctx.Err() != nil:
				return context.Cause(ctx)
			case d.IsDir() && path != root && !recursive:
				return fs.SkipDir
			case !d.Type().IsRegular():
				return nil
			case !yield(path, nil):
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield("", errs.E("promote", root, errs.Internal, err))
		}
	}
}

// view is what a target sees at a path.
type view struct {
	Digest string `json:"digest"` // of names and sizes; "" if there is nothing
}

// isShared asks all targets that take part what they see, and reports whether that
// is the same.
func (p *Promote) isShared(ctx context.Context, j *xaction.Job, b *cluster.Bucket, args *wire.Promotion) (bool, error) {
	const op = "promote.isShared"
	mine, err := viewOf(ctx, args)
	if err != nil || mine.Digest == "" {
		return false, err
	}
	body, err := jsonx.Marshal(args)
	if err != nil {
		return false, errs.E(op, args.Source, errs.Internal, err)
	}
	for _, node := range p.host.State().Map.Targets() {
		if node.ID == p.host.Node || !j.Has(node.ID) {
			continue
		}
		answer, err := p.host.Peers.Call(ctx, node, module.PeerAddress{Module: Name, Call: callLook, Bucket: b.Bucket}, body)
		if err != nil {
			return false, err
		}
		var theirs view
		if err := jsonx.Unmarshal(answer, &theirs); err != nil {
			return false, errs.E(op, node.ID, errs.Unavailable, err)
		}
		if theirs != mine {
			return false, nil
		}
	}
	return true, nil
}

// look answers with what this target sees.
func (p *Promote) look(ctx context.Context, _ *cluster.Bucket, body []byte) ([]byte, error) {
	const op = "promote.look"
	var args wire.Promotion
	if err := jsonx.Unmarshal(body, &args); err != nil {
		return nil, errs.E(op, "", errs.Invalid, err)
	}
	if err := p.checkPath(args.Source); err != nil {
		return nil, err
	}
	v, err := viewOf(ctx, &args)
	if err != nil {
		return nil, err
	}
	text, err := jsonx.Marshal(v)
	if err != nil {
		return nil, errs.E(op, args.Source, errs.Internal, err)
	}
	return text, nil
}

// viewOf makes the view of this target.
func viewOf(ctx context.Context, args *wire.Promotion) (view, error) {
	h, some := sha256.New(), false
	for file, err := range files(ctx, args.Source, args.Recursive) {
		if err != nil {
			return view{}, err
		}
		info, err := os.Lstat(file)
		if err != nil {
			continue // gone
		}
		some = true
		fmt.Fprintf(h, "%d %d %s\n", info.Size(), len(file), file)
	}
	if !some {
		return view{}, nil
	}
	return view{Digest: hex.EncodeToString(h.Sum(nil))}, nil
}
