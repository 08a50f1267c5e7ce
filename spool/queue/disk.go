package queue

import (
	"io/fs"
	"os"
)

// disk is everything that changes the queue directory. Each step passes the hook first, where there is
// one: tests stop or fail there. An error of the hook keeps the step from happening.
type disk struct {
	names *names
	hook  func(step, path string, f *os.File, p []byte) error
}

func (d disk) step(step, path string, f *os.File, p []byte) error {
	if d.hook == nil {
		return nil
	}
	return d.hook(step, path, f, p)
}

// create makes a file that must not exist, with exactly this mode.
func (d disk) create(path string, mode fs.FileMode) (*os.File, error) {
	if err := d.step("create", path, nil, nil); err != nil {
		return nil, err
	}
	f, err := openFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return nil, err
	}
	if mode != 0o600 { // the umask may have taken bits away
		if err := f.Chmod(mode); err != nil {
			f.Close()
			os.Remove(path)
			return nil, err
		}
	}
	return f, nil
}

func (d disk) write(f *os.File, p []byte) (int, error) {
	if err := d.step("write", f.Name(), f, p); err != nil {
		return 0, err
	}
	return f.Write(p)
}

func (d disk) sync(f *os.File) error {
	if err := d.step("sync", f.Name(), f, nil); err != nil {
		return err
	}
	return f.Sync()
}

func (d disk) rename(from, to string) error {
	if err := d.step("rename", to, nil, nil); err != nil {
		return err
	}
	return os.Rename(from, to)
}

func (d disk) remove(path string) error {
	if err := d.step("remove", path, nil, nil); err != nil {
		return err
	}
	return os.Remove(path)
}

// syncDir makes names in dir durable.
func (d disk) syncDir(dir string) error {
	if err := d.step("syncdir", dir, nil, nil); err != nil {
		return err
	}
	return d.names.sync(dir)
}
