package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"aistore/api/wire"
	"aistore/errs"
)

// MemberOptions names members of an object that is an archive: tar, tar.gz,
// tar.lz4 or zip.
type MemberOptions struct {
	Path    string // of one member
	Pattern string // selects members by Match, instead of Path
	Match   string // one of wire.Match…; "" with a Pattern is wire.MatchRegexp
	Format  string // of the archive, as ".tar" or a media type; "" lets its name and content say it
}

// query returns the parameters for o.
func (o MemberOptions) query() string {
	query := ""
	for _, p := range []struct{ name, value string }{
		{wire.QueryArchivePath, o.Path}, {wire.QueryArchiveRegex, o.Pattern},
		{wire.QueryArchiveMode, o.Match}, {wire.QueryArchiveMime, o.Format},
	} {
		if p.value != "" {
			query += "&" + p.name + "=" + url.QueryEscape(p.value)
		}
	}
	return query
}

var (
	errWhichMember = errors.New("name either the path of a member, or a pattern or a way to match")
	errMemberSize  = errors.New("a member is put with its size, and has at least one byte: give the size, or a file")
)

func (o MemberOptions) check() error {
	if several := o.Pattern != "" || o.Match != ""; several == (o.Path != "") {
		return errs.E("member", "", errs.Invalid, errWhichMember)
	}
	return nil
}

// GetMember opens a member of an archive for reading, or, with a pattern, a tar
// of all members that match, in the order of the archive; its length is not known.
// There is no checksum, and a broken connection is not resumed. The caller closes
// the Reader.
// Errors: NotFound (bucket, object, member, or nothing matches), Invalid (the
// object is no archive or a bad one), TooLarge, Unsupported, and those of Get.
func (c *Client) GetMember(ctx context.Context, b wire.Bucket, name string, o MemberOptions) (*Reader, error) {
	r, err := objectCall("api.GetMember", http.MethodGet, b, name)
	if err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, r.wrap(err)
	}
	r.query += o.query()
	return c.open(ctx, r, GetOptions{SkipVerify: true})
}

// HeadMember returns the size of a member of an archive, and version and access
// time of the archive. Errors: those of GetMember.
func (c *Client) HeadMember(ctx context.Context, b wire.Bucket, name string, o MemberOptions) (Object, error) {
	r, err := objectCall("api.HeadMember", http.MethodHead, b, name)
	if err != nil {
		return Object{}, err
	}
	if err := o.check(); err != nil {
		return Object{}, r.wrap(err)
	}
	r.query += o.query()
	var found Object
	err = c.control(ctx, r, func(resp *http.Response) error {
		found, err = objectOf(resp)
		return err
	})
	return found, err
}
