package wire

import (
	"errors"
	"fmt"
	"iter"
	"strings"

	"aistore/errs"
)

// maxTemplate bounds a template, in bytes: what it costs to read grows with the
// square of it.
const maxTemplate = 4096

// maxTemplateNames bounds how many names a template may stand for.
const maxTemplateNames = 100_000_000

// Selector says which objects of a bucket a job is about: those listed, or those
// of a template. A template without braces is a prefix; without either it is
// all objects.
type Selector struct {
	Names     []string `json:"objnames,omitempty"`
	Template  string   `json:"template,omitempty"`
	Workers   int      `json:"num-workers,omitempty"` // at a time on each disk; 0 is the default
	Continue  bool     `json:"coer,omitempty"`        // go on after an object that could not be done
	NoRecurse bool     `json:"non-recurs,omitempty"`  // of a prefix: nothing below a further slash
}

// Validate checks the selector. Errors: Invalid.
func (s *Selector) Validate() error {
	switch {
	case len(s.Names) > 0 && s.Template != "":
		return badArgument("give a list of names, or a template, not both")
	case len(s.Template) > maxTemplate:
		return badArgument(fmt.Sprintf("a template has at most %d bytes", maxTemplate))
	case ParseTemplate(s.Template).Count() > maxTemplateNames:
		return badArgument(fmt.Sprintf("the template stands for more than %d names", maxTemplateNames))
	}
	for _, name := range s.Names {
		if err := ValidateObjectName(name); err != nil {
			return err
		}
	}
	return nil
}

// Listed tells whether the names are known without looking for objects.
func (s *Selector) Listed() bool {
	return len(s.Names) > 0 || ParseTemplate(s.Template).HasBraces()
}

// All yields the names of a selector that is Listed. Those of a template that no
// object can have are left out.
func (s *Selector) All() iter.Seq[string] {
	if len(s.Names) > 0 {
		return func(yield func(string) bool) {
			for _, name := range s.Names {
				if !yield(name) {
					return
				}
			}
		}
	}
	return func(yield func(string) bool) {
		for name := range ParseTemplate(s.Template).All() {
			if ValidateObjectName(name) == nil && !yield(name) {
				return
			}
		}
	}
}

// Prefix is what names begin with, for a selector that is not Listed.
func (s *Selector) Prefix() string { return strings.TrimPrefix(s.Template, "/") }

// Takes tells whether a name with the prefix is among the objects.
func (s *Selector) Takes(name string) bool {
	return !s.NoRecurse || !strings.Contains(name[min(len(s.Prefix()), len(name)):], "/")
}

// CopyOptions say how objects are copied to another bucket.
type CopyOptions struct {
	Prefix      string            `json:"prefix,omitempty"`  // of the objects, of a bucket that is copied whole
	Prepend     string            `json:"prepend,omitempty"` // put before each name; with a slash at the end a directory
	Ext         map[string]string `json:"ext,omitempty"`     // extensions to replace, old to new
	DryRun      bool              `json:"dry_run,omitempty"` // count only
	Force       bool              `json:"force,omitempty"`
	Latest      bool              `json:"latest-ver,omitempty"`
	Synchronize bool              `json:"synchronize,omitempty"`
	NoRecurse   bool              `json:"non-recurs,omitempty"`
	Continue    bool              `json:"coer,omitempty"`
	Workers     int               `json:"num-workers,omitempty"`

	// Of transformations.
	ETL      string   `json:"id,omitempty"`
	Pipeline []string `json:"pipeline,omitempty"`
}

// Validate checks the options. Errors: Invalid, Unsupported.
func (o *CopyOptions) Validate() error {
	switch {
	case o.ETL != "" || len(o.Pipeline) > 0:
		return errs.E("wire.CopyOptions", o.ETL, errs.Unsupported, errors.New("this cluster has no transformations"))
	case o.Synchronize && o.Prepend != "":
		return badArgument("prepend and synchronize exclude each other")
	case o.Synchronize:
		e := errs.E("wire.CopyOptions", "synchronize", errs.Unsupported, nil)
		e.Public = "synchronize is for buckets with a remote backend; this cluster has none"
		return e
	case o.Prepend != "":
		return ValidateObjectName(o.Prepend + "x")
	}
	return nil
}

// Rename returns the name of the copy of an object.
func (o *CopyOptions) Rename(name string) string {
	for old, now := range o.Ext {
		if base, ok := strings.CutSuffix(name, dotted(old)); ok {
			name = base + dotted(now)
			break
		}
	}
	return o.Prepend + name
}

// dotted is an extension with its dot.
func dotted(ext string) string {
	if ext == "" || strings.HasPrefix(ext, ".") {
		return ext
	}
	return "." + ext
}

// CopyObjects is the value of copy-listrange.
type CopyObjects struct {
	Selector
	To *Bucket `json:"tobck"`

	Prepend     string            `json:"prepend,omitempty"`
	Ext         map[string]string `json:"ext,omitempty"`
	DryRun      bool              `json:"dry_run,omitempty"`
	Force       bool              `json:"force,omitempty"`
	Latest      bool              `json:"latest-ver,omitempty"`
	Synchronize bool              `json:"synchronize,omitempty"`
	ETL         string            `json:"id,omitempty"`
}

// Options returns how the objects are copied.
func (c *CopyObjects) Options() CopyOptions {
	return CopyOptions{
		Prepend: c.Prepend, Ext: c.Ext, DryRun: c.DryRun, Force: c.Force, Latest: c.Latest,
		Synchronize: c.Synchronize, Continue: c.Continue, Workers: c.Workers, ETL: c.ETL,
	}
}

// Validate checks the value. Errors: Invalid, Unsupported.
func (c *CopyObjects) Validate() error {
	o := c.Options()
	return errors.Join(c.Selector.Validate(), o.Validate())
}

// Destination is the bucket that is copied to, nil for none.
func (c *CopyObjects) Destination() *Bucket { return c.To }

// ArchiveObjects is the value of the action archive.
type ArchiveObjects struct {
	Selector
	Name         string  `json:"archname"`            // of the archive
	Mime         string  `json:"mime,omitempty"`      // its format; "" is by its name
	To           *Bucket `json:"tobck,omitempty"`     // that it goes to; nil is the objects' own
	InBucketName bool    `json:"isbn,omitempty"`      // members are named with their bucket
	BaseNameOnly bool    `json:"bnonly,omitempty"`    // members are named by what follows the last slash
	Append       bool    `json:"aate,omitempty"`      // to the archive if it exists
	SkipMissing  bool    `json:"skip-misg,omitempty"` // what does not exist is left out
}

// Validate checks the value. Errors: Invalid.
func (a *ArchiveObjects) Validate() error {
	if err := ValidateNewObjectName(a.Name); err != nil {
		return err
	}
	return a.Selector.Validate()
}

// Destination is the bucket that the archive goes to, nil for that of the objects.
func (a *ArchiveObjects) Destination() *Bucket { return a.To }

// SummaryRequest is the value of summary-bck.
type SummaryRequest struct {
	ID      string `json:"uuid"` // of the job; "" starts one
	Prefix  string `json:"prefix"`
	Cached  bool   `json:"cached"`
	Present bool   `json:"present"`
}

// BucketSummary is what a summary found out about one bucket.
type BucketSummary struct {
	Bucket
	Count struct {
		Present int64 `json:"obj_count_present,string"`
		Remote  int64 `json:"obj_count_remote,string"`
	} `json:"ObjCount"`
	Size struct {
		Min     int64 `json:"obj_min_size"` // bytes
		Average int64 `json:"obj_avg_size"`
		Max     int64 `json:"obj_max_size"`
	} `json:"ObjSize"`
	Total struct {
		OnDisk  int64 `json:"size_on_disk,string"`
		Present int64 `json:"size_all_present_objs,string"`
		Remote  int64 `json:"size_all_remote_objs,string"`
		Disks   int64 `json:"total_disks_size,string"`
	} `json:"TotalSize"`
	UsedPercent int64 `json:"used_pct"`
	IsPresent   bool  `json:"is_present"`
}

func badArgument(why string) error {
	e := errs.E("wire", "", errs.Invalid, nil)
	e.Public = why
	return e
}
