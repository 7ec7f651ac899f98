package tests

import (
	"bytes"
	"maps"
	"slices"

	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

// pieces cuts the content of the next write of a name into some pieces. Some
// contents are so large that they stay in chunks.
func (m *model) pieces(s *shelf, name string) (content []byte, pieces [][]byte) {
	s.writes++
	size := m.size()
	if m.random.IntN(10) == 0 {
		size = 4<<20 + m.random.IntN(1<<20)
	}
	content = payload(name, s.writes, size)
	for rest := content; len(rest) > 0; {
		n := 1 + m.random.IntN(len(rest))
		pieces, rest = append(pieces, rest[:n]), rest[n:]
	}
	return content, pieces
}

// written notes a write of a name.
func (s *shelf) written(name string, now stored) {
	now.version = s.objects[name].version + 1
	s.objects[name] = now
	delete(s.gone, name)
}

// maybeRestart restarts some nodes now and then, in the middle of things.
func (m *model) maybeRestart() {
	if m.random.IntN(20) == 0 {
		m.restart()
	}
}

// upload makes an object of parts, sent in any order and some of them twice, or
// gives it up.
func (m *model) upload(s *shelf) {
	name, client, ctx := m.name(), m.c.Client(), m.t.Context()
	content, pieces := m.pieces(s, name)
	u, err := client.CreateUpload(ctx, s.bucket, name, map[string]string{"k": "uploaded"})
	check.NoError(m.t, err)
	parts := map[int]wire.CompletedPart{}
	for _, i := range m.random.Perm(len(pieces)) {
		if m.random.IntN(4) == 0 {
			_, err := client.PutPart(ctx, u, i+1, bytes.NewReader([]byte("wrong")), api.PutOptions{})
			check.NoError(m.t, err)
		}
		parts[i+1], err = client.PutPart(ctx, u, i+1, bytes.NewReader(pieces[i]), api.PutOptions{Compute: "md5"})
		check.NoError(m.t, err)
		m.maybeRestart()
	}
	if m.random.IntN(5) == 0 {
		check.NoError(m.t, client.AbortUpload(ctx, u))
		check.ErrorIs(m.t, client.CompleteUpload(ctx, u, slices.Collect(maps.Values(parts))), errs.NotFound)
		return
	}
	for range 2 { // and once more, as who has not heard the answer
		check.NoError(m.t, client.CompleteUpload(ctx, u, slices.Collect(maps.Values(parts))))
		m.maybeRestart()
	}
	s.written(name, stored{write: s.writes, size: len(content), custom: "uploaded"})
}

// append makes an object of appends; what there was goes first.
func (m *model) append(s *shelf) {
	name, client, ctx := m.name(), m.c.Client(), m.t.Context()
	if _, there := s.objects[name]; there {
		s.remove(m.t, m.c, name) // contents are not made to be continued
	}
	content, pieces := m.pieces(s, name)
	handle := ""
	for _, piece := range pieces {
		next, err := client.Append(ctx, s.bucket, name, handle, bytes.NewReader(piece), int64(len(piece)))
		check.NoError(m.t, err)
		if handle != "" && m.random.IntN(4) == 0 { // the answer was lost
			again, err := client.Append(ctx, s.bucket, name, handle, bytes.NewReader(piece), int64(len(piece)))
			check.NoError(m.t, err)
			check.Equal(m.t, again, next)
		}
		handle = next
		m.maybeRestart()
	}
	missing(m.t, m.c, s.bucket, name)
	check.NoError(m.t, client.Flush(ctx, s.bucket, name, handle))
	s.written(name, stored{write: s.writes, size: len(content)})
}

// copy makes an object of another, in the same bucket or another one.
func (m *model) copy(from, to *shelf) {
	source, name := m.name(), m.name()
	if from == to && source == name {
		return
	}
	err := m.c.Client().Copy(m.t.Context(), from.bucket, source, to.bucket, name)
	was, there := from.objects[source]
	if !there {
		check.ErrorIs(m.t, err, errs.NotFound)
		return
	}
	check.NoError(m.t, err)
	if was.origin == "" {
		was.origin = source
	}
	to.written(name, was)
}

func (m *model) rename(s *shelf) {
	source, name := m.name(), m.name()
	if source == name {
		return
	}
	err := m.c.Client().Rename(m.t.Context(), s.bucket, source, name)
	was, there := s.objects[source]
	if !there {
		check.ErrorIs(m.t, err, errs.NotFound)
		return
	}
	check.NoError(m.t, err)
	if was.origin == "" {
		was.origin = source
	}
	s.written(name, was)
	delete(s.objects, source)
	s.gone[source] = true
}

func (m *model) setCustom(s *shelf) {
	name := m.name()
	value := []string{"x", "longer"}[m.random.IntN(2)]
	err := m.c.Client().SetCustom(m.t.Context(), s.bucket, name, map[string]string{"k": value})
	now, there := s.objects[name]
	if !there {
		check.ErrorIs(m.t, err, errs.NotFound)
		return
	}
	check.NoError(m.t, err)
	now.custom = value
	s.objects[name] = now
}
