package aistest

import (
	"os"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/fs"
	"aistore/internal/check"
	"aistore/internal/hrw"
)

// File is where the bytes of an object are.
type File struct {
	Node *Node
	Path string // in Node.FS()
}

// Files returns the files that an object has, on all targets, copies included.
func (c *Cluster) Files(b wire.Bucket, object string) []File {
	c.t.Helper()
	rel, err := fs.Encode(object)
	check.NoError(c.t, err)
	var files []File
	for _, n := range c.Targets() {
		for _, root := range n.Mountpaths() {
			path := contentDir(root, b, fs.Objects) + "/" + rel
			for _, path := range []string{path, fs.Beside(path)} {
				if info, err := n.FS().Lstat(path); err == nil && !info.Dir {
					files = append(files, File{Node: n, Path: path})
				}
			}
		}
	}
	return files
}

// contentDir is the directory of a content type of a bucket.
func contentDir(root string, b wire.Bucket, content fs.Content) string {
	place := fs.Bucket{Provider: b.Provider, UUID: b.Namespace.UUID, Namespace: b.Namespace.Name, Name: b.Name}
	return root + "/" + place.Dir() + "/%" + string(content)
}

// Leftovers returns the paths of all files of a content type of a bucket, such
// as fs.Work, on all targets.
func (c *Cluster) Leftovers(b wire.Bucket, content fs.Content) []string {
	c.t.Helper()
	var paths []string
	for _, n := range c.Targets() {
		for _, root := range n.Mountpaths() {
			paths = append(paths, filesBelow(n.FS(), contentDir(root, b, content))...)
		}
	}
	return paths
}

// filesBelow returns the files below a directory, none if there is no such
// directory.
func filesBelow(fsys fs.FS, dir string) []string {
	entries, err := fsys.ReadDir(dir)
	if err != nil {
		return nil
	}
	var paths []string
	for _, e := range entries {
		path := dir + "/" + e.Name
		if e.Dir {
			paths = append(paths, filesBelow(fsys, path)...)
		} else {
			paths = append(paths, path)
		}
	}
	return paths
}

// Corrupt flips a bit in the middle of each file of an object.
func (c *Cluster) Corrupt(b wire.Bucket, object string) {
	c.t.Helper()
	files := c.Files(b, object)
	if len(files) == 0 {
		c.t.Fatalf("%s has no file", b.ObjectString(object))
	}
	for _, at := range files {
		f, err := at.Node.FS().OpenFile(at.Path, os.O_RDWR)
		check.NoError(c.t, err)
		info, err := f.Stat()
		check.NoError(c.t, err)
		one := make([]byte, 1)
		_, err = f.ReadAt(one, info.Size/2)
		check.NoError(c.t, err)
		one[0] ^= 0x10
		_, err = f.WriteAt(one, info.Size/2)
		check.NoError(c.t, err)
		check.NoError(c.t, f.Close())
	}
}

// Owner returns the target that owns an object by the map of the first gateway
// that runs.
func (c *Cluster) Owner(b wire.Bucket, object string) *Node {
	c.t.Helper()
	for _, proxy := range c.Proxies() {
		if !proxy.running {
			continue
		}
		m, err := cluster.MapFromWire(c.Map(proxy))
		check.NoError(c.t, err)
		owner, err := m.Owner(hrw.Digest(b.Uname(object)))
		check.NoError(c.t, err)
		for _, n := range c.Targets() {
			if n.ID() == owner.ID {
				return n
			}
		}
	}
	c.t.Fatalf("nobody owns %s", b.ObjectString(object))
	return nil
}
