package config

import (
	"fmt"
	"path/filepath"
)

// Safety is the [safety] section: what mail may do beside going to mailboxes and hosts.
type Safety struct {
	Programs    []string `toml:"programs"`
	Files       any      `toml:"files"` // false, or a list of directories; FileDirs has them
	AuthInClear bool     `toml:"auth_in_clear"`
}

const exampleSafety = `
[safety]
# Programs that aliases, :include: and .forward files may give mail to ("|/path arguments"): absolute
# paths of programs, or of directories in which programs are named, as in sendmail's smrsh.
# They run as Postroom's own user, for a minute at most.
#programs = []

# Directories below which they may name files ("/path") that mail is appended to; false for none.
#files = false

# Give passwords of authinfo to other machines without encryption.
#auth_in_clear = false
`

func defaultSafety() Safety { return Safety{Programs: []string{}, Files: false} }

// FileDirs gives the directories below which aliases may name files.
func (s Safety) FileDirs() []string {
	list, _ := s.Files.([]any)
	dirs := make([]string, 0, len(list))
	for _, v := range list {
		if dir, ok := v.(string); ok {
			dirs = append(dirs, filepath.Clean(dir))
		}
	}
	return dirs
}

// wrong gives the key whose value makes no sense, and why.
func (s Safety) wrong() (key, why string) {
	for _, p := range s.Programs {
		if !filepath.IsAbs(p) {
			return "programs", fmt.Sprintf("%q is not an absolute path", p)
		}
	}
	switch files := s.Files.(type) {
	case bool:
		if files {
			return "files", "true would allow every file; list directories, as in [\"/var/mail/archive\"]"
		}
	case []any:
		for _, v := range files {
			if dir, ok := v.(string); !ok || !filepath.IsAbs(dir) {
				return "files", fmt.Sprintf("%v is not the absolute path of a directory", v)
			}
		}
	default:
		return "files", fmt.Sprintf("%v is neither false nor a list of directories", files)
	}
	return "", ""
}
