package s3

import (
	"context"
	"errors"
	"net/http"

	"aistore/cluster"
	"aistore/errs"
	"aistore/store"
)

// deleteObject removes an object, or one of its versions. That there is none is as
// good.
func (c *call) deleteObject() error {
	id, err := c.version()
	if err != nil {
		return err
	}
	if id != "" && c.isPublic() {
		return refuse(codeAccessDenied)
	}
	conditions, err := c.conditions()
	if err != nil {
		return err
	}
	by, err := c.bypass()
	if err != nil {
		return err
	}
	done, err := c.remove(c.r.Context(), c.bucket, c.q.Object, store.DeleteOptions{Conditions: conditions, Version: id, Bypass: by})
	if err != nil {
		return c.conditional(err, conditions)
	}
	if done.Version != "" {
		c.w.Header().Set(headerVersion, done.Version)
	}
	if done.Marker {
		c.w.Header().Set(headerDeleteMarker, "true")
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// isPublic tells whether the request was not signed, and the bucket lets anybody in.
// That is not meant for what deletes versions for good.
func (c *call) isPublic() bool {
	p, ok := c.q.Proof.(*proof)
	return ok && p.public
}

// remove removes an object that this target owns, or one of its versions, and tells
// what was done. That there is none is as good. Without versions, "null" is the object.
func (d *Dialect) remove(ctx context.Context, b *cluster.Bucket, object string, o store.DeleteOptions) (store.Deletion, error) {
	o.MarkAbsent = keepsVersions(b)
	if o.Version == nullVersion && !o.MarkAbsent {
		o.Version = ""
	}
	done, err := d.options.Objects.Remove(ctx, store.Name{Bucket: b, Object: object}, o)
	if errors.Is(err, errs.NotFound) && errs.CodeOf(err) != errs.CodeBucketNotFound {
		return store.Deletion{Version: o.Version}, nil
	}
	return done, err
}
