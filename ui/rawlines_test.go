//go:build !nogui

package ui

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"postroom.dev/mta"
)

type plainContent []byte

type plainReader struct{ *bytes.Reader }

func (plainReader) Close() error { return nil }

func (c plainContent) Size() int64               { return int64(len(c)) }
func (c plainContent) Open() (mta.Reader, error) { return plainReader{bytes.NewReader(c)}, nil }

// plainLines cuts as rawLines must.
func plainLines(text string) (lines []string) {
	for len(text) > 0 {
		n := strings.IndexByte(text[:min(len(text), rawLongest)], '\n') + 1
		if n == 0 {
			n = min(len(text), rawLongest)
		}
		lines, text = append(lines, strings.TrimRight(text[:n], "\r\n")), text[n:]
	}
	return lines
}

func TestRawLinesAreThoseOfTheMessage(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	texts := []string{"", "\n", "no end", "a\r\n\r\nb\r\n", strings.Repeat("x", 3*rawLongest), strings.Repeat("x", rawLongest-1) + "\n" + strings.Repeat("y", rawLongest) + "\nz",
		strings.Repeat("line\r\n", 100_000), strings.Repeat("q", rawBlock-1) + "\n\n" + strings.Repeat("w\n", 100)}
	for range 20 {
		var b strings.Builder
		for b.Len() < 2*rawBlock {
			fmt.Fprintf(&b, "%s\r\n", strings.Repeat("v", rnd.IntN(2*rawLongest)))
		}
		texts = append(texts, b.String())
	}
	for k, text := range texts {
		l, err := newRawLines(t.Context(), plainContent(text))
		if err != nil {
			t.Fatal(err)
		}
		want := plainLines(text)
		if l.Lines() != len(want) {
			t.Errorf("text %d: %d lines, want %d", k, l.Lines(), len(want))
			continue
		}
		for n := range min(len(want), 500) {
			i := rnd.IntN(len(want))
			if n < 40 {
				i = min(n, len(want)-1)
			}
			if got := l.Line(i)[0].Text; got != want[i] {
				t.Fatalf("text %d: line %d is %.40q…, want %.40q…", k, i, got, want[i])
			}
		}
		if len(l.groups) > rawGroups {
			t.Errorf("%d groups are kept", len(l.groups))
		}
	}
}

func TestReadingRawLinesEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newRawLines(ctx, plainContent(strings.Repeat("x\n", rawBlock))); err == nil {
		t.Error("read to the end")
	}
}

// BenchmarkRaw100MB is looking through a message of 100 MB, and a line in view of it.
func BenchmarkRaw100MB(b *testing.B) {
	content := plainContent(strings.Repeat(strings.Repeat("A", 76)+"\r\n", 100<<20/78))
	var l *rawLines
	b.Run("open", func(b *testing.B) {
		for range b.N {
			var err error
			if l, err = newRawLines(b.Context(), content); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("line", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			l.Line(i * 7919 % l.Lines())
		}
	})
}
