//go:build unix

package mailq

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNothingMovesTheTerminalsCursor(t *testing.T) {
	dir := t.TempDir()
	const evil = "\x1b[31m\a\x7f\xc2\x9b\x9b"
	put(t, dir, "qf", "6AM9dEmd0123\x1b[2J", "V8\nT1795340354\nN1\nB"+evil+"\nMgr\u00fcn\tcaf\xe9 "+evil+"\nS"+evil+"\nC:"+evil+"\nMrcpt"+evil+"\nrRFC822; x\nRPFD:"+evil+"\n")
	put(t, dir, "hf", "6AM9dEmd012302", "V8\nT1795340354\nq"+evil+"\nSa\nRPFD:u\n")
	put(t, dir, "qf", "1234567890123456789\x1b[2J", "V8\nSa\nRPFD:u\n")
	must(t, os.Mkdir(filepath.Join(dir, "qfdir\x1b[2J"), 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "qfhalf\x1b[2J"), []byte("V8\n"), 0o600))
	for _, c := range []Command{{}, {Verbose: true}, {Select: selection(t, "Q")}, {Select: selection(t, "Q"), Verbose: true}} {
		c.Directory = dir
		got := list(t, c)
		for i, r := range got.out + got.err {
			if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
				t.Fatalf("%q", (got.out + got.err)[:i+1])
			}
		}
		if want := `\033[31m\007\177\302\233\233`; !strings.Contains(got.out, want) {
			t.Errorf("no %s in\n%s", want, got.out)
		}
		if c.Select.All() && c.Select.Kind() == "qf" && (!strings.Contains(got.out, `6AM9dEmd0123\033[2J`) || !strings.Contains(got.out, "(gr\u00fcn\tcaf\xe9 ")) {
			t.Errorf("%s", got.out)
		}
	}
}

func TestWhatIsNoFileIsNamedAndNotListed(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "qf", "6AM9dEmd012301", odd[0])
	whole := list(t, Command{Directory: dir})
	for name, kind := range map[string]string{"qfpipe": "a pipe", "qfdir": "a directory", "qflink": "a symbolic link"} {
		path := filepath.Join(dir, name)
		switch name {
		case "qfpipe":
			must(t, syscall.Mkfifo(path, 0o600))
		case "qfdir":
			must(t, os.Mkdir(path, 0o700))
		default:
			must(t, os.Symlink("/etc/passwd", path))
		}
		want := listed{"gatherq: " + path + " is not a regular file\n" + whole.out, "queue: not a regular file: " + path + " is " + kind + "\n", 0}
		if d := cmp.Diff(want, list(t, Command{Directory: dir}), cmp.AllowUnexported(listed{})); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
		must(t, os.Remove(path))
	}
}

func TestRealSendmailNamesAPipeTheSame(t *testing.T) {
	real := sendmail(t)
	dir := filepath.Join(t.TempDir(), "mqueue")
	must(t, os.Mkdir(dir, 0o700))
	put(t, dir, "qf", "6AM9dEmd012301", odd[0])
	must(t, syscall.Mkfifo(filepath.Join(dir, "qf6AM9dEmd012302"), 0o600))
	compare(t, real, Command{Directory: dir})
	compare(t, real, Command{Directory: dir, Verbose: true}, "-v")
	compare(t, real, Command{Directory: dir, Select: selection(t, "Gmqueue")}, "-qGmqueue")
}
