// Package edit changes single entries in the text of a table, as a careful person with an editor would: comments, order, empty
// lines, blanks between key and value, and the kind of line ends stay as they are.
//
// Read takes a source of one of four kinds:
//
//	Map      key, blanks or tabs, value to the line's end (package table): access, genericstable …
//	Aliases  name: value, and the lines that continue it (package alias)
//	List     a name a line, perhaps with blanks and a "#" comment behind it: local-host-names …
//	Script   a stage with conditions, and an answer (package simulate): simulate
//
// Lines that are no entries, mistakes among them, are passed over and kept. A new entry becomes the last line. Every
// change is checked by reading the text again: when it did anything but what was asked for (the last line of an aliases file
// ends in a backslash, say), it is taken back, and the error says so.
//
// Nothing here opens a file: live.Snapshot reads one, and saves it unless somebody else changed it meanwhile. Limits: a line is
// as long as package table or alias reads it, a text MaxSize octets.
package edit

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"postroom.dev/mta/alias"
	"postroom.dev/mta/table"
)

// MaxSize is the most octets that a text may have.
const MaxSize = table.MaxSize

// The errors of this package.
var (
	ErrAbsent   = errors.New("no such entry")
	ErrExists   = errors.New("there is such an entry already")
	ErrKey      = errors.New("cannot be a key")
	ErrValue    = errors.New("cannot be a value")
	ErrPlace    = errors.New("the lines around it make something else of it; mend them first")
	ErrTooLarge = fmt.Errorf("larger than %d octets", MaxSize)
)

// Kind is how a source is written.
type Kind uint8

// The kinds of sources.
const (
	Map Kind = iota
	Aliases
	List
	Script
)

// KindOf is how a table of that name is written: "aliases", "local-host-names", "access" ….
func KindOf(name string) Kind {
	switch name {
	case "aliases":
		return Aliases
	case "local-host-names", "relay-domains", "trusted-users", "generics-domains", "virtuser-domains":
		return List
	case "simulate":
		return Script
	}
	return Map
}

// Fold is a key as it is compared.
func (k Kind) Fold(key string) string {
	if k == Script { // which has texts in it
		return strings.TrimSpace(key)
	}
	return table.Fold(key)
}

// Entry is one entry of a text.
type Entry struct {
	Key   string // folded, without quotes; in a Script as it is written
	Value string // "" in a List, and in a Script where a rule only waits
	First int    // its lines, from 1
	Last  int
}

// Text is a source that is being edited. It belongs to one goroutine.
type Text struct {
	kind    Kind
	lines   []line
	entries []Entry // of these lines, nil for not read yet
}

// line is a line of the text and its end: "\n", "\r\n", and for the last one "" or "\r".
type line struct{ text, end string }

// open says that no line can follow.
func (l line) open() bool { return !strings.HasSuffix(l.end, "\n") }

// Read takes a source in. The error is ErrTooLarge.
func Read(kind Kind, source []byte) (*Text, error) {
	if len(source) > MaxSize {
		return nil, ErrTooLarge
	}
	t := &Text{kind: kind}
	for s := range strings.Lines(string(source)) {
		end := ""
		for _, e := range []string{"\r\n", "\n", "\r"} {
			if strings.HasSuffix(s, e) {
				end = e
				break
			}
		}
		t.lines = append(t.lines, line{strings.TrimSuffix(s, end), end})
	}
	return t, nil
}

// Bytes gives the text as it is now.
func (t *Text) Bytes() []byte {
	var b bytes.Buffer
	n := 0
	for _, l := range t.lines {
		n += len(l.text) + len(l.end)
	}
	b.Grow(n)
	for _, l := range t.lines {
		b.WriteString(l.text)
		b.WriteString(l.end)
	}
	return b.Bytes()
}

// Entries gives all entries in their order, those too that another one with the same key puts out of force. The list stays as it is when the
// text changes; it is not to be written to.
func (t *Text) Entries() []Entry {
	if t.entries == nil {
		for i := 0; i < len(t.lines); {
			e, next, ok := t.entry(i)
			if ok {
				t.entries = append(t.entries, e)
			}
			i = next
		}
	}
	return slices.Clip(t.entries)
}

// Find gives the entry that is in force for a key: the first one of a Map or a List, the last one of Aliases.
func (t *Text) Find(key string) (Entry, bool) {
	key = t.kind.Fold(key)
	found, ok := Entry{}, false
	for _, e := range t.Entries() {
		if e.Key == key && (!ok || t.kind == Aliases) {
			found, ok = e, true
		}
	}
	return found, ok
}

// Add puts a new entry at the end. Errors are ErrExists, ErrKey, ErrValue and ErrPlace.
func (t *Text) Add(key, value string) error {
	if _, ok := t.Find(key); ok {
		return fmt.Errorf("%s: %w", key, ErrExists)
	}
	added, err := t.compose(key, t.separator(), value)
	if err != nil {
		return err
	}
	entries := t.Entries()
	want := append(entries, Entry{Key: t.kind.Fold(key), Value: value, First: len(t.lines) + 1})
	return t.change(want, func() {
		last := len(t.lines) - 1
		end := t.lineEnd()
		if last >= 0 && t.lines[last].open() { // the text goes on ending without a line's end
			t.lines[last].end, end = end, t.lines[last].end
		}
		t.lines = append(t.lines, line{added, end})
	})
}

// Change gives the entry in force for key another value. Errors are ErrAbsent, ErrKey, ErrValue and ErrPlace.
func (t *Text) Change(key, value string) error { return t.rewrite(key, "", value) }

// Rename gives the entry in force for key another key. Errors are ErrAbsent, ErrExists, ErrKey and ErrPlace.
func (t *Text) Rename(key, to string) error {
	e, ok := t.Find(key)
	if _, taken := t.Find(to); ok && taken && t.kind.Fold(to) != e.Key {
		return fmt.Errorf("%s: %w", to, ErrExists)
	}
	return t.rewrite(key, to, e.Value)
}

// Set is Change where the key is there, and Add where it is not.
func (t *Text) Set(key, value string) error {
	if _, ok := t.Find(key); ok {
		return t.Change(key, value)
	}
	return t.Add(key, value)
}

// Remove takes all entries with a key out: none that was out of force until now comes into force. Errors are ErrAbsent and ErrPlace.
func (t *Text) Remove(key string) error {
	fold := t.kind.Fold(key)
	entries := t.Entries()
	isKey := func(e Entry) bool { return e.Key == fold }
	want := slices.DeleteFunc(slices.Clone(entries), isKey)
	if len(want) == len(entries) {
		return fmt.Errorf("%s: %w", key, ErrAbsent)
	}
	return t.change(want, func() {
		for _, e := range slices.Backward(entries) {
			if isKey(e) {
				t.cut(e.First-1, e.Last)
			}
		}
	})
}

// rewrite writes the entry in force for key anew, with another key unless to is "". What stands between key and value stays, and
// of a list's line what stands behind it.
func (t *Text) rewrite(key, to, value string) error {
	e, ok := t.Find(key)
	if !ok {
		return fmt.Errorf("%s: %w", key, ErrAbsent)
	}
	written, between, rest := t.parts(t.lines[e.First-1].text)
	if to != "" {
		written = to
		if t.kind == Aliases {
			written = alias.Quote(to)
		}
	}
	text, err := t.compose(t.plain(written), between, value)
	if err != nil {
		return err
	}
	if t.kind == Aliases && to == "" {
		text = written + between + value // the name as it was written: with a domain, in quotes
	}
	entries := t.Entries()
	want := slices.Clone(entries)
	for i := range want {
		if want[i].First == e.First {
			want[i].Value = value
			if to != "" {
				want[i].Key = t.kind.Fold(to)
			}
		}
	}
	if t.kind == Aliases && to != "" && value == e.Value && e.First < e.Last {
		// Only the name changes: the lines that continue the value stay as they are.
		return t.change(want, func() { t.lines[e.First-1].text = written + between + rest })
	}
	return t.change(want, func() {
		t.lines[e.First-1].text = text
		if t.kind == List {
			t.lines[e.First-1].text += rest
		}
		if e.Last > e.First {
			t.lines[e.First-1].end = t.lines[e.Last-1].end
			t.lines = slices.Delete(t.lines, e.First, e.Last)
		}
	})
}

// change does something to the lines, and takes it back when the entries are not as wanted then.
func (t *Text) change(want []Entry, do func()) error {
	before, had := slices.Clone(t.lines), t.entries
	do()
	t.entries = nil
	as := func(got, want Entry) bool { // a new one has a line of its own
		return got.Key == want.Key && got.Value == want.Value && (want.First <= len(before) || got.First == want.First)
	}
	if slices.EqualFunc(t.Entries(), want, as) {
		return nil
	}
	t.lines, t.entries = before, had
	return ErrPlace
}

// cut takes lines out. The text ends as it did, with a line's end or without one.
func (t *Text) cut(from, to int) {
	last := t.lines[len(t.lines)-1]
	t.lines = slices.Delete(t.lines, from, to)
	if n := len(t.lines); n > 0 && last.open() {
		t.lines[n-1].end = last.end
	}
}

// lineEnd is how the text ends its lines.
func (t *Text) lineEnd() string {
	for _, l := range slices.Backward(t.lines) {
		if !l.open() {
			return l.end
		}
	}
	return "\n"
}
