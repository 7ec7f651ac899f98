// Package fs is the ground that everything stored stands on: the seam through
// which all file operations go, the mapping from object names to paths, the
// layout of a mountpath, and the mountpaths of one target.
//
// Start with FS and File (the seam), NewOS (the operating system behind it),
// Encode and Decode (names), Bucket and Content (layout), and Mounts
// (mountpaths: who owns a name, which are in use, trash, capacity).
//
// # Layout of a mountpath
//
//	<root>/.ais.mountpath              who this mountpath belongs to (Identity)
//	<root>/.ais.lock                   locked by the process that uses it
//	<root>/.ais.probe…                 left of a check at start
//	<root>/$trash/<anything>           removed things, deleted in the background
//	<root>/@<provider>/<bucket>/%ob/<encoded object name>
//	<root>/@<provider>/#<namespace>/<bucket>/…
//	<root>/@<provider>/@<uuid>#<namespace>/<bucket>/…
//
// %ob is one of several content types, see Content.
//
// # Names
//
// The path of an object is its name wherever that is possible. A `%` in a path
// is always ours; what may follow it is this and nothing else:
//
//	%25   a `%` of the user
//	%2E   the whole component is "."; the rest of a split one is "." (%2E) or ".." (%2E.)
//	%_    the whole component is empty: `a//b` is a/%_/b, `/a` is %_/a, `a/` is a/%_
//	%+    ends a directory: the component goes on in the next one (parts of at
//	      most 200 bytes, never cut inside an escape or a UTF-8 character)
//	%     ends the path: the file that could not have its plain path, since a
//	      directory has it (object `a` beside object `a/b` is the file `a%`)
//
// Encode and Decode are inverse to each other, different names never share a
// path, also together with Beside, and no path leaves its directory. A path
// that Encode would not make is a foreign file: Decode refuses it.
//
// # What survives
//
// File.Sync makes the bytes and attributes of a file durable, SyncDir the
// entries of one directory (created, renamed, removed names). Nothing else is
// promised to survive power loss; all that returned survives the death of the
// process. Package memfs plays both.
package fs
