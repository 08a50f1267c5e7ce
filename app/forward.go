package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"postroom.dev/app/config/account"
	"postroom.dev/mta/alias"
)

// forwarder finds .forward files as sendmail's ForwardPath says: $z is the user's home directory, $u the user.
type forwarder struct {
	path string // paths with ":" between; the first that is there counts
	user func(name string) (account.Account, bool)
}

// newForwarder makes the function that opens .forward files; nil where path is "".
func newForwarder(path string) func(user string) (alias.Forwarding, error) {
	if path == "" || runtime.GOOS == "windows" { // no system users with files of their own that mail would go by
		return nil
	}
	return forwarder{path, systemUsers()}.open
}

// open opens the .forward file of a user. One that is not there, or that others may write, is passed over, as sendmail has it.
func (f forwarder) open(name string) (alias.Forwarding, error) {
	if name == "" || name != filepath.Base(name) || !filepath.IsLocal(name) {
		return alias.Forwarding{}, nil // no user's name, and none to put into a path
	}
	who, known := f.user(name)
	var unused alias.Forwarding
	for path := range strings.SplitSeq(f.path, ":") {
		if strings.Contains(path, "$z") && !known {
			continue
		}
		path = filepath.Clean(strings.NewReplacer("$z", who.Home, "$u", name).Replace(path))
		if !filepath.IsAbs(path) {
			continue
		}
		file, note, err := openOwn(path, who)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case errors.Is(err, fs.ErrPermission):
			note = "Permission denied; not used"
		case err != nil:
			return alias.Forwarding{Path: path}, err
		}
		if note == "" {
			return alias.Forwarding{Path: path, Text: file}, nil
		}
		if unused.Note == "" {
			unused = alias.Forwarding{Path: path, Note: note}
		}
	}
	return unused, nil
}

// openOwn opens a file that says where a user's mail goes; a note says why it must not be trusted: sendmail's safefile.
func openOwn(path string, who account.Account) (file *os.File, note string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, "", err
	}
	parent, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return nil, "", err
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, "not a regular file; not used", nil
	case info.Mode().Perm()&0o022 != 0:
		return nil, writable(info) + " writable file; not used, cure: chmod go-w " + path, nil
	case parent.Mode().Perm()&0o022 != 0:
		return nil, writable(parent) + " writable directory; not used, cure: chmod go-w " + filepath.Dir(path), nil
	}
	switch ownerOf(info) {
	case who.UID, "0", strconv.Itoa(os.Getuid()):
	default:
		return nil, "it belongs to somebody else; not used", nil
	}
	file, err = os.Open(path)
	return file, "", err
}

// writable says for whom, in sendmail's words.
func writable(info fs.FileInfo) string {
	if info.Mode().Perm()&0o020 != 0 {
		return "Group"
	}
	return "World"
}
