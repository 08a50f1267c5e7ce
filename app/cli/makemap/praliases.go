package makemap

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"postroom.dev/mta/alias"
	"postroom.dev/mta/table/live"
)

// Praliases is one call of praliases: it prints the aliases that are in force, as name:value.
type Praliases struct {
	Argv   []string // with the name that complaints begin with
	Files  []string // paths of the aliases files; -f names another
	Local  func(domain string) bool
	Now    func() time.Time
	Stdout io.Writer
	Stderr io.Writer
}

// Run does what the command line says and gives the exit status.
func (c Praliases) Run() int {
	options, keys, complaint := getopt(c.Argv, "C:f:")
	if complaint != "" {
		fmt.Fprintf(c.Stderr, "%s\nusage: praliases [-C cffile] [-f aliasfile] [key ...]\n", complaint)
		return exUsage
	}
	files := c.Files
	for _, o := range options {
		if o.letter == 'f' {
			files = []string{o.value}
			continue
		}
		if _, err := os.Stat(o.value); err != nil {
			fmt.Fprintf(c.Stderr, "praliases: %s: %s\n", o.value, reason(err))
			return exNoInput
		}
	}
	out := bufio.NewWriter(c.Stdout)
	for _, path := range files {
		db, err := c.open(path)
		if err != nil {
			fmt.Fprintf(c.Stderr, "praliases: %s: open: %s\n", path, reason(err))
			continue
		}
		list(out, db, keys)
	}
	if err := out.Flush(); err != nil {
		fmt.Fprintf(c.Stderr, "praliases: %s\n", reason(err))
		return exIOErr
	}
	return exOK
}

func (c Praliases) open(path string) (*alias.DB, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		_, err = os.Stat(path + ".db")
	}
	if err != nil {
		return nil, err
	}
	return live.OpenAliases(path, c.Now, c.Local).Get()
}

// list prints the named aliases, or all. The "@" is what newaliases puts into a complete database.
func list(out io.Writer, db *alias.DB, keys []string) {
	if len(keys) == 0 {
		fmt.Fprintln(out, "@:@")
		for e := range db.Sorted() {
			fmt.Fprintf(out, "%s:%s\n", alias.Quote(e.Key), e.Value)
		}
		return
	}
	for _, key := range keys {
		name := key
		if strings.HasPrefix(key, `"`) { // as it is listed
			name = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `"`, "").Replace(key)
		}
		e, ok, _ := db.Map().Get(name)
		if !ok || e.Key != key && alias.Quote(e.Key) != key { // letters' case matters to praliases
			fmt.Fprintf(out, "%s: No such key\n", key)
			continue
		}
		fmt.Fprintf(out, "%s:%s\n", alias.Quote(e.Key), e.Value)
	}
}
