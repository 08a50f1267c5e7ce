package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"github.com/pelletier/go-toml/v2"
)

// SystemFile says where Postroom is, for users who have none of their own: PHP as www-data, a container.
const SystemFile = "/etc/postroom.toml"

// System is what SystemFile can say.
type System struct {
	Home string `toml:"home"` // the home of the Postroom that takes this machine's mail
	SMTP string `toml:"smtp"` // or the host:port where it listens
}

// LoadSystem reads the file at path. A file that does not exist says nothing.
func LoadSystem(path string) (s System, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("settings: %w", err)
	}
	d := toml.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, located(path, err)
	}
	if s.Home != "" && !filepath.IsAbs(s.Home) {
		return s, fmt.Errorf("%s:%d: home: %q is not an absolute path", path, lineOf(text, "home"), s.Home)
	}
	if _, _, err := net.SplitHostPort(s.SMTP); s.SMTP != "" && err != nil {
		return s, fmt.Errorf("%s:%d: smtp: %q is not an address; write host:port", path, lineOf(text, "smtp"), s.SMTP)
	}
	return s, nil
}
