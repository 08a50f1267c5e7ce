package mailfile

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

type found struct{ Sender, When, Text string }

// all reads a file to its end, in reads of odd sizes.
func all(t *testing.T, file io.Reader) []found {
	t.Helper()
	var out []found
	r := NewReader(file)
	for {
		m, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(iotest.OneByteReader(r))
		if err != nil {
			t.Fatal(err)
		}
		when := ""
		if !m.When.IsZero() {
			when = m.When.UTC().Format("2006-01-02 15:04:05")
		}
		out = append(out, found{m.Sender, when, string(text)})
	}
}

func TestMessagesOfAFile(t *testing.T) {
	long := strings.Repeat("x", 3*bufferSize)
	for name, c := range map[string]struct {
		file string
		want []found
	}{
		"an empty file has none": {"", nil},
		"a message alone is given as it stands": {
			"Subject: a\r\n\r\nFrom here on\r\n\r\nFrom x Mon Nov 23 04:05:06 2026\r\n", []found{{"", "", "Subject: a\r\n\r\nFrom here on\r\n\r\nFrom x Mon Nov 23 04:05:06 2026\r\n"}}},
		"an mbox has many, and its empty lines are not theirs": {
			"From ada@example.com Mon Nov 23 04:05:06 2026\nSubject: a\n\none\n\nFrom MAILER-DAEMON Tue Nov 24 04:05:06 2026\nSubject: b\n\ntwo\n\n",
			[]found{{"ada@example.com", "2026-11-23 04:05:06", "Subject: a\n\none\n"}, {"MAILER-DAEMON", "2026-11-24 04:05:06", "Subject: b\n\ntwo\n"}}},
		"a last message without its empty line": {
			"From a Mon Nov 23 04:05:06 2026\nSubject: a\n\none", []found{{"a", "2026-11-23 04:05:06", "Subject: a\n\none"}}},
		"empty lines within a message stay": {
			"From a Mon Nov 23 04:05:06 2026\n\n\n\none\n\n\n\nFrom b Mon Nov 23 04:05:07 2026\n\n", []found{{"a", "2026-11-23 04:05:06", "\n\n\none\n\n\n"}, {"b", "2026-11-23 04:05:07", ""}}},
		"words after an empty line do not end a message": {
			"From a Mon Nov 23 04:05:06 2026\nS: a\n\nFrom here on\n\nFrom then\n", []found{{"a", "2026-11-23 04:05:06", "S: a\n\nFrom here on\n\nFrom then\n"}}},
		"nor does a From_ line behind a line that is not empty": {
			"From a Mon Nov 23 04:05:06 2026\nS: a\n\none\nFrom b Mon Nov 23 04:05:07 2026\n", []found{{"a", "2026-11-23 04:05:06", "S: a\n\none\nFrom b Mon Nov 23 04:05:07 2026\n"}}},
		"quoting is taken off once": {
			"From a Mon Nov 23 04:05:06 2026\nS: a\n\n>From b\n>>From c\n> From d\n", []found{{"a", "2026-11-23 04:05:06", "S: a\n\nFrom b\n>From c\n> From d\n"}}},
		"lines may end in CRLF and a date have a zone": {
			"From a Mon Nov 23 04:05:06 +0100 2026\r\nS: a\r\n\r\none\r\n\r\nFrom b nonsense 12:00\r\nS: b\r\n", []found{{"a", "2026-11-23 03:05:06", "S: a\r\n\r\none\r\n"}, {"b", "", "S: b\r\n"}}},
		"a line may be longer than the buffer": {
			"From a Mon Nov 23 04:05:06 2026\nS: " + long + "\n\n" + long + "\n\nFrom b Mon Nov 23 04:05:07 2026\nS: b\n",
			[]found{{"a", "2026-11-23 04:05:06", "S: " + long + "\n\n" + long + "\n"}, {"b", "2026-11-23 04:05:07", "S: b\n"}}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(c.file), iotest.HalfReader(strings.NewReader(c.file)), iotest.DataErrReader(strings.NewReader(c.file))} {
				if diff := cmp.Diff(c.want, all(t, r)); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestAMessageThatIsNotReadIsPassedBy(t *testing.T) {
	r := NewReader(strings.NewReader("From a Mon Nov 23 04:05:06 2026\nS: a\n\nFrom b Mon Nov 23 04:05:07 2026\nS: b\n"))
	for _, want := range []string{"a", "b"} {
		if m, err := r.Next(); err != nil || m.Sender != want {
			t.Fatalf("%q, %v, want %q", m.Sender, err, want)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Fatal(err)
	}
}

func TestWhatIsNoMailIsRefused(t *testing.T) {
	for _, file := range []string{"%PDF-1.7\n", "\x7fELF", "Hello\n", "\n\nSubject: late\n", "PK\x03\x04"} {
		if _, err := NewReader(strings.NewReader(file)).Next(); !errors.Is(err, ErrNotMail) {
			t.Errorf("%q: %v", file, err)
		}
	}
}

func TestAnErrorOfTheFileIsGivenOn(t *testing.T) {
	broken := errors.New("broken")
	r := NewReader(io.MultiReader(strings.NewReader("S: a\n\none\n"), iotest.ErrReader(broken)))
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

// What is read of an mbox is at most what is in it, and reading ends.
func FuzzReader(f *testing.F) {
	f.Add("From a Mon Nov 23 04:05:06 2026\nS: a\n\n>From b\n\nFrom b Mon Nov 23 04:05:07 2026\n\n")
	f.Add("Subject: a\r\n\r\none")
	f.Add("From a\n\n\nFrom b 1:00\n")
	f.Fuzz(func(t *testing.T, file string) {
		r, sum := NewReader(strings.NewReader(file)), 0
		for range len(file) + 2 {
			if _, err := r.Next(); err != nil {
				if err != io.EOF && !errors.Is(err, ErrNotMail) {
					t.Fatal(err)
				}
				return
			}
			n, err := io.Copy(io.Discard, r)
			if err != nil {
				t.Fatal(err)
			}
			if sum += int(n); sum > len(file) {
				t.Fatalf("%d octets of %d", sum, len(file))
			}
		}
		t.Fatal("more messages than octets")
	})
}
