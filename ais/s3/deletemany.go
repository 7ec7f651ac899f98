package s3

import (
	"context"
	"encoding/xml"
	"errors"
	"net"
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
	Key     string       `xml:"Key" json:"key"`
	Version string       `xml:"VersionId" json:"version,omitempty"`
	ETag    *string      `xml:"ETag" json:"etag,omitempty"`
	Bypass  store.Bypass `xml:"-" json:"bypass,omitempty"`

	Modified *string `xml:"LastModifiedTime" json:"-"` // conditions that are not kept
	Size     *string `xml:"Size" json:"-"`

	Done store.Deletion `xml:"-" json:"done"`

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
	by, err := c.bypass()
	if err != nil {
		return err
	}
	for i := range all.Objects {
		one := &all.Objects[i]
		one.Bypass = by
		if one.Version != "" && c.isPublic() {
			one.fail(codeAccessDenied, refuse(codeAccessDenied))
		}
	}
	c.deleteAtOwners(all.Objects)
	m := newMarkup(4 << 10)
	m.root("DeleteResult")
	for _, one := range all.Objects {
		switch {
		case one.Code != "":
			m.open("Error")
			m.text("Key", one.Key)
			m.some("VersionId", one.Version)
			m.text("Code", one.Code)
			m.text("Message", one.Message)
			m.close("Error")
		case !all.Quiet:
			one.write(m)
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
		if one.Code != "" {
			continue
		}
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
	if d.Modified != nil || d.Size != nil {
		return refuseWith(codeNotImplemented, "Of a deletion ETag is the only condition: leave out LastModifiedTime and Size.")
	}
	return nil
}

// write tells what was deleted: a version that was named, or the object, of which a
// delete marker tells then.
func (d *deletion) write(m *markup) {
	m.open("Deleted")
	m.text("Key", d.Key)
	m.some("VersionId", d.Version)
	if d.Done.Marker {
		m.claim("DeleteMarker", true)
		m.text("DeleteMarkerVersionId", d.Done.Version)
	}
	m.close("Deleted")
}

func (d *deletion) fail(code string, err error) { d.Code, d.Message = code, sentenceOf(code, err) }

// deleteShare has one owner delete what it owns.
func (c *call) deleteShare(node *wire.Node, share []*deletion) {
	var done []deletion
	err := c.ask(c.r.Context(), node, callDelete, share, &done)
	if err == nil && len(done) != len(share) {
		err = errs.E("s3.delete", node.ID, errs.Unavailable, nil)
	}
	if err != nil && mayBeMade(err) {
		err = refuse(codeInternal)
	}
	for i, one := range share {
		if err != nil {
			one.fail(codeOf(err), err)
			continue
		}
		one.Code, one.Message, one.Done = done[i].Code, done[i].Message, done[i].Done
	}
}

// mayBeMade tells whether a change may have been made although the node that was
// asked for it gave this error: the request may have reached it.
func mayBeMade(err error) bool {
	var dialed *net.OpError
	return errors.Is(err, errs.Unavailable) && errs.CodeOf(err) == "" && !(errors.As(err, &dialed) && dialed.Op == "dial")
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
	o := store.DeleteOptions{Version: one.Version, Bypass: one.Bypass}
	if one.ETag != nil {
		o.Conditions.IfMatch = matchTags([]string{*one.ETag})
	}
	var err error
	one.Done, err = d.remove(ctx, b, one.Key, o)
	return err
}
