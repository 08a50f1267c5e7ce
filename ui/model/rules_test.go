package model

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"postroom.dev/mta/table"
	"postroom.dev/mta/table/edit"
)

// tableOf is a source of one table's text.
type tableOf struct {
	RulesSource
	text []byte
}

func (s tableOf) TableText(context.Context, string) (TableText, error) {
	return TableText{Text: s.text, Version: "1"}, nil
}

func (s tableOf) CheckTable(context.Context, string, []byte) ([]table.Problem, error) {
	return nil, nil
}

// opened gives an editor of virtusertable with this text, read, and what runs what it posts until ready says so.
func opened(t testing.TB, text []byte) (r *Rules, until func(ready func() bool)) {
	t.Helper()
	posted := make(chan func(), 10_000)
	r = NewRules(tableOf{text: text}, func(fn func()) { posted <- fn })
	r.OnChange, r.OnProblem = func(bool) {}, func(err error) { t.Error(err) }
	t.Cleanup(r.Close)
	until = func(ready func() bool) {
		for !ready() {
			(<-posted)()
		}
	}
	r.Open("virtusertable")
	until(r.Ready)
	return r, until
}

func manyLines(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "user%06d@example.com\tuser%d@inside.example\n", i, i)
	}
	return b.Bytes()
}

func TestAnEditOfALargeTableShowsAtOnce(t *testing.T) {
	r, until := opened(t, manyLines(10_000)) // read beside the window
	if err := r.Edit(func(doc *edit.Text) error { return doc.Change("user000005@example.com", "other") }); err != nil {
		t.Fatal(err)
	}
	if !r.Ready() || r.Len() != 10_000 || r.Entry(5).Value != "other" {
		t.Fatalf("ready %v, %d entries, %v", r.Ready(), r.Len(), r.Entry(5))
	}
	want := bytes.Replace(manyLines(10_000), []byte("user5@inside.example"), []byte("other"), 1)
	if !bytes.Equal(r.Text(), want) {
		t.Error("the text is another")
	}
	r.Undo()
	until(r.Ready)
	if r.Entry(5).Value != "user5@inside.example" {
		t.Errorf("after Undo there is %v", r.Entry(5))
	}
	if err := r.Edit(func(doc *edit.Text) error { return doc.Remove("user000000@example.com") }); err != nil || r.Len() != 9_999 {
		t.Errorf("%d entries, %v", r.Len(), err)
	}
}

// slowTable is a source that is read as slowly as somebody lets it.
type slowTable struct {
	tableOf
	asked chan func(text string)
}

func (s slowTable) TableText(_ context.Context, name string) (TableText, error) {
	text := make(chan string)
	s.asked <- func(t string) { text <- t }
	read := <-text
	return TableText{Name: name, Text: []byte(read), Version: read}, nil
}

func (s slowTable) SaveTable(_ context.Context, name string, text []byte, _ string) (TableText, error) {
	return TableText{Name: name, Text: text, Version: string(text)}, nil
}

func TestWhatWasReadBeforeASaveIsOld(t *testing.T) {
	source, posted := slowTable{asked: make(chan func(string), 10)}, make(chan func(), 1000)
	r := NewRules(source, func(fn func()) { posted <- fn })
	r.OnProblem = func(err error) { t.Error(err) }
	defer r.Close()
	until := func(ready func() bool) {
		for !ready() {
			(<-posted)()
		}
	}
	asked := func() (answer func(string)) {
		until(func() bool {
			select {
			case answer = <-source.asked:
				return true
			default:
				if len(posted) == 0 {
					posted <- func() {}
				}
				return false
			}
		})
		return answer
	}
	r.Open("mailertable")
	asked()("old\t1\n")
	until(r.Ready)
	r.Watch()
	poll := asked() // it reads while the table is saved
	if err := r.Edit(func(doc *edit.Text) error { return doc.Add("new", "2") }); err != nil {
		t.Fatal(err)
	}
	saved := false
	r.Save(func() { saved = true })
	until(func() bool { return saved })
	poll("old\t1\n")
	r.poll.Nudge()
	last := asked() // so the answer before is with the window
	if text := string(r.Text()); text != "old\t1\nnew\t2\n" || r.Dirty() || r.Conflict() {
		t.Errorf("%q, dirty %v, conflict %v", text, r.Dirty(), r.Conflict())
	}
	last("theirs\t3\n")
	until(func() bool { return string(r.Text()) == "theirs\t3\n" })
}

func TestAnEditThatFailsHalfwayChangesNothing(t *testing.T) {
	r, _ := opened(t, manyLines(3))
	no := errors.New("no")
	err := r.Edit(func(doc *edit.Text) error {
		if err := doc.Add("new@example.com", "x"); err != nil {
			return err
		}
		return no
	})
	if !errors.Is(err, no) || !bytes.Equal(r.Text(), manyLines(3)) || r.Len() != 3 || r.Dirty() {
		t.Errorf("%v: %q, %d entries", err, r.Text(), r.Len())
	}
	if err := r.Edit(func(doc *edit.Text) error { return doc.Change("user000001@example.com", "y") }); err != nil {
		t.Fatal(err)
	}
	if want := bytes.Replace(manyLines(3), []byte("user1@inside.example"), []byte("y"), 1); !bytes.Equal(r.Text(), want) {
		t.Errorf("%q", r.Text())
	}
}

// BenchmarkEdit5MB is what the window waits for when an entry of a table of 5 MB is changed.
func BenchmarkEdit5MB(b *testing.B) {
	r, _ := opened(b, manyLines(120_000))
	for i := 0; b.Loop(); i++ {
		if err := r.Edit(func(doc *edit.Text) error { return doc.Change("user060000@example.com", fmt.Sprint("v", i)) }); err != nil {
			b.Fatal(err)
		}
	}
}
