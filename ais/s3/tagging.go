package s3

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"aistore/store"
)

// Bounds of the tags of an object.
const (
	maxTags     = 10
	maxTagKey   = 128 // characters
	maxTagValue = 256 // characters
)

// tagging is the document of tags.
type tagging struct {
	XMLName xml.Name `xml:"Tagging"`
	Set     struct {
		Tags []tag `xml:"Tag"`
	} `xml:"TagSet"`
}

type tag struct {
	Key   string `xml:"Key"`
	Value string `xml:"Value"`
}

// parseTagging reads the header x-amz-tagging, which is like a query. Errors:
// Invalid.
func parseTagging(text string) ([]store.Pair, error) {
	invalid := refuseWith(codeInvalidArgument, "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.")
	var tags []store.Pair
	for one := range strings.SplitSeq(text, "&") {
		if one == "" {
			continue
		}
		key, value, _ := strings.Cut(one, "=")
		key, err := url.QueryUnescape(key)
		if err != nil {
			return nil, invalid
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return nil, invalid
		}
		if _, twice := store.Lookup(tags, key); twice {
			return nil, invalid
		}
		tags = append(tags, store.Pair{Key: key, Value: value})
	}
	return tags, checkTags(tags, maxTags)
}

// parseTags reads the document of at most that many tags. Errors: Invalid.
func parseTags(text []byte, most int) ([]store.Pair, error) {
	var document tagging
	if err := parse(text, &document); err != nil {
		return nil, err
	}
	var tags []store.Pair
	for _, one := range document.Set.Tags {
		if _, twice := store.Lookup(tags, one.Key); twice {
			return nil, refuseWith(codeInvalidTag, "Cannot provide multiple Tags with the same key")
		}
		tags = append(tags, store.Pair{Key: one.Key, Value: one.Value})
	}
	return tags, checkTags(tags, most)
}

// checkTags refuses tags that are too many, or too long.
func checkTags(tags []store.Pair, most int) error {
	if len(tags) > most {
		return refuseWith(codeBadRequest, "Tags cannot be more than "+strconv.Itoa(most))
	}
	for _, t := range tags {
		switch {
		case !utf8.ValidString(t.Key) || !utf8.ValidString(t.Value):
			return refuse(codeInvalidTag)
		case t.Key == "" || utf8.RuneCountInString(t.Key) > maxTagKey:
			return refuseWith(codeInvalidTag, "The TagKey you have provided is invalid")
		case utf8.RuneCountInString(t.Value) > maxTagValue:
			return refuseWith(codeInvalidTag, "The TagValue you have provided is invalid")
		}
	}
	return nil
}

// getTagging answers with the tags of an object.
func (c *call) getTagging() error {
	o, err := c.described()
	if err != nil {
		return err
	}
	c.setVersion(o)
	return c.writeTags(o.Tags)
}

func (c *call) writeTags(tags []store.Pair) error {
	m := newMarkup(1 << 10)
	m.root("Tagging")
	m.open("TagSet")
	for _, t := range tags {
		m.open("Tag")
		m.text("Key", t.Key)
		m.text("Value", t.Value)
		m.close("Tag")
	}
	m.close("TagSet")
	m.close("Tagging")
	return m.answer(c.w, http.StatusOK)
}

// putTagging replaces the tags of an object.
func (c *call) putTagging() error {
	text, err := c.text(maxConfiguration)
	if err != nil {
		return err
	}
	tags, err := parseTags(text, maxTags)
	if err != nil {
		return err
	}
	return c.setTags(tags)
}

// deleteTagging takes the tags of an object away.
func (c *call) deleteTagging() error {
	if err := c.setTags(nil); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

func (c *call) setTags(tags []store.Pair) error {
	return c.update(store.BypassNothing, func(r *store.Record) error {
		r.Tags = slices.Clone(tags)
		return nil
	})
}
