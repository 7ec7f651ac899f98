package s3

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/run"
	"aistore/store"
)

// Bounds of one request that deletes many objects.
const (
	maxDeletions     = 1000
	maxDeletionBytes = 4 << 20
	deletionsAtOnce  = 16
)

// deletions is the document of a request that deletes many objects.
type deletions struct {
	XMLName xml.Name   `xml:"Delete"`
	Quiet   bool       `xml:"Quiet"`
	Objects []deletion `xml:"Object"`
}

// deletion is one object to delete, and what has become of that.
type deletion struct {
	Key     string  `xml:"Key" json:"key"`
	Version *string `xml:"VersionId" json:"-"`
	ETag    *string `xml:"ETag" json:"etag,omitempty"`

	Modified *string `xml:"LastModifiedTime" json:"-"` // conditions that are not kept
	Size     *string `xml:"Size" json:"-"`

	Code    string `xml:"-" json:"code,omitempty"` // of the API; "" is deleted
	Message string `xml:"-" json:"message,omitempty"`
}

// parseDeletions reads the document. Errors: Invalid.
func parseDeletions(text []byte) (*deletions, error) {
	all := &deletions{}
	if err := parse(text, all); err != nil {
		return nil, err
	}
	if len(all.Objects) == 0 || len(all.Objects) > maxDeletions {
		return nil, refuse(codeMalformedXML)
	}
	return all, nil
}

// deleteObjects deletes many objects, each at its owner, and answers what has
// become of each.
func (c *call) deleteObjects() error {
	text, err := c.text(maxDeletionBytes)
	if err != nil {
		return err
	}
	all, err := parseDeletions(text)
	if err != nil {
		return err
	}
	c.deleteAtOwners(all.Objects)
	m := newMarkup(4 << 10)
	m.root("DeleteResult")
	for _, one := range all.Objects {
		switch {
		case one.Code != "":
			m.open("Error")
			m.text("Key", one.Key)
			m.text("Code", one.Code)
			m.text("Message", one.Message)
			m.close("Error")
		case !all.Quiet:
			m.open("Deleted")
			m.text("Key", one.Key)
			m.close("Deleted")
		}
	}
	m.close("DeleteResult")
	return m.answer(c.w, http.StatusOK)
}

// deleteAtOwners has each owner delete what it owns.
func (c *call) deleteAtOwners(all []deletion) {
	state := c.options.State()
	shares := map[string][]*deletion{}
	for i := range all {
		one := &all[i]
		if err := one.check(); err != nil {
			one.fail(codeOf(err), err)
			continue
		}
		owner, err := state.Map.Owner(digestOf(c.bucket.Bucket, one.Key))
		if err != nil {
			one.fail(codeUnavailable, err)
			continue
		}
		shares[owner.ID] = append(shares[owner.ID], one)
	}
	var group run.Group
	for id, share := range shares {
		node, _ := state.Map.Node(id)
		group.Go(func() { c.deleteShare(node, share) })
	}
	group.Wait()
}

// check refuses a deletion that cannot be.
func (d *deletion) check() error {
	if err := wire.ValidateObjectName(d.Key); err != nil {
		return err
	}
	if d.Version != nil && *d.Version != "" && *d.Version != "null" {
		return refuse(codeNoSuchVersion)
	}
	if d.Modified != nil || d.Size != nil {
		return refuseWith(codeNotImplemented, "Of a deletion ETag is the only condition: leave out LastModifiedTime and Size.")
	}
	return nil
}

func (d *deletion) fail(code string, err error) { d.Code, d.Message = code, sentenceOf(code, err) }

// deleteShare has one owner delete what it owns.
func (c *call) deleteShare(node *wire.Node, share []*deletion) {
	var done []deletion
	err := c.ask(c.r.Context(), node, callDelete, share, &done)
	if err == nil && len(done) != len(share) {
		err = errs.E("s3.delete", node.ID, errs.Unavailable, nil)
	}
	for i, one := range share {
		if err != nil {
			one.fail(codeOf(err), err)
			continue
		}
		one.Code, one.Message = done[i].Code, done[i].Message
	}
}

// deleteHere deletes objects that this target owns.
func (d *Dialect) deleteHere(ctx context.Context, b *cluster.Bucket, body []byte) ([]byte, error) {
	return answerOf(b, body, func(share *[]deletion) ([]deletion, error) {
		if len(*share) > maxDeletions {
			return nil, errs.E("s3.deleteHere", b.String(), errs.TooLarge, nil)
		}
		items := make([]*deletion, len(*share))
		for i := range *share {
			items[i] = &(*share)[i]
		}
		err := run.Each(ctx, deletionsAtOnce, items, func(ctx context.Context, one *deletion) error {
			if err := d.deleteOne(ctx, b, one); err != nil {
				one.fail(codeOf(err), err)
			}
			return nil
		})
		return *share, err
	})
}

// deleteOne deletes an object that this target owns. That there is none is as good.
func (d *Dialect) deleteOne(ctx context.Context, b *cluster.Bucket, one *deletion) error {
	if err := one.check(); err != nil {
		return err
	}
	o := store.DeleteOptions{}
	if one.ETag != nil {
		o.Conditions.IfMatch = matchTags([]string{*one.ETag})
	}
	err := d.options.Objects.Delete(ctx, store.Name{Bucket: b, Object: one.Key}, o)
	if errors.Is(err, errs.NotFound) {
		return nil
	}
	return err
}
