package fs

import "aistore/internal/jsonfile"

// JSONFiles returns fsys as package jsonfile wants it, so that small state
// files go through the same seam, and the same twins, as objects.
func JSONFiles(fsys FS) jsonfile.FS { return jsonFiles{fsys} }

type jsonFiles struct{ FS }

// OpenFile is FS.OpenFile with the narrower file that jsonfile knows.
func (j jsonFiles) OpenFile(path string, flag int) (jsonfile.File, error) {
	file, err := j.FS.OpenFile(path, flag)
	if err != nil {
		return nil, err
	}
	return file, nil
}
