package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"postroom.dev/app/control"
	"postroom.dev/spool"
	"postroom.dev/spool/mailfile"
)

type importedJSON struct {
	File string `json:"file"`
	spool.Imported
}

// mailPaths parts the paths that hold mail, a Maildir as its files, from those that hold tables and settings.
func mailPaths(paths []string) (mail, others []string, err error) {
	for _, path := range paths {
		files, err := mailFiles(path)
		if err != nil {
			return nil, nil, err
		}
		if mail = append(mail, files...); files == nil {
			others = append(others, path)
		}
	}
	return mail, others, nil
}

// mailFiles gives the files of mail that a path means, nil for a path of another kind. What is not named .eml or .mbox is known as an
// mbox by its first words: a table such as aliases can look like a header.
func mailFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil // whoever reads tables says so
	}
	if info.IsDir() {
		return maildir(path)
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".eml", ".mbox", ".mbx":
		return []string{path}, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, nil
	}
	defer file.Close()
	start := make([]byte, len("From "))
	if _, err := io.ReadFull(file, start); err == nil && string(start) == "From " {
		return []string{path}, nil
	}
	return nil, nil
}

// maildir gives the messages of a Maildir, the oldest first: names begin with the time of delivery.
func maildir(dir string) ([]string, error) {
	var files []string
	for _, sub := range []string{"cur", "new"} {
		entries, err := os.ReadDir(filepath.Join(dir, sub))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil // no Maildir
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
				files = append(files, filepath.Join(dir, sub, e.Name()))
			}
		}
	}
	slices.SortFunc(files, func(a, b string) int { return strings.Compare(filepath.Base(a), filepath.Base(b)) })
	return files, nil
}

// importMail keeps the messages of files, or counts them.
func (r *run) importMail(ctx context.Context, files []string, dryRun, asJSON bool) error {
	if dryRun {
		return r.importEach(files, dryRun, asJSON, func(_ string, file io.Reader) (done spool.Imported, err error) {
			m := mailfile.NewReader(file)
			for {
				if _, err := m.Next(); err != nil {
					return done, ended(err)
				}
				done.Messages++
			}
		})
	}
	return r.onDesk(ctx, func(d control.Desk) error {
		return r.importEach(files, dryRun, asJSON, func(name string, file io.Reader) (spool.Imported, error) {
			return d.Import(ctx, name, file)
		})
	})
}

func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// importEach hands each file to take, says what came of it, and goes on with the next where one is no mail.
func (r *run) importEach(files []string, would, asJSON bool, take func(name string, file io.Reader) (spool.Imported, error)) error {
	var problems []error
	for _, path := range files {
		file, err := os.Open(path)
		if err != nil {
			problems = append(problems, fmt.Errorf("import: %w", err))
			continue
		}
		done, err := take(filepath.Base(path), file)
		file.Close()
		if err != nil {
			problems = append(problems, fmt.Errorf("import: %s: %w", filepath.Dir(path), err))
			if errors.Is(err, spool.ErrFull) {
				break
			}
			continue
		}
		if asJSON {
			err = printJSON(r.Stdout, importedJSON{path, done})
		} else {
			_, err = fmt.Fprintf(r.Stdout, "%s: %s\n", printable(path), importedText(done, would))
		}
		if err != nil {
			return err
		}
	}
	if len(problems) > 0 {
		return Status{ExitFailure, errors.Join(problems...)}
	}
	return nil
}

func importedText(done spool.Imported, would bool) string {
	n := fmt.Sprintf("%d messages", done.Messages)
	if done.Messages == 1 {
		n = "1 message"
	}
	switch {
	case would:
		return n + " would be kept"
	case done.Messages == 0:
		return "no message in it"
	}
	return fmt.Sprintf("%s kept, the last is %d", n, done.Newest)
}
