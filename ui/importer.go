package ui

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"postroom.dev/spool"
)

// Importer keeps mail from elsewhere.
type Importer interface {
	// Import keeps the messages of a file, an .eml or an mbox, caught: name is the file's. What was kept before an error is kept.
	Import(ctx context.Context, name string, file io.Reader) (spool.Imported, error)
}

// ImportFiles keeps the mail of files. One that cannot be read does not keep it from those behind; the error says what was wrong with which.
func ImportFiles(ctx context.Context, to Importer, paths []string) (spool.Imported, error) {
	var sum spool.Imported
	var problems []error
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		done, err := to.Import(ctx, filepath.Base(path), file)
		problems = append(problems, err)
		file.Close()
		sum.Messages += done.Messages
		sum.Newest = max(sum.Newest, done.Newest)
	}
	return sum, errors.Join(problems...)
}
