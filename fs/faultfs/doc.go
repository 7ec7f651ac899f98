// Package faultfs wraps an fs.FS for tests and makes it fail: the n-th
// operation that matches a rule, everything on a dead disk, writes on a full
// or read-only one, or nothing but time on a slow one.
//
//	disk := faultfs.New(memfs.New(memfs.Options{}))
//	fault := disk.Inject(faultfs.Rule{Op: faultfs.Sync, Path: "/mp1/", After: 2, Times: 1, Err: fs.ErrIO})
//	…
//	fault.End()
package faultfs
