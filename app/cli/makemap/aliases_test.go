package makemap

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func exampleCom(domain string) bool { return strings.EqualFold(domain, "example.com") }

// newaliases writes an aliases file and runs newaliases on it. FILE stands for its path.
func newaliases(t *testing.T, text string) (path, out string, exit int) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "aliases")
	if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chmod(filepath.Dir(path), 0o700)); err != nil { // whatever the umask is
		t.Fatal(err)
	}
	out, exit = rebuild(path)
	return path, out, exit
}

func rebuild(paths ...string) (out string, exit int) {
	var b bytes.Buffer
	exit = Newaliases{Files: paths, Local: exampleCom, Stdout: &b}.Run()
	return strings.ReplaceAll(b.String(), paths[0], "FILE"), exit
}

func praliases(t *testing.T, path string, words ...string) (out, errs string, exit int) {
	t.Helper()
	var o, e bytes.Buffer
	exit = Praliases{append([]string{"praliases"}, words...), []string{path}, exampleCom, time.Now, &o, &e}.Run()
	return o.String(), strings.ReplaceAll(e.String(), path, "FILE"), exit
}

func students() string {
	var b strings.Builder
	for i := range 10 {
		fmt.Fprintf(&b, "student%d:student%d\n", i, i)
	}
	return b.String()
}

// All wants were printed by sendmail 8.17.1.9.
func TestNewaliasesIsSendmails(t *testing.T) {
	for _, test := range []struct {
		name, file, want string
		exit             int
		list             string // what praliases prints then
	}{
		{"ten students", students(), "FILE: 10 aliases, longest 8 bytes, 160 bytes total\n", 0, "@:@\n" + students()},
		{"duplicates are a warning", "x: a\nX: b\n", "FILE: line 2: X... Warning: duplicate alias name x\nFILE: 2 aliases, longest 1 bytes, 4 bytes total\n", 0, "@:@\nx:b\n"},
		{"mistakes are not", "x\ny: a\nz:\n", "FILE: line 1: missing colon\nFILE: line 3: z:... missing value for alias\nFILE: 1 aliases, longest 1 bytes, 2 bytes total\n", 70, "@:@\ny:a\n"},
		{"names of other domains", "foo@ok.example: a\nbar@example.com: b\n", "FILE: line 1: foo@ok.example... cannot alias non-local names\nFILE: 1 aliases, longest 1 bytes, 4 bytes total\n", 70, "@:@\nbar:b\n"},
		{"nothing is said of values and loops", "a: <bob\nl: m\nm: l\n", "FILE: 3 aliases, longest 4 bytes, 9 bytes total\n", 0, "@:@\na:<bob\nl:m\nm:l\n"},
		{"an empty file", "", "FILE: 0 aliases, longest 0 bytes, 0 bytes total\n", 0, "@:@\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path, out, exit := newaliases(t, test.file)
			if out != test.want || exit != test.exit {
				t.Errorf("exit %d, want %d (-want +got):\n%s", exit, test.exit, cmp.Diff(test.want, out))
			}
			for _, source := range []string{"the file", "the map alone"} {
				list, errs, exit := praliases(t, path)
				if list != test.list || errs != "" || exit != 0 {
					t.Errorf("%s: exit %d %s(-want +got):\n%s", source, exit, errs, cmp.Diff(test.list, list))
				}
				os.Remove(path) // the second time it is not there
			}
		})
	}
}

func TestNewaliasesOfAFileThatIsMissingOrUnsafe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "aliases")
	if out, exit := rebuild(path); out != "newaliases: cannot open FILE: No such file or directory\n" || exit != 0 {
		t.Errorf("%d %s", exit, out)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, exit := rebuild(path); out != "newaliases: cannot open FILE: Regular files only\n" || exit != 0 {
		t.Errorf("%d %s", exit, out)
	}
	if runtime.GOOS == "windows" {
		return // modes say nothing there
	}
	path, _, _ = newaliases(t, "a: b\n")
	for mode, who := range map[os.FileMode]string{0o620: "Group", 0o602: "World", 0o622: "World"} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		want := "newaliases: cannot open FILE: " + who + " writable file\nnewaliases: cure: chmod go-w FILE\n"
		if out, exit := rebuild(path); out != want || exit != 0 {
			t.Errorf("%v: %d %s", mode, exit, out)
		}
	}
}

func TestNewaliasesMakesNoMapInADirectoryThatOthersMayWrite(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing there")
	}
	path, _, _ := newaliases(t, "a: b\n")
	dir := filepath.Dir(path)
	for mode, who := range map[os.FileMode]string{0o770: "Group", 0o707: "World"} {
		if err := errors.Join(os.Remove(path+".db"), os.Chmod(dir, mode)); err != nil {
			t.Fatal(err)
		}
		want := "WARNING: " + who + " writable directory " + dir + "\nWARNING: cannot open alias database FILE\n" +
			"Cannot create database for alias file FILE\nnewaliases: cure: chmod go-w " + dir + "\n"
		if out, exit := rebuild(path); out != want || exit != exSoftware {
			t.Errorf("%v: %d %s", mode, exit, out)
		}
		if _, err := os.Stat(path + ".db"); err == nil {
			t.Errorf("%v: a map was made", mode)
		}
		if err := os.Chmod(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if _, exit := rebuild(path); exit != exOK {
			t.Errorf("%v: after the cure: %d", mode, exit)
		}
	}
}

func TestNewaliasesDoesEveryFileAndGivesTheWorstStatus(t *testing.T) {
	good, _, _ := newaliases(t, "a: b\n")
	bad, _, _ := newaliases(t, "a\n")
	out, exit := rebuild(good, bad)
	if exit != exSoftware || strings.Count(out, "aliases, longest") != 2 {
		t.Errorf("%d %s", exit, out)
	}
}

func TestADatabaseThatCannotBeMadeIsTold(t *testing.T) {
	path, _, _ := newaliases(t, "a: b\n")
	if err := os.Remove(path + ".db"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path+".db", 0o700); err != nil {
		t.Fatal(err)
	}
	out, exit := rebuild(path)
	if exit != exSoftware || !strings.HasPrefix(out, "WARNING: cannot open alias database FILE") || !strings.HasSuffix(out, "\nCannot create database for alias file FILE\n") {
		t.Errorf("%d %s", exit, out)
	}
}

func TestVerboseLooksAtTheQueuesMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing there")
	}
	path, _, _ := newaliases(t, "a: b\n")
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	exit := Newaliases{Files: []string{path}, Verbose: true, Dirs: []string{dir, filepath.Dir(path)}, Stdout: &b}.Run()
	want := "WARNING: World writable directory " + dir + "\n" + path + ": 1 aliases, longest 1 bytes, 2 bytes total\n"
	if got := b.String(); exit != 0 || got != want {
		t.Errorf("exit %d (-want +got):\n%s", exit, cmp.Diff(want, got))
	}
}

func TestPraliasesIsSendmails(t *testing.T) {
	path, _, _ := newaliases(t, "\"a b\": x\nTeam: alice, bob\n")
	missing := filepath.Join(t.TempDir(), "none")
	for _, test := range []struct {
		name      string
		words     []string
		out, errs string
		exit      int
	}{
		{"all", nil, "@:@\n\"a b\":x\nteam:alice, bob\n", "", 0},
		{"named ones", []string{"team", "Team", "nope", `"a b"`}, "team:alice, bob\nTeam: No such key\nnope: No such key\n\"a b\":x\n", "", 0},
		{"of another file", []string{"-f", path, "team"}, "team:alice, bob\n", "", 0},
		{"of a file that is not there", []string{"-f", missing}, "", "praliases: " + missing + ": open: No such file or directory\n", 0},
		{"no such option", []string{"-z"}, "", "praliases: invalid option -- 'z'\nusage: praliases [-C cffile] [-f aliasfile] [key ...]\n", 64},
		{"no such configuration", []string{"-C", missing}, "", "praliases: " + missing + ": No such file or directory\n", 66},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, errs, exit := praliases(t, path, test.words...)
			if out != test.out || errs != test.errs || exit != test.exit {
				t.Errorf("exit %d, want %d\nout (-want +got):\n%s\nerr %q, want %q", exit, test.exit, cmp.Diff(test.out, out), errs, test.errs)
			}
		})
	}
}
