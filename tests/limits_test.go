package tests

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/units"
)

func TestObjectsBeyondTheLimit(t *testing.T) {
	t.Parallel()
	const limit = 100 << 10
	c := aistest.Start(t, aistest.Options{Configure: func(f *config.File) { f.Limits.ObjectSize = units.Size(limit) }})
	b := c.NewBucket(nil)
	put(t, c, b, "o", 1, limit)
	target := c.Target(0).URL()
	for _, length := range []int{limit + 1, 3 << 20} {
		body := strings.Repeat("x", length)
		chunked := fmt.Sprintf("PUT %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", objectPath(b, "o"), length, body)
		for _, text := range []string{putHeader(b, "o", length) + body, chunked} {
			d := talk(t, c, target)
			_, _ = d.Write([]byte(text)) // it may be refused before it has all been sent
			a := d.hear(http.MethodPut)
			check.Equal(t, a.status, http.StatusRequestEntityTooLarge)
			check.Equal(t, a.fault(t).Message, "an object has at most 102400 bytes (limits.max_object)")
		}
	}
	quiet(t, c, b)
	check.Equal(t, get(t, c, b, "o"), 1)
}

func TestUserMetadata(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	b := c.NewBucket(nil)
	// From what fits beside the record to what does not fit into any attribute.
	pairs := map[string]map[string]string{
		"none":  nil,
		"few":   {"color": "blue", "empty": "", "equals": "a=b=c", "text": "ü ☃"},
		"many":  {},
		"large": {"value": strings.Repeat("v", 30<<10)},
	}
	for i := range 300 {
		pairs["many"][fmt.Sprintf("key-%d", i)] = strings.Repeat("v", i%20)
	}
	for name, custom := range pairs {
		_, err := c.Client().PutBytes(t.Context(), b, name, payload(name, 1, 100), api.PutOptions{Custom: custom})
		check.NoError(t, err)
	}
	for range 2 {
		for name, custom := range pairs {
			check.Equal(t, get(t, c, b, name), 1)
			head, err := c.Client().Head(t.Context(), b, name)
			check.NoError(t, err)
			check.Equal(t, head.Custom, custom)
		}
		c.Kill(c.Target(0))
		c.Restart(c.Target(0))
	}
	for name := range pairs { // overwritten, they have none
		put(t, c, b, name, 2, 100)
		head, err := c.Client().Head(t.Context(), b, name)
		check.NoError(t, err)
		check.Equal(t, len(head.Custom), 0)
	}
	check.Equal(t, len(c.Leftovers(b, "sp")), 0)
}

func TestUserMetadataBeyondTheLimit(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Configure: func(f *config.File) { f.Limits.CustomMetadata = 2 * units.KiB }})
	b := c.NewBucket(nil)
	_, err := c.Client().PutBytes(t.Context(), b, "o", nil, api.PutOptions{Custom: map[string]string{"k": strings.Repeat("v", 2046)}})
	check.NoError(t, err)
	_, err = c.Client().PutBytes(t.Context(), b, "o", nil, api.PutOptions{Custom: map[string]string{"k": strings.Repeat("v", 2047)}})
	check.ErrorIs(t, err, errs.TooLarge)
	check.Equal(t, errs.PublicOf(err), "the user metadata has 2049 bytes, at most 2048 are allowed (limits.max_custom_metadata)")
	for _, line := range []string{"novalue", "=nokey", ""} {
		a := do(t, c, request{method: http.MethodPut, path: objectPath(b, "o"), header: http.Header{wire.HeaderCustom: {line}}})
		check.Equal(t, a.status, http.StatusBadRequest)
		check.Equal(t, a.fault(t).Message, fmt.Sprintf("%s takes one key=value pair a line, got %q", wire.HeaderCustom, line))
	}
	head, err := c.Client().Head(t.Context(), b, "o")
	check.NoError(t, err)
	check.Equal(t, head.Version, "1")
}
