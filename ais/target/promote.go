package target

import (
	"cmp"
	"errors"
	"net/http"
	"path"
	"strings"

	"aistore/ais/objects"
	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/fs"
	"aistore/internal/jsonx"
	"aistore/store"
)

// promote makes an object of a file that this target can read.
func (t *Target) promote(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest, a *wire.Action) error {
	b, err := t.verbs.Bucket(q.Bucket)
	if err != nil {
		return err
	}
	var p wire.Promotion
	if err := a.Decode(&p); err != nil {
		return err
	}
	p.Source = cmp.Or(p.Source, a.Name)
	if err := t.mayPromote(p.Source); err != nil {
		return err
	}
	files := t.core.Options.FS
	info, err := files.Lstat(p.Source)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrNotDir):
		return errs.E("target.promote", p.Source, errs.NotFound, err)
	case err != nil:
		return errs.E("target.promote", p.Source, fs.KindOf(err), err)
	case info.Dir:
		return t.promoteDirectory(w, r, b.Bucket, &p)
	}
	n := store.Name{Bucket: b, Object: PromotedName(p.Object, p.Source)}
	if err := wire.ValidateNewObjectName(n.Object); err != nil {
		return err
	}
	_, err = t.verbs.PromoteFile(r.Context(), files, p.Source, n, objects.PromoteOptions{Overwrite: p.Overwrite, DeleteSource: p.DeleteSource})
	return err
}

// promoteDirectory has the primary start a job for the files of a directory, and
// answers with its id.
func (t *Target) promoteDirectory(w http.ResponseWriter, r *http.Request, b wire.Bucket, p *wire.Promotion) error {
	args, err := jsonx.Marshal(p)
	if err != nil {
		return errs.E("target.promote", p.Source, errs.Internal, err)
	}
	leader := t.applied.Load().Map.Primary()
	if leader == nil {
		return errs.E("target.promote", p.Source, errs.Unavailable, errors.New("there is no primary now"))
	}
	id, err := t.core.Peers.StartJob(r.Context(), leader, &primary.StartJobMessage{Kind: wire.ActionPromote, Bucket: &b, Args: args})
	if err != nil {
		return err
	}
	return rest.Text(w, id)
}

// PromotedName returns the name of the object that a file becomes: object, with
// the name of the file if that is empty or ends in a slash.
func PromotedName(object, source string) string {
	if object == "" || strings.HasSuffix(object, "/") {
		return object + path.Base(source)
	}
	return object
}

// mayPromote refuses what is on a mountpath, or in the node's own directory:
// what is there is not the user's to copy.
func (t *Target) mayPromote(source string) error {
	ours := []string{t.core.Config.ConfDir}
	for _, mount := range t.mounts.Available() {
		ours = append(ours, mount.Root())
	}
	for _, dir := range ours {
		if dir != "" && (source == dir || strings.HasPrefix(source, dir+"/")) {
			return errs.E("target.promote", source, errs.Forbidden, errors.New("it is a directory of the node's own"))
		}
	}
	return nil
}
