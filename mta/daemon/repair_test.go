package daemon

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool/queue"
)

// leave writes a file into the queue directory that was left alone for an hour.
func (f *fixture) leave(name, text string) {
	f.Helper()
	path := filepath.Join(f.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		f.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		f.Fatal(err)
	}
}

// repairAll repairs what is odd and gives what was said of each.
func (f *fixture) repairAll() (said []string) {
	f.Helper()
	all, err := f.Orphans(f.Queue)
	if err != nil {
		f.Fatal(err)
	}
	for _, o := range all {
		did, err := f.Repair(f.Context(), o)
		if err != nil {
			did = err.Error()
		}
		said = append(said, o.Kind+o.ID+": "+strings.ReplaceAll(did, f.dir+"/", ""))
	}
	return said
}

func TestACrashBetweenDfAndQfLosesNothingAtTheNextStart(t *testing.T) {
	const id = "6AMC00AA000001"
	for name, left := range map[string]map[string]string{
		"half a df":        {"df" + id: "bo"},
		"df and half a tf": {"df" + id: "body\n", "tf" + id: "V8\nT17"},
		"df and whole tf":  {"df" + id: "body\n.dot\n", "tf" + id: "V8\nT1795339455\nK0\nN0\nP30000\nSapp@example.com\nH??Subject: hi\nRPFD:ada@example.net\n.\n"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.crashAt(1) // after the record
			alone(func() { f.submit(to(id, "ada@example.net")) })
			for name, text := range left { // as the crash of a moment ago left them
				if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			f.start()
			if err := f.Reconcile(t.Context()); err != nil {
				t.Fatal(err)
			}
			f.run()
			f.same("sent", f.remote.got(), []string{id + " ada@example.net"})
			if text := f.remote.text[id]; !strings.HasSuffix(text, "\n\nbody\n.dot\n") {
				t.Errorf("text %q", text)
			}
			f.same("record", f.states(id), "ada@example.net relayed")
			f.same("files", slices.DeleteFunc(f.files(), func(name string) bool { return name == queue.Aside }), []string{})
		})
	}
}

func TestOrphansAreShownAndRepairedWhenAsked(t *testing.T) {
	f := newFixture(t)
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.leave("df6AMC00AB000001", "alone\n")
	f.leave("tf6AMC00AC000001", "V8\nhalf")
	f.leave("df6AMC00AD000001", "whole\n")
	f.leave("tf6AMC00AD000001", "V8\nSgeo@example.com\nRPFD:bob@example.com\n.\n")
	f.leave("xf6AMC00AE000001", "")
	before := f.files()
	f.run()
	f.same("after a run", strings.Join(f.files(), " "), strings.Join(slices.DeleteFunc(before, func(s string) bool { return strings.HasSuffix(s, "AA000001") }), " "))
	f.same("said", strings.Join(f.repairAll(), "\n"), strings.Join([]string{
		"df6AMC00AB000001: moved df6AMC00AB000001 to aside/df6AMC00AB000001",
		"tf6AMC00AC000001: moved tf6AMC00AC000001 to aside/tf6AMC00AC000001",
		"tf6AMC00AD000001: tf6AMC00AD000001 is the control file of a message now",
		"xf6AMC00AE000001: moved xf6AMC00AE000001 to aside/xf6AMC00AE000001",
	}, "\n"))
	f.run()
	f.same("sent", f.local.got(), []string{"6AMC00AD000001 bob@example.com"})
	f.same("files", f.files(), []string{queue.Aside})
	f.same("said again", f.repairAll(), []string{})
}

func TestAMessageWithoutItsBodyIsMadeAnewFromItsRecord(t *testing.T) {
	f := newFixture(t)
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.remote.say("ada@example.net", greylisted)
	f.run()
	if err := os.Remove(filepath.Join(f.dir, "df6AMC00AA000001")); err != nil {
		t.Fatal(err)
	}
	f.remote.say("ada@example.net", mta.Status{Code: 250})
	f.run()
	f.same("told", len(f.told()), 1)
	f.same("record", f.states("6AMC00AA000001"), "ada@example.net deferred")
	f.same("said", f.repairAll(), []string{"qf6AMC00AA000001: made the files of 6AMC00AA000001 anew from its record"})
	f.run()
	f.same("sent", f.remote.got(), []string{"6AMC00AA000001 ada@example.net"})
	f.same("record", f.states("6AMC00AA000001"), "ada@example.net relayed")
}

func TestAMessageWithoutBodyAndRecordStaysUntilItIsDropped(t *testing.T) {
	f := newFixture(t)
	f.leave("qf6AMC00AA000001", "V8\nSgeo@example.com\nRPFD:u@example.net\n.\n")
	if said := f.repairAll(); len(said) != 1 || !strings.Contains(said[0], "the body is missing") {
		t.Errorf("%q", said)
	}
	f.same("files", f.files(), []string{"qf6AMC00AA000001"})
	if err := f.Drop(t.Context(), "6AMC00AA000001"); err != nil {
		t.Error(err)
	}
	f.same("files", f.files(), []string{})
}

func TestWhatIsBeingWrittenIsLeftAlone(t *testing.T) {
	f := newFixture(t)
	f.leave("df6AMC00AA000001", "just now\n")
	if err := os.Chtimes(filepath.Join(f.dir, "df6AMC00AA000001"), time.Time{}, time.Now()); err != nil {
		t.Fatal(err)
	}
	all, err := f.Orphans(f.Queue)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	if _, err := f.Repair(t.Context(), all[0]); !errors.Is(err, queue.ErrYoung) {
		t.Errorf("%v", err)
	}
	f.same("files", f.files(), []string{"df6AMC00AA000001"})
}

func TestHalfAMessageIsMovedAsideAsOne(t *testing.T) {
	f := newFixture(t)
	f.leave("df6AMC00AA000001", "text\n")
	f.leave("tf6AMC00AA000001", "V8\nhalf")
	f.same("said", f.repairAll(), []string{"tf6AMC00AA000001: moved tf6AMC00AA000001 to aside/tf6AMC00AA000001; moved df6AMC00AA000001 to aside/df6AMC00AA000001"})
	f.same("files", f.files(), []string{queue.Aside})
}

func TestADamagedMessageIsDroppedWhenAsked(t *testing.T) {
	f := newFixture(t)
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.leave("qf6AMC00AA000001", "V8\nT17")
	f.run()
	if told := f.told(); len(told) != 1 || !strings.Contains(told[0], "the file stays, correct or remove it") {
		t.Errorf("%q", told)
	}
	if err := f.Drop(t.Context(), "6AMC00AA000001"); err != nil {
		t.Fatal(err)
	}
	f.same("files", f.files(), []string{})
	f.same("record", f.states("6AMC00AA000001"), "ada@example.net discarded")
}
