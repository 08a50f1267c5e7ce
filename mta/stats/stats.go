// Package stats counts what goes through the mail system, as sendmail does in its statistics file, and remembers how
// other hosts answered, as sendmail does in its host status directory. mailstats, hoststat and purgestat print them.
//
// A Keeper counts in memory; Flush adds what it counted to the two files, each a small JSON text that is replaced
// by renaming. Nothing is synced: a loss of power may cost some numbers, never a readable file. Between reading and
// renaming another process may clear a file; what Flush adds then counts.
//
// Limits: 100 mailers, 10,000 hosts (those that were used longest ago are forgotten), 8 MiB a file.
package stats

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// The limits of the files.
const (
	MaxMailers = 100
	MaxHosts   = 10_000
	maxFile    = 8 << 20 // octets
)

// ErrFormat says that a file is not one of ours, or damaged.
var ErrFormat = errors.New("incorrect magic number")

// Mailer counts what one mailer took and gave. Bytes are in units of 1,024, rounded up for each message.
type Mailer struct {
	Name        string
	From        int64 // messages received from senders of this mailer
	FromK       int64
	To          int64 // recipients that it delivered to
	ToK         int64
	Rejected    int64 `json:",omitempty"`
	Discarded   int64 `json:",omitempty"`
	Quarantined int64 `json:",omitempty"`
}

// Counts is what the statistics file holds.
type Counts struct {
	Since    time.Time // zero after it was cleared, until something is counted
	Mailers  []Mailer
	In       int64 // connections that came in
	Out      int64 // connections that we made
	Rejected int64 // connections that were refused
}

// Number is a mailer's place in the configuration that sendmail's users have; those that it does not know come
// after them in the order in which they are counted.
func (c *Counts) Number(name string) int {
	standard := []string{"prog", "*file*", "*include*", "local", "smtp", "esmtp", "smtp8", "dsmtp", "relay"}
	if i := slices.Index(standard, name); i >= 0 {
		return i
	}
	n := len(standard)
	for i := range c.Mailers {
		if c.Mailers[i].Name == name {
			break
		}
		if !slices.Contains(standard, c.Mailers[i].Name) {
			n++
		}
	}
	return n
}

// mailer gives the counter of a mailer, nil when there are too many.
func (c *Counts) mailer(name string) *Mailer {
	for i := range c.Mailers {
		if c.Mailers[i].Name == name {
			return &c.Mailers[i]
		}
	}
	if len(c.Mailers) >= MaxMailers {
		return nil
	}
	c.Mailers = append(c.Mailers, Mailer{Name: name})
	return &c.Mailers[len(c.Mailers)-1]
}

// add adds what d counted.
func (c *Counts) add(d Counts) {
	c.In, c.Out, c.Rejected = c.In+d.In, c.Out+d.Out, c.Rejected+d.Rejected
	for _, m := range d.Mailers {
		t := c.mailer(m.Name)
		if t == nil {
			continue
		}
		t.From, t.FromK, t.To, t.ToK = t.From+m.From, t.FromK+m.FromK, t.To+m.To, t.ToK+m.ToK
		t.Rejected, t.Discarded, t.Quarantined = t.Rejected+m.Rejected, t.Discarded+m.Discarded, t.Quarantined+m.Quarantined
	}
}

// ReadCounts reads a statistics file. ErrFormat; fs.ErrNotExist where there is none.
func ReadCounts(path string) (Counts, error) {
	var f struct {
		Postroom string
		Counts
	}
	if err := read(path, &f); err != nil {
		return Counts{}, err
	}
	if f.Postroom != "statistics" || len(f.Mailers) > MaxMailers {
		return Counts{}, fmt.Errorf("%w in %s", ErrFormat, path)
	}
	return f.Counts, nil
}

// Clear sets a statistics file to zero: mailstats -p.
func Clear(path string) error { return writeCounts(path, Counts{}) }

func writeCounts(path string, c Counts) error {
	return write(path, struct {
		Postroom string
		Counts
	}{"statistics", c})
}

// Host is what is remembered of another host.
type Host struct {
	Name   string
	Used   time.Time // when it was last spoken to
	Result string    // "250 2.0.0 accepted", "Deferred: Connection refused", "OK"
}

// ReadHosts reads a host status file, the hosts in the order of their names. Errors as ReadCounts.
func ReadHosts(path string) ([]Host, error) {
	var f hostFile
	if err := read(path, &f); err != nil {
		return nil, err
	}
	if f.Postroom != "hosts" || len(f.Hosts) > MaxHosts {
		return nil, fmt.Errorf("%w in %s", ErrFormat, path)
	}
	return f.Hosts, nil
}

// Purge forgets the hosts that were not spoken to for longer than age: purgestat, with Timeout.hoststatus (30 min).
// A file that does not exist is purged.
func Purge(path string, now time.Time, age time.Duration) error {
	hosts, err := ReadHosts(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	kept := slices.DeleteFunc(slices.Clone(hosts), func(h Host) bool { return now.Sub(h.Used) > age })
	if len(kept) == len(hosts) {
		return nil
	}
	return writeHosts(path, kept)
}

type hostFile struct {
	Postroom string
	Hosts    []Host
}

// writeHosts writes the hosts in the order of their names, the MaxHosts that were used last.
func writeHosts(path string, hosts []Host) error {
	if len(hosts) > MaxHosts {
		slices.SortFunc(hosts, func(a, b Host) int { return b.Used.Compare(a.Used) })
		hosts = hosts[:MaxHosts]
	}
	slices.SortFunc(hosts, func(a, b Host) int { return cmp.Compare(a.Name, b.Name) })
	return write(path, hostFile{"hosts", hosts})
}

func read(path string, into any) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return err
	}
	if len(b) > maxFile {
		return fmt.Errorf("%w in %s: file too large", ErrFormat, path)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("%w in %s: %v", ErrFormat, path, err)
	}
	return nil
}

// write replaces a file. Whoever reads sees the old one or the new one.
func write(path string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	dir, name := filepath.Split(path)
	if dir != "" {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	f, err := os.CreateTemp(dir, name+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
