package node

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
)

// logNames are the current log files of a node by severity, as glog names them.
func logName(severity string) (string, error) {
	switch strings.ToLower(severity) {
	case "", "info", "i":
		return "aisnode.INFO", nil
	case "warning", "w":
		return "aisnode.WARNING", nil
	case "error", "e":
		return "aisnode.ERROR", nil
	}
	e := errs.E("node.log", severity, errs.Invalid, nil)
	e.Public = fmt.Sprintf("severity=%.64q: it is one of info, warning, error", severity)
	return "", e
}

// log answers with the current log from an offset, or with all logs as tar.gz.
func (c *Core) log(w http.ResponseWriter, r *http.Request) error {
	if c.Options.FlushLog != nil {
		c.Options.FlushLog()
	}
	q := rest.QueryOf(r)
	if q.Bool(wire.QueryAll) {
		return c.allLogs(w)
	}
	name, err := logName(q.Get(wire.QuerySeverity))
	if err != nil {
		return err
	}
	offset, err := q.Int(wire.QueryOffset)
	if err != nil {
		return err
	}
	if c.Config.LogDir == "" {
		return noLog("", os.ErrNotExist)
	}
	f, err := os.Open(filepath.Join(c.Config.LogDir, name))
	if err != nil {
		return noLog(c.Config.LogDir, err)
	}
	defer f.Close()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return errs.E("node.log", name, errs.Invalid, err)
	}
	w.Header().Set("Content-Type", wire.ContentText)
	_, err = io.Copy(w, f)
	return err
}

func noLog(dir string, err error) error {
	if errors.Is(err, os.ErrNotExist) {
		e := errs.E("node.log", dir, errs.NotFound, err)
		e.Public = "this node writes no log of that severity to files"
		return e
	}
	return errs.E("node.log", dir, errs.Internal, err)
}

// allLogs sends every log file of the node.
func (c *Core) allLogs(w http.ResponseWriter) error {
	entries, err := os.ReadDir(c.Config.LogDir)
	if err != nil {
		return noLog(c.Config.LogDir, err)
	}
	w.Header().Set("Content-Type", "application/gzip")
	zipped := gzip.NewWriter(w)
	archive := tar.NewWriter(zipped)
	for _, e := range entries {
		if e.Type().IsRegular() {
			err = errors.Join(err, addFile(archive, filepath.Join(c.Config.LogDir, e.Name())))
		}
	}
	return errors.Join(err, archive.Close(), zipped.Close())
}

// addFile adds a file as long as it is now: a log may grow meanwhile.
func addFile(archive *tar.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := archive.WriteHeader(&tar.Header{Name: filepath.Base(path), Mode: 0o644, Size: info.Size(), ModTime: info.ModTime()}); err != nil {
		return err
	}
	_, err = io.CopyN(archive, f, info.Size())
	return err
}
