package app

import (
	"context"
	"os"
	"path/filepath"

	"postroom.dev/app/remote"
)

// Picture fetches a picture that a mail names, because the user asked for it.
func (r *Room) Picture(ctx context.Context, address string) ([]byte, error) {
	return remote.New(r.settings.Preview.Hosts).Get(ctx, address)
}

// Browsable keeps a page for the browser, readable by nobody else, and gives its path. It is there until the home is closed.
func (r *Room) Browsable(_ context.Context, page []byte) (path string, err error) {
	dir := r.home.Pages()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(dir, "message-*.html") // of mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(page)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return filepath.Abs(f.Name())
}
