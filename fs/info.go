package fs

import "time"

// Info describes a file or directory.
type Info struct {
	Size         int64 // bytes; of no meaning for a directory
	Dir, Regular bool  // neither for links, pipes, devices
	Mtime, Atime time.Time
	Dev, Inode   uint64 // Dev tells file systems apart while they are mounted
}

// Entry is one name in a directory.
type Entry struct {
	Name    string
	Dir     bool
	Regular bool // false together with Dir for links, pipes, devices
}

// Usage is the space of a file system.
type Usage struct {
	Total, Used int64 // bytes
	Available   int64 // bytes that we may still write; Total-Used less what is kept for root
	Inodes      int64 // 0 where inodes are made as needed
	InodesFree  int64
	FSID        [2]int32 // what the kernel tells file systems apart by; some get another one at each mount
}
