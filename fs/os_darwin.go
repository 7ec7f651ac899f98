package fs

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	utimeOmit    = -2 // UTIME_OMIT of sys/stat.h
	errnoNoXattr = unix.ENOATTR
)

// Usage is FS.Usage.
func (*OS) Usage(path string) (Usage, error) {
	var st unix.Statfs_t
	if err := retry(func() error { return unix.Statfs(path, &st) }); err != nil {
		return Usage{}, pathError("statfs", path, err)
	}
	block := int64(st.Bsize)
	return Usage{
		Total:      int64(st.Blocks) * block,
		Used:       int64(st.Blocks-st.Bfree) * block,
		Available:  int64(st.Bavail) * block,
		Inodes:     int64(st.Files),
		InodesFree: int64(st.Ffree),
		FSID:       st.Fsid.Val,
	}, nil
}

func openNoatime(path string, flag int) (int, error) {
	return openFd(path, unix.O_RDONLY|flag, 0)
}

// syncFd asks the drive to empty its cache too, which fsync does not here.
func syncFd(fd int) error {
	return retry(func() error {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_FULLFSYNC, 0); err == nil {
			return nil
		}
		return unix.Fsync(fd)
	})
}

// syncAll makes all file systems durable: there is no call for one.
func syncAll(fd int) error {
	if err := retry(unix.Sync); err != nil {
		return err
	}
	return syncFd(fd) // which empties the cache of the drive, behind all that was written
}

func preallocate(int, int64) error { return nil }

func readDirents(fd int, buf []byte) (int, error) { return unix.ReadDirent(fd, buf) }

// cutDirent splits the first entry off a block of dirent: inode (8 bytes),
// seek offset (8), record length (2), name length (2), type (1), name. A block
// that makes no sense ends it.
func cutDirent(block string) (name string, kind byte, rest string) {
	const lengthAt, nameLengthAt, kindAt, nameAt = 16, 18, 20, 21
	if len(block) <= nameAt {
		return "", 0, ""
	}
	number := func(at int) int {
		return int(binary.NativeEndian.Uint16(unsafe.Slice(unsafe.StringData(block[at:]), 2)))
	}
	length, nameLength := number(lengthAt), number(nameLengthAt)
	if length <= nameAt || length > len(block) || nameAt+nameLength > length {
		return "", 0, ""
	}
	return block[nameAt : nameAt+nameLength], block[kindAt], block[length:]
}
