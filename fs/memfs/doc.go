// Package memfs is a file system in memory that knows what is durable, for
// tests: it can lose power after any single operation.
//
// What is durable:
//
//   - the bytes and attributes of a file, as of its last File.Sync (attributes
//     of a directory as of its last SyncDir);
//   - the entries of a directory, as of its last SyncDir; no other call makes
//     an entry durable, not even Sync of the file or SyncDir of a child;
//   - a rename within one directory survives whole or not at all;
//   - a file renamed into another directory needs SyncDir of both: with the
//     new one synced it may have both names, with the old one alone it may
//     still have only its old name; it never loses both;
//   - a directory renamed into another one moves whole or not at all, and has
//     moved for good when both were synced.
//
// Crash returns what a restart finds. Everything that is not durable is lost
// (DropAll), kept (KeepAll, which is kill -9), or lost and kept at random,
// each directory operation, page and attribute for itself (KeepRandom). That
// is weaker than what journaling file systems do, and all that code may use.
//
//	for n := 0; ; n++ {
//		disk := memfs.New(memfs.Options{})
//		prepare(disk)
//		disk.StopAfter(n)
//		err := operation(disk)
//		check(disk.Crash(memfs.DropAll, nil))
//		if !errors.Is(err, memfs.ErrStopped) {
//			break // it ran to its end
//		}
//	}
package memfs
