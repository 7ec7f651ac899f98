package objects_test

import (
	"io"
	"slices"
	"strings"

	"aistore/ais/objects"
	"aistore/archive"
	"aistore/internal/checksum"
	"aistore/store"
)

// appendStep adds to what the handle stands for.
func appendStep(key, text string) crashStep {
	return crashStep{do: func(c *crashCase) error {
		handle, err := c.verbsOf(key).Append(c.Context(), c.name(key), c.handle, strings.NewReader(text), int64(len(text)))
		if err == nil {
			c.handle = handle
		}
		return err
	}}
}

// flushStep makes what was appended the object.
func flushStep(key, want string) crashStep {
	return crashStep{
		do: func(c *crashCase) error {
			_, err := c.verbsOf(key).Flush(c.Context(), c.name(key), c.handle, checksum.Sum{}, 0)
			return err
		},
		change: func(s contents) { s[key] = want },
	}
}

// abandonStep collects what nobody has gone on with.
func abandonStep() crashStep {
	return crashStep{do: func(c *crashCase) error {
		c.abandon = true
		defer func() { c.abandon = false }()
		for _, s := range c.stores {
			if err := s.Collect(c.Context()); err != nil {
				return err
			}
		}
		return nil
	}}
}

func appendStories() []crashStory {
	const key = "1/b/o"
	k := store.Pair{Key: "k", Value: "v"}
	one := []crashStep{putStep(key, "one", k)}
	return []crashStory{
		{name: "append to nothing", crashes: []crashStep{appendStep(key, "one"), appendStep(key, " two"), flushStep(key, "one two")}},
		{name: "append to an object", before: one, crashes: []crashStep{appendStep(key, " two"), appendStep(key, " three"), flushStep(key, "one two three|k=v")}},
		{name: "append nothing", before: one, crashes: []crashStep{appendStep(key, ""), flushStep(key, "one|k=v")}},
		{
			name: "append, and somebody writes", before: one,
			crashes: []crashStep{appendStep(key, " two"), putStep(key, "other"), flushStep(key, "one two|k=v"), deleteStep(key)},
		},
		{name: "append and abandon", before: []crashStep{putStep(key, "one", k), appendStep(key, " two"), appendStep(key, " three")}, crashes: []crashStep{abandonStep(), putStep(key, "other")}},
	}
}

// copyStep copies an object.
func copyStep(from, to string) crashStep {
	return crashStep{
		do: func(c *crashCase) error {
			_, err := c.verbsOf(from).Copy(c.Context(), c.name(from), c.name(to), objects.CopyOptions{})
			return err
		},
		change: func(s contents) { s[to] = s[from] },
	}
}

func copyStories() []crashStory {
	const from, to, across, away = "1/b/from", "1/b/to", "1/c/to", "2/b/to"
	k := store.Pair{Key: "k", Value: "v"}
	one := []crashStep{putStep(from, "one", k)}
	return []crashStory{
		{name: "copy", before: one, crashes: []crashStep{copyStep(from, to)}},
		{name: "copy over an object", before: []crashStep{putStep(from, "one", k), putStep(to, "two")}, crashes: []crashStep{copyStep(from, to), deleteStep(from)}},
		{name: "copy below itself", before: []crashStep{putStep("1/b/a", "one")}, crashes: []crashStep{copyStep("1/b/a", "1/b/a/b"), copyStep("1/b/a/b", "1/b/a/b/c")}},
		{name: "copy to another bucket", before: one, crashes: []crashStep{copyStep(from, across), copyStep(across, to)}},
		{name: "copy to another target", targets: 2, before: one, crashes: []crashStep{copyStep(from, away), copyStep(from, "2/c/to")}},
	}
}

// renameStep renames an object. A crash may leave both names, of one content.
func renameStep(from, to string) crashStep {
	return crashStep{
		do:     func(c *crashCase) error { return c.verbsOf(from).Rename(c.Context(), c.name(from), c.name(to)) },
		change: func(s contents) { s[to] = s[from]; delete(s, from) },
		middle: []func(s contents){func(s contents) { s[to] = s[from] }},
	}
}

func renameStories() []crashStory {
	const from, to = "1/b/from", "1/b/to"
	k := store.Pair{Key: "k", Value: "v"}
	return []crashStory{
		{name: "rename", before: []crashStep{putStep(from, "one", k)}, crashes: []crashStep{renameStep(from, to), renameStep(to, "1/b/d/e")}},
		{name: "rename over an object", before: []crashStep{putStep(from, "one", k), putStep(to, "two")}, crashes: []crashStep{renameStep(from, to)}},
		{name: "rename below itself", before: []crashStep{putStep("1/b/a", "one")}, crashes: []crashStep{renameStep("1/b/a", "1/b/a/b"), renameStep("1/b/a/b", "1/b/a")}},
		{name: "rename to another target", targets: 2, before: []crashStep{putStep(from, "one", k)}, crashes: []crashStep{renameStep(from, "2/b/to"), renameStep("2/b/to", from)}},
	}
}

// fileStep makes the file that is promoted; it is durable, as far as the story
// goes.
func fileStep(text string) crashStep {
	return crashStep{
		do: func(c *crashCase) error {
			disk := c.disks["target01"]
			if err := disk.Mkdir("/source"); err != nil {
				return err
			}
			f, err := disk.Create(sourcePath)
			if err != nil {
				return err
			}
			if _, err := io.WriteString(f, text); err != nil {
				return err
			}
			return f.Close()
		},
		change: func(s contents) { s[sourceFile] = text },
	}
}

// promoteStep makes an object of the file.
func promoteStep(key string, o objects.PromoteOptions) crashStep {
	stored := func(s contents) { s[key] = s[sourceFile] }
	step := crashStep{
		do: func(c *crashCase) error {
			_, err := c.verbs["target01"].PromoteFile(c.Context(), c.disks["target01"], sourcePath, c.name(key), o)
			return err
		},
		change: stored,
	}
	if o.DeleteSource {
		step.change = func(s contents) { stored(s); delete(s, sourceFile) }
		step.middle = []func(s contents){stored}
	}
	return step
}

func promoteStories() []crashStory {
	const key = "1/b/d/o"
	file := fileStep("one")
	over := objects.PromoteOptions{Overwrite: true}
	moved := objects.PromoteOptions{Overwrite: true, DeleteSource: true}
	return []crashStory{
		{name: "promote", before: []crashStep{file}, crashes: []crashStep{promoteStep(key, over), promoteStep("1/c/o", over)}},
		{name: "promote once", before: []crashStep{file}, crashes: []crashStep{promoteStep(key, objects.PromoteOptions{})}},
		{name: "promote over an object", before: []crashStep{file, putStep(key, "other")}, crashes: []crashStep{promoteStep(key, over)}},
		{name: "promote and delete", before: []crashStep{file}, crashes: []crashStep{promoteStep(key, moved)}},
		{name: "promote to another target", targets: 2, before: []crashStep{file}, crashes: []crashStep{promoteStep("2/b/o", over), promoteStep("2/c/o", moved)}},
	}
}

// memberStep puts a member into an archive.
func memberStep(key, path, text string, mode objects.MemberMode) crashStep {
	return crashStep{
		do: func(c *crashCase) error {
			_, err := c.archives["target0"+key[:1]].Put(c.Context(), c.name(key),
				objects.MemberPut{Path: path, Size: int64(len(text)), Mode: mode}, strings.NewReader(text), store.WriteOptions{})
			return err
		},
		change: func(s contents) {
			if mode == objects.MemberCreates {
				s[key] = ""
			}
			s[key] += path + "=" + text + " "
		},
	}
}

// members are the members of an archive, with their contents.
func (c *crashCase) members(key string) string {
	c.Helper()
	opened, err := c.archives["target0"+key[:1]].Open(c.Context(), c.name(key), "")
	c.must(err)
	defer opened.Close()
	var text strings.Builder
	_, err = opened.Selected(c.Context(), func(string) bool { return true }, func(m archive.Member, content io.Reader) error {
		body, err := io.ReadAll(content)
		text.WriteString(m.Name + "=" + string(body) + " ")
		return err
	})
	c.must(err)
	return text.String()
}

func memberStories() (all []crashStory) {
	const create, grow = objects.MemberCreates, objects.MemberAppendsOrCreates
	for _, format := range []string{"tar", "tar.gz", "tar.lz4"} {
		key := "1/b/s." + format
		all = append(all, crashStory{name: "members of " + format, crashes: []crashStep{
			memberStep(key, "a", "one", grow), memberStep(key, "d/b", "two", objects.MemberAppends), memberStep(key, "c", "three", create),
		}})
	}
	return slices.Clip(all)
}
