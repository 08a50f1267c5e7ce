package deliver

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/table/safe"
)

// Safety says which programs and files mail may go to: the [safety] settings. The zero value allows none.
type Safety struct {
	Programs []string // absolute paths: programs, and directories of programs as sendmail's smrsh has one
	Files    []string // absolute paths of directories; files may be anywhere below them
}

// special are the signs that mean more to a shell than a program's argument, smrsh's and "{": a command that has one is refused, so
// that no other program than the allowed one runs.
const special = "<>|^&;$()`{}!\r\n\x00"

// Command gives what sh -c is to be told for a command of an alias: the first word replaced by the path of the program that is
// allowed under this name. As in smrsh, a name or path also means the program of that name in an allowed directory. The error, a
// Status, says what to set.
func (s Safety) Command(command string) (string, error) {
	name, args, _ := strings.Cut(strings.TrimSpace(command), " ")
	if name == "exec" { // "exec /path" is how people spare a shell
		name, args, _ = strings.Cut(strings.TrimSpace(args), " ")
	}
	if strings.ContainsAny(command, special) {
		return "", denied("the command has signs that mean something to the shell; put it into a script that [safety] programs allows")
	}
	path := s.program(name)
	if path == "" {
		return "", denied("program not allowed; add " + name + " to [safety] programs")
	}
	if err := safe.Check(path); err != nil {
		return "", refusal(err)
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "' " + args, nil
}

// program finds the file that a command's first word means, "" for none that is allowed.
func (s Safety) program(name string) string {
	if strings.ContainsAny(name, `"'\*?[~#`) {
		return ""
	}
	if filepath.IsAbs(name) && slices.Contains(s.Programs, filepath.Clean(name)) {
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			return filepath.Clean(name)
		}
	}
	base := filepath.Base(name)
	if name == "" || base == "." || base == ".." || base == string(filepath.Separator) {
		return ""
	}
	for _, dir := range s.Programs {
		path := filepath.Join(dir, base)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	return ""
}

// Path gives the path of a file that mail may be appended to, with the links of its directory followed. The error, a Status, says what
// to set.
func (s Safety) Path(file string) (string, error) {
	if !filepath.IsAbs(file) {
		return "", denied("not an absolute path")
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(file))
	if err != nil {
		return "", refusal(err)
	}
	for _, allowed := range s.Files {
		if real, err := filepath.EvalSymlinks(allowed); err == nil {
			if rel, err := filepath.Rel(real, dir); err == nil && filepath.IsLocal(rel) {
				return filepath.Join(dir, filepath.Base(file)), nil
			}
		}
	}
	return "", denied("file not allowed; add " + filepath.Dir(file) + " to [safety] files")
}

func denied(text string) error {
	return mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 7, 0}, Text: text}
}

// refusal is the status of a program or a file that is not as it must be.
func refusal(err error) error {
	if u := (*safe.Unsafe)(nil); errors.As(err, &u) {
		return denied(u.Path + ": " + u.Error() + "; " + u.Cure())
	}
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		err = errors.New(pe.Path + ": " + pe.Err.Error())
	}
	return mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 0, 0}, Text: "Can't create output: " + err.Error()}
}
