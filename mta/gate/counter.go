package gate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Counter counts what left on a day, in a file, so that a new start goes on counting. A day is one of the machine's own calendar,
// whatever the queue's clock says. Its methods may be called from any goroutine; one Counter belongs to one file.
type Counter struct {
	path string
	now  func() time.Time

	mu   sync.Mutex
	read bool
	day  string // "2006-01-02"
	left int
}

// NewCounter makes a Counter that keeps its count in the file at path, which need not exist. now is the machine's clock.
func NewCounter(path string, now func() time.Time) *Counter { return &Counter{path: path, now: now} }

// Take counts n more, if at most most have left today then, and says whether that is so. What it counted is on stable storage when it
// returns. An error says that the count cannot be known or kept: then nothing may leave.
func (c *Counter) Take(n, most int) (ok bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.today(); err != nil {
		return false, err
	}
	if n > most-c.left {
		return false, nil
	}
	c.left += n
	if err := c.write(); err != nil {
		c.left -= n
		return false, err
	}
	return true, nil
}

// Give takes n back that were counted and did not leave. When the file cannot be written they stay counted after a new start.
func (c *Counter) Give(n int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n <= 0 {
		return nil
	}
	if err := c.today(); err != nil {
		return err
	}
	c.left = max(c.left-n, 0)
	return c.write()
}

// Left says how many left today.
func (c *Counter) Left() (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.today()
	return c.left, err
}

// today reads the file, the first time, and begins anew on another day.
func (c *Counter) today() error {
	if !c.read {
		if err := c.load(); err != nil {
			return err
		}
		c.read = true
	}
	if day := c.now().Format(time.DateOnly); day != c.day {
		c.day, c.left = day, 0
	}
	return nil
}

// load reads "2026-11-23 17". A file that says something else stops all that leaves: it may have said "full".
func (c *Counter) load() error {
	text, err := os.ReadFile(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("count of what left today: %w", err)
	}
	var day string
	var left int
	if _, err := fmt.Sscanf(string(text), "%10s %d\n", &day, &left); err == nil {
		_, err = time.Parse(time.DateOnly, day)
		if err == nil && left >= 0 && string(text) == line(day, left) {
			c.day, c.left = day, left
			return nil
		}
	}
	return fmt.Errorf("%s: %.40q is no count of what left today; remove the file to begin anew", c.path, strings.TrimSpace(string(text)))
}

func line(day string, left int) string { return fmt.Sprintf("%s %d\n", day, left) }

// write puts another file in the place of the old one, durably.
func (c *Counter) write() (err error) {
	dir := filepath.Dir(c.path)
	f, err := os.CreateTemp(dir, filepath.Base(c.path)+".")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.WriteString(line(c.day, c.left))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), c.path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return nil // a directory that cannot be opened (Windows) cannot be synced
	}
	defer d.Close()
	_ = d.Sync()
	return nil
}
