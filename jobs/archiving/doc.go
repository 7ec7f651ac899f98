// Package archiving puts objects of a bucket into an archive: those of a list, of
// a template, or with a prefix.
//
// The target that owns the archive does all of it: it reads the objects from
// their owners, in order, and writes the archive, which readers see whole or not
// at all. The others tell it which names they hold, for a prefix.
package archiving
