package config

import (
	"os"

	"aistore/errs"
)

// maxFile bounds a configuration file, in bytes.
const maxFile = 16 << 20

// File is what a configuration file holds, and what a node shows when asked
// for its configuration: its own settings and those of the cluster, side by
// side. The settings of the cluster found in a file serve a node to find its
// cluster, or to make a new one; they give way to those of the cluster.
type File struct {
	Node
	Cluster
}

// DefaultFile returns [DefaultNode] and [Default].
func DefaultFile() File { return File{Node: DefaultNode(), Cluster: Default()} }

// Load reads a configuration file: JSON, in which everything that is left out
// has its default. The cluster's part is validated; the node's is not, since
// flags and environment may complete it.
// Errors: NotFound, Invalid (with line and name of the setting).
func Load(path string) (File, error) {
	const op = "config.Load"
	info, err := os.Stat(path)
	if os.IsNotExist(err) {
		return File{}, errs.E(op, path, errs.NotFound, err)
	}
	if err == nil && info.Size() > maxFile {
		return File{}, errs.E(op, path, errs.TooLarge, nil)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return File{}, errs.E(op, path, errs.Internal, err)
	}
	file, err := Parse(data)
	if err != nil {
		return File{}, errs.E(op, path, "", err)
	}
	return file, nil
}

// Parse is [Load] for text that has been read. Errors: Invalid.
func Parse(data []byte) (File, error) {
	file, err := decode(DefaultFile(), data)
	if err == nil {
		err = file.Cluster.Validate()
	}
	if err != nil {
		return File{}, errs.E("config.Parse", "", errs.Invalid, err)
	}
	return file, nil
}
