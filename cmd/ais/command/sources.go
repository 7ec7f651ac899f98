package command

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"aistore/api/wire"
	"aistore/errs"
)

// maxFiles bounds what a template on the command line may stand for.
const maxFiles = 10_000_000

// sources is what a put is to store.
type sources struct {
	files []source
	many  bool // named as a set, even if there is only one file in it
}

// source is one file.
type source struct {
	path string
	name string // of the object, below what the destination says
	size int64
}

// findSources finds the files that arguments stand for: files, directories
// with what is in them, and templates with braces.
// Errors: NotFound, Forbidden, Invalid (not a file, two of one name).
func findSources(args []string, recursive bool) (sources, error) {
	found := sources{many: len(args) > 1}
	for _, arg := range args {
		if err := found.add(arg, recursive); err != nil {
			return found, err
		}
	}
	if len(found.files) == 0 {
		return found, nothingIn(args)
	}
	return found, found.checkNames()
}

func (s *sources) add(arg string, recursive bool) error {
	info, err := os.Stat(arg)
	t := wire.ParseTemplate(arg)
	switch {
	case err != nil && t.HasBraces():
		s.many = true
		return s.addTemplate(t)
	case err != nil:
		return fileError(arg, err)
	case info.IsDir():
		s.many = true
		return s.addDirectory(arg, recursive)
	case !info.Mode().IsRegular():
		e := errs.E("put", arg, errs.Invalid, nil)
		e.Public = arg + " is not a regular file"
		return e
	}
	s.files = append(s.files, source{arg, filepath.Base(arg), info.Size()})
	return nil
}

// addTemplate adds every file of a template. Objects are named from the last
// directory that all of them are in.
func (s *sources) addTemplate(t wire.Template) error {
	if t.Count() > maxFiles {
		e := errs.E("put", t.String(), errs.Invalid, nil)
		e.Public = "\"" + t.String() + "\" stands for too many files"
		return e
	}
	prefix := t.Prefix()
	directory := prefix[:strings.LastIndexByte(prefix, '/')+1]
	for name := range t.All() {
		info, err := os.Stat(name)
		if err != nil {
			return fileError(name, err)
		}
		if info.Mode().IsRegular() {
			s.files = append(s.files, source{name, strings.TrimPrefix(name, directory), info.Size()})
		}
	}
	return nil
}

// addDirectory adds the files in a directory. Links to files are followed,
// links to directories are not.
func (s *sources) addDirectory(root string, recursive bool) error {
	return filepath.WalkDir(root, func(at string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fileError(at, err)
		}
		if entry.IsDir() {
			if at != root && !recursive {
				return filepath.SkipDir
			}
			return nil
		}
		info, err := os.Stat(at)
		if err != nil || !info.Mode().IsRegular() {
			return nil // a dangling link, a socket: nothing to store
		}
		name, err := filepath.Rel(root, at)
		if err != nil {
			return fileError(at, err)
		}
		s.files = append(s.files, source{at, filepath.ToSlash(name), info.Size()})
		return nil
	})
}

// checkNames refuses files that would overwrite each other.
func (s *sources) checkNames() error {
	seen := make(map[string]string, len(s.files))
	for _, f := range s.files {
		if other, twice := seen[f.name]; twice && other != f.path {
			e := errs.E("put", f.path, errs.Invalid, nil)
			e.Public = other + " and " + f.path + " would both become \"" + f.name + "\""
			return e
		}
		seen[f.name] = f.path
	}
	return nil
}

func (s sources) bytes() int64 {
	var n int64
	for _, f := range s.files {
		n += f.size
	}
	return n
}

// extension sums up the files of one extension.
type extension struct {
	name  string
	files int
	bytes int64
}

// extensions sums up files by extension, and all of them at last.
func (s sources) extensions() []extension {
	byName := make(map[string]extension)
	total := extension{name: "TOTAL"}
	for _, f := range s.files {
		e := byName[path.Ext(f.name)]
		e.name, e.files, e.bytes = path.Ext(f.name), e.files+1, e.bytes+f.size
		byName[e.name] = e
		total.files, total.bytes = total.files+1, total.bytes+f.size
	}
	var all []extension
	for _, e := range byName {
		if e.name == "" {
			e.name = "(none)"
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b extension) int { return strings.Compare(a.name, b.name) })
	return append(all, total)
}
