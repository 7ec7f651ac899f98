package faultfs

import "aistore/fs"

// file is an open file whose operations may fail. Seek and OSFile never do.
type file struct {
	fs.File
	fsys *FS
	path string
}

func (f *file) refuse(op Op) error { return f.fsys.refuse(Call{Op: op, Path: f.path}) }

// Close closes the file also when it fails.
func (f *file) Close() error {
	err := f.refuse(Close)
	if closeErr := f.File.Close(); err == nil {
		err = closeErr
	}
	return err
}

func (f *file) Read(p []byte) (int, error) {
	if err := f.refuse(Read); err != nil {
		return 0, err
	}
	return f.File.Read(p)
}

func (f *file) ReadAt(p []byte, off int64) (int, error) {
	if err := f.refuse(Read); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, off)
}

func (f *file) Write(p []byte) (int, error) { return f.write(p, f.File.Write) }

func (f *file) WriteAt(p []byte, off int64) (int, error) {
	return f.write(p, func(p []byte) (int, error) { return f.File.WriteAt(p, off) })
}

func (f *file) write(p []byte, write func([]byte) (int, error)) (n int, err error) {
	fault := f.fsys.decide(Call{Op: Write, Path: f.path})
	if fault == nil {
		return write(p)
	}
	if fault.rule.Half && len(p) > 1 {
		n, err = write(p[:len(p)/2])
	}
	if err == nil {
		err = &fs.PathError{Op: string(Write), Path: f.path, Err: fault.rule.Err}
	}
	return n, err
}

func (f *file) Stat() (fs.Info, error) {
	if err := f.refuse(Stat); err != nil {
		return fs.Info{}, err
	}
	return f.File.Stat()
}

func (f *file) Sync() error {
	if err := f.refuse(Sync); err != nil {
		return err
	}
	return f.File.Sync()
}

func (f *file) Truncate(size int64) error {
	if err := f.refuse(Truncate); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

func (f *file) Preallocate(size int64) error {
	if err := f.refuse(Preallocate); err != nil {
		return err
	}
	return f.File.Preallocate(size)
}

func (f *file) GetXattr(name string, dst []byte) (int, error) {
	if err := f.refuse(GetXattr); err != nil {
		return 0, err
	}
	return f.File.GetXattr(name, dst)
}

func (f *file) SetXattr(name string, value []byte) error {
	if err := f.refuse(SetXattr); err != nil {
		return err
	}
	return f.File.SetXattr(name, value)
}
