package fs

import (
	"encoding/binary"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	utimeOmit    = unix.UTIME_OMIT
	errnoNoXattr = unix.ENODATA
)

// Usage is FS.Usage.
func (*OS) Usage(path string) (Usage, error) {
	var st unix.Statfs_t
	if err := retry(func() error { return unix.Statfs(path, &st) }); err != nil {
		return Usage{}, pathError("statfs", path, err)
	}
	block := int64(st.Frsize)
	if block == 0 {
		block = int64(st.Bsize)
	}
	return Usage{
		Total:      int64(st.Blocks) * block,
		Used:       int64(st.Blocks-st.Bfree) * block,
		Available:  int64(st.Bavail) * block,
		Inodes:     int64(st.Files),
		InodesFree: int64(st.Ffree),
		FSID:       st.Fsid.Val,
	}, nil
}

// openNoatime opens path for reading. Only the owner of a file may ask to
// leave its access time alone.
func openNoatime(path string, flag int) (int, error) {
	fd, err := openFd(path, unix.O_RDONLY|unix.O_NOATIME|flag, 0)
	if err == unix.EPERM {
		return openFd(path, unix.O_RDONLY|flag, 0)
	}
	return fd, err
}

// syncFd makes a file or directory durable: by fsync, since fdatasync does not
// promise attributes. A file system that has shut itself
// down meanwhile may have dropped what it was asked to write and still answer
// with success: xfs does, for directories. It does not describe files any more
// then, so that is what is asked next.
func syncFd(fd int) error {
	if err := retry(func() error { return unix.Fsync(fd) }); err != nil {
		return err
	}
	var st unix.Stat_t
	return retry(func() error { return unix.Fstat(fd, &st) })
}

// syncAll makes the file system durable that fd is on.
func syncAll(fd int) error { return retry(func() error { return unix.Syncfs(fd) }) }

func preallocate(fd int, size int64) error {
	err := unix.Fallocate(fd, unix.FALLOC_FL_KEEP_SIZE, 0, size)
	if err == unix.EOPNOTSUPP || err == unix.ENOSYS {
		return nil
	}
	return err
}

func readDirents(fd int, buf []byte) (int, error) { return unix.Getdents(fd, buf) }

// cutDirent splits the first entry off a block of linux_dirent64: inode (8
// bytes), offset (8), record length (2), type (1), name ended by NUL. A block
// that makes no sense ends it.
func cutDirent(block string) (name string, kind byte, rest string) {
	const lengthAt, kindAt, nameAt = 16, 18, 19
	if len(block) <= nameAt {
		return "", 0, ""
	}
	length := int(binary.NativeEndian.Uint16(unsafe.Slice(unsafe.StringData(block[lengthAt:]), 2)))
	if length <= nameAt || length > len(block) {
		return "", 0, ""
	}
	name, _, _ = strings.Cut(block[nameAt:length], "\x00")
	return name, block[kindAt], block[length:]
}
