package mailq

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/spool/queue"
)

// place stands in the golden files for the queue directory.
const place = "/var/spool/mqueue"

// fixture copies the queue files of a directory in testdata to a queue of its own.
func fixture(t testing.TB, name string) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "mqueue")
	must(t, os.Mkdir(dir, 0o700))
	paths, err := filepath.Glob(filepath.Join("testdata", name, "?f*"))
	must(t, err)
	for _, path := range paths {
		b, err := os.ReadFile(path)
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, filepath.Base(path)), b, 0o600))
	}
	return dir
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// listed is what a call printed.
type listed struct {
	out, err string
	exit     int
}

func list(t testing.TB, c Command) listed {
	t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if c.Now.IsZero() {
		c.Now = time.Unix(1795341068, 0)
	}
	exit := c.Run(t.Context())
	return listed{out.String(), errs.String(), exit}
}

func selection(t testing.TB, words ...string) queue.Selection {
	t.Helper()
	s, err := queue.ParseSelection(words...)
	must(t, err)
	return s
}

// fixtures gives the names of the directories in testdata that hold this file.
func fixtures(t testing.TB, with string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "*", with))
	must(t, err)
	var names []string
	for _, p := range paths {
		names = append(names, filepath.Base(filepath.Dir(p)))
	}
	if len(names) < 20 {
		t.Fatalf("only %d fixtures", len(names))
	}
	return names
}

func TestListingIsSendmailsToTheLastColumn(t *testing.T) {
	for _, golden := range []string{"mailq.txt", "mailq-v.txt"} {
		for _, name := range fixtures(t, golden) {
			t.Run(name+"/"+golden, func(t *testing.T) {
				c := Command{Directory: fixture(t, name), Verbose: golden == "mailq-v.txt"}
				if name == "quarantined" {
					c.Select = selection(t, "Q")
				}
				want, err := os.ReadFile(filepath.Join("testdata", name, golden))
				must(t, err)
				got := list(t, c)
				if d := cmp.Diff(strings.ReplaceAll(string(want), place, c.Directory), got.out); d != "" {
					t.Errorf("-sendmail +ours:\n%s", d)
				}
				if odd := strings.HasPrefix(name, "handwritten-"); got.exit != 0 || !odd && got.err != "" {
					t.Errorf("exit %d, %s", got.exit, got.err)
				}
			})
		}
	}
}

func TestWhatIsWrongIsSaidAndNothingIsChanged(t *testing.T) {
	for name, want := range map[string]string{
		"id-19-characters":          "gatherq: qf1234567890123456789 too long, 21 max characters\n",
		"no-sender":                 "no sender",
		"no-recipient":              "no recipient",
		"no-terminator":             "the final dot is missing",
		"newer-version":             "version 9 is newer than 8",
		"unknown-line-code":         `line 4: unknown code "O"`,
		"bad-body-type":             "body type FOO",
		"empty-control-file":        "empty file",
		"complete-v8":               "",
		"quarantine-line-inside-qf": "is quarantined and not called hf",
		"aix-as-documented":         "the final dot is missing",
		"crlf":                      "",
	} {
		dir := fixture(t, "handwritten-"+name)
		before := names(t, dir)
		got := list(t, Command{Directory: dir})
		if !strings.Contains(got.err, want) || want == "" && got.err != "" || got.exit != 0 {
			t.Errorf("%s: exit %d, %q", name, got.exit, got.err)
		}
		if d := cmp.Diff(before, names(t, dir)); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
}

func names(t testing.TB, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// put writes a message by hand.
func put(t testing.TB, dir, kind, id, envelope string) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(dir, kind+id), []byte(envelope+"H??Subject: x\n.\n"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "df"+id), []byte("hello\n"), 0o600))
}

func TestStateStandsBehindTheID(t *testing.T) {
	dir := t.TempDir()
	const sent = "V8\nT1795340354\nK1795341000\n"
	put(t, dir, "qf", "young", sent+"N1\nP1\nSyoung\nRPFD:u\n")
	put(t, dir, "qf", "never", sent+"N0\nP2\nSnever tried\nRPFD:u\n")
	put(t, dir, "qf", "future", strings.Replace(sent, "K1795341000", "K1795349000", 1)+"N1\nP3\nSclock set back\nRPFD:u\n")
	put(t, dir, "qf", "held", sent+"N1\nP4\nSheld\nRPFD:u\n")
	put(t, dir, "qf", "heavy", sent+"N0\nP200001\nSheavy\nRPFD:u\n")
	put(t, dir, "Qf", "lost", sent+"N0\nP1\nSlost\nRPFD:u\n")
	q, err := queue.Open(dir)
	must(t, err)
	e, err := q.Lock("held")
	must(t, err)
	defer e.Close()
	c := Command{Directory: dir, MinAge: time.Hour, Load: 10, QueueLA: 8, QueueFactor: 600000}
	want := fmt.Sprintf(`		%s (5 requests)
-----Q-ID----- --Size-- -----Q-Time----- ------------Sender/Recipient-----------
        young-       6 Sun Nov 22 09:39 young
					 u
        never        6 Sun Nov 22 09:39 never tried
					 u
       future        6 Sun Nov 22 09:39 clock set back
					 u
         held*       6 Sun Nov 22 09:39 held
					 u
        heavyX       6 Sun Nov 22 09:39 heavy
					 u
		Total requests: 5
`, dir)
	if d := cmp.Diff(listed{want, "", 0}, list(t, c), cmp.AllowUnexported(listed{})); d != "" {
		t.Error(d)
	}
	c.Select = selection(t, "L")
	if got := list(t, c); !strings.Contains(got.out, "         lost?       6 Sun Nov 22 09:39 lost\n") || !strings.Contains(got.out, "(1 request)") {
		t.Error(got.out)
	}
}

func TestSeveralDirectoriesHaveTheirHeadingsAndOneTotal(t *testing.T) {
	base := t.TempDir()
	for _, sub := range []string{"q1", "q2", "q3", "other"} {
		must(t, os.Mkdir(filepath.Join(base, sub), 0o700))
	}
	put(t, filepath.Join(base, "q1"), "qf", "6AM9dEmd012301", "V8\nT1795340354\nSa\nRPFD:u\n")
	put(t, filepath.Join(base, "q3"), "qf", "6AM9dEmd012303", "V8\nT1795340354\nSb\nRPFD:u\n")
	put(t, filepath.Join(base, "other"), "qf", "6AM9dEmd012304", "V8\nT1795340354\nSb\nRPFD:u\n")
	want := strings.ReplaceAll(`		BASE/q1 (1 request)
-----Q-ID----- --Size-- -----Q-Time----- ------------Sender/Recipient-----------
6AM9dEmd012301        6 Sun Nov 22 09:39 a
					 u
BASE/q2 is empty
		BASE/q3 (1 request)
-----Q-ID----- --Size-- -----Q-Time----- ------------Sender/Recipient-----------
6AM9dEmd012303        6 Sun Nov 22 09:39 b
					 u
		Total requests: 2
`, "BASE", base)
	if d := cmp.Diff(listed{want, "", 0}, list(t, Command{Directory: filepath.Join(base, "q*")}), cmp.AllowUnexported(listed{})); d != "" {
		t.Error(d)
	}
}

func TestDirectoriesThatCannotBeListed(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	open := filepath.Join(dir, "open")
	must(t, os.Mkdir(open, 0o700))
	must(t, os.Chmod(open, 0o777))
	for name, want := range map[string]listed{
		"missing":    {"can not chdir(DIR/missing/): No such file or directory\n", "", 78},
		"missing/q*": {"can not chdir(DIR/missing/): No such file or directory\n", "", 78},
		"none*":      {"can not opendir(DIR/none): No such file or directory\n", "", 78},
		"file":       {"can not chdir(DIR/file/): Not a directory\n", "", 78},
		"open":       {"", "451 4.0.0 DIR/open: World writable directory\nqueue: others may write it: directory DIR/open has mode 0777; chmod o-w DIR/open\n", 71},
	} {
		got := list(t, Command{Directory: filepath.Join(dir, name)})
		got.out, got.err = strings.ReplaceAll(got.out, dir, "DIR"), strings.ReplaceAll(got.err, dir, "DIR")
		if d := cmp.Diff(want, got, cmp.AllowUnexported(listed{})); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
}

func TestFullOutputIsAnError(t *testing.T) {
	var errs bytes.Buffer
	c := Command{Directory: fixture(t, "multipart"), Stdout: fullWriter{}, Stderr: &errs}
	if exit := c.Run(context.Background()); exit != 71 || !strings.Contains(errs.String(), "no room") {
		t.Errorf("exit %d, %s", exit, errs.String())
	}
}

type fullWriter struct{}

func (fullWriter) Write([]byte) (int, error) { return 0, fmt.Errorf("no room") }
