package daemon

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/spool/mailfile"
	"postroom.dev/spool/spooltest"
)

func importer(t *testing.T, s spool.Store) *Daemon {
	t.Helper()
	d, n := newDaemon(t, s), 0
	d.QueueID = func() string { n++; return "6AMC00AA00000" + strconv.Itoa(n) }
	return d
}

func TestTheEnvelopeOfImportedMailIsWhatItsHeaderStillSays(t *testing.T) {
	for name, c := range map[string]struct{ file, sender, to string }{
		"servers' fields count first":       {"Return-Path: <b@x.example>\nDelivered-To: r@y.example\nFrom: a@x.example\nTo: l@y.example\n", "<b@x.example>", "r@y.example"},
		"else what the author wrote":        {"From: A <a@x.example>\nTo: l@y.example, l@Y.EXAMPLE\nCc: c@y.example\n", "<a@x.example>", "l@y.example c@y.example"},
		"the Sender before the From field":  {"From: a@x.example\nSender: s@x.example\n", "<s@x.example>", ""},
		"the From_ line before both":        {"From f@x.example Mon Nov 23 04:05:06 2026\nFrom: a@x.example\n", "<f@x.example>", ""},
		"a bounce has the null path":        {"Return-Path: <>\nFrom: mailer@x.example\n", "<>", ""},
		"MAILER-DAEMON is the null path":    {"From MAILER-DAEMON Mon Nov 23 04:05:06 2026\nFrom: mailer@x.example\n", "<>", ""},
		"a broken Return-Path is passed by": {"Return-Path: (never ended\nFrom: a@x.example\n", "<a@x.example>", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := spooltest.NewMemory()
			done, err := importer(t, s).Import(t.Context(), "x.eml", strings.NewReader(c.file))
			if err != nil || done.Messages != 1 {
				t.Fatal(done, err)
			}
			records, err := s.Get(t.Context(), done.Newest)
			if err != nil || len(records) != 1 {
				t.Fatal(records, err)
			}
			var to []string
			for _, r := range records[0].Recipients {
				if r.State != mta.Caught || len(r.Steps) != 1 {
					t.Errorf("recipient %+v", r)
				}
				to = append(to, r.Address.String())
			}
			if got := records[0].Sender.Path(); got != c.sender || strings.Join(to, " ") != c.to {
				t.Errorf("from %s to %v", got, to)
			}
		})
	}
}

func TestAnImportThatStopsSaysWhatIsKept(t *testing.T) {
	broken := errors.New("broken disk")
	s := spooltest.NewMemory()
	box := "From a@x.example Mon Nov 23 04:05:06 2026\nSubject: a\n\nFrom b@x.example Mon Nov 23 04:05:07 2026\nSubject: b\n"
	done, err := importer(t, s).Import(t.Context(), "box", io.MultiReader(strings.NewReader(box), failing{broken}))
	if !errors.Is(err, broken) || done.Messages != 1 || !strings.Contains(err.Error(), "box: message 2: broken disk; the 1 before it are kept") {
		t.Errorf("%+v, %v", done, err)
	}
	if n := s.Counts().All; n != 1 {
		t.Errorf("%d messages kept", n)
	}
	if _, err := importer(t, full{s}).Import(t.Context(), "box", strings.NewReader(box)); !errors.Is(err, spool.ErrFull) {
		t.Error(err)
	}
	if _, err := importer(t, s).Import(t.Context(), "x.pdf", strings.NewReader("%PDF")); !errors.Is(err, mailfile.ErrNotMail) {
		t.Error(err)
	}
}
