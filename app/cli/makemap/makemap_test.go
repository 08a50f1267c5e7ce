package makemap

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// run calls makemap in dir, where map names are relative to, and gives its output and its exit status.
func run(t *testing.T, stdin string, words ...string) (out, errs string, exit int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	exit = Makemap{append([]string{"makemap"}, words...), strings.NewReader(stdin), &stdout, &stderr}.Run()
	return stdout.String(), stderr.String(), exit
}

// All wants were printed by makemap of sendmail 8.17.1.9.
func TestMakemapIsSendmails(t *testing.T) {
	const (
		kv    = "k v\nk w\nA B  c  \n"
		empty = "k\nj \nl\t\nm x\n"
	)
	usage := makemapUsage
	for _, test := range []struct {
		name, before, args, stdin string // before makes the map m first
		out, errs                 string
		exit                      int
		dump                      string // of -u afterwards
	}{
		{"the first of two keys stays", "", "hash m", kv, "", "makemap: m: line 2: key k: duplicate key\n", 65, "a\tB  c  \nk\tv\n"},
		{"-v shows each line", "", "-v hash m", kv, "key=`k', val=`v'\nkey=`k', val=`w'\nkey=`a', val=`B  c  '\n", "makemap: m: line 2: key k: duplicate key\n", 65, "a\tB  c  \nk\tv\n"},
		{"-r replaces", "", "-r hash m", kv, "", "", 0, "a\tB  c  \nk\tw\n"},
		{"options may follow", "", "hash m -r", kv, "", "", 0, "a\tB  c  \nk\tw\n"},
		{"and stand together", "", "-rv hash m", "a b\n", "key=`a', val=`b'\n", "", 0, "a\tb\n"},
		{"-o adds to a map", "k w\n", "-o hash m", "j v\n", "", "", 0, "j\tv\nk\tw\n"},
		{"-o finds duplicates", "k w\n", "-o hash m", "k v\n", "", "makemap: m: line 1: key k: duplicate key\n", 65, "k\tw\n"},
		{"-o -r replaces", "k w\na 1\n", "-o -r hash m", "k v3\n", "", "", 0, "a\t1\nk\tv3\n"},
		{"without -o a map begins anew", "k w\n", "hash m", "j v\n", "", "", 0, "j\tv\n"},
		{"-d keeps both", "", "-d hash m", "k v3\nk v4\nc 1\n", "", "", 0, "c\t1\nk\tv3\nk\tv4\n"},
		{"lines that are no entries are left out", "", "hash m", "foo\n x y\n#c\n\nq \"r s\"\n", "", "makemap: m: line 1: no RHS for LHS foo\nmakemap: m: line 2: syntax error (leading space)\n", 65, "q\t\"r s\"\n"},
		{"no value", "", "hash m", empty, "", "makemap: m: line 1: no RHS for LHS k\nmakemap: m: line 2: no RHS for LHS j\nmakemap: m: line 3: no RHS for LHS l\n", 65, "m\tx\n"},
		{"-e allows that", "", "-e hash m", empty, "", "", 0, "j\t\nk\t\nl\t\nm\tx\n"},
		{"-t and its delimiter", "", "-t, hash m", "K,v,w\nK2 v, w\n,x\n", "", "", 0, "\tx\nk\tv,w\nk2 v\t w\n"},
		{"-t with a long one takes its first letter", "", "-txy hash m", "axb\n", "", "", 0, "a\tb\n"},
		{"-f keeps case", "", "-f hash m", "K v\n", "", "", 0, "K\tv\n"},
		{"-N, -s, -c and -i change nothing", "", "-N -s -c 100 -i UTF8 hash m", "K v\n", "", "", 0, "k\tv\n"},
		{"-D and its character", "", "-D% hash m", "% comment\n#K v\na b # c\n", "", "", 0, "#k\tv\na\tb # c\n"},
		{"or apart", "", "-D % hash m", "% comment\na b\n", "", "", 0, "a\tb\n"},
		{"a line of 1,024", "", "hash m", "l " + strings.Repeat("v", 1022) + "\no p\n", "", "makemap: m: line 1: line too long (1024 bytes max)\n", 65, "o\tp\n"},
		{"nothing to read", "", "implicit m", "", "", "", 0, ""},
		{"no such type", "", "foo m", "", "", "makemap: error opening type foo map m: Unknown database type\n", 73, "-"},
		{"types are small letters", "", "HASH m", "", "", "makemap: error opening type HASH map m: Unknown database type\n", 73, "-"},
		{"text is none", "", "text m", "", "", "makemap: error opening type text map m: Unknown database type\n", 73, "-"},
		{"dbm", "", "dbm m", "", "", "makemap: Need to recompile with -DNDBM for dbm support\n", 73, "-"},
		{"no directory", "", "hash x/y", "", "", "makemap: error opening type hash map x/y: No such file or directory\n", 73, "-"},
		{"one word", "", "hash", "", "", usage, 64, "-"},
		{"none", "", "", "", "", usage, 64, "-"},
		{"three", "", "hash m c", "", "", usage, 64, "-"},
		{"no such option", "", "-z", "", "", "makemap: invalid option -- 'z'\n" + usage, 64, "-"},
		{"an option without its value", "", "hash m -c", "", "", "makemap: option requires an argument -- 'c'\n" + usage, 64, "-"},
		{"-l lists the types", "", "-l extra", "", "hash\nbtree\nimplicit\n", "", 0, "-"},
		{"-u prints a map", "b 1\na 2\n", "-u hash m", "", "a\t2\nb\t1\n", "", 0, "a\t2\nb\t1\n"},
		{"by its file's name", "b 1\n", "-u hash m.db", "", "b\t1\n", "", 0, "b\t1\n"},
		{"with its delimiter", "b 1\n", "-u -t, hash m", "", "b,1\n", "", 0, "b\t1\n"},
		{"that is not there", "", "-u hash nope", "", "", "makemap: error opening type hash map nope: No such file or directory\n", 73, "-"},
		{"of another type", "a 1\n", "-u btree m", "", "", "makemap: error opening type btree map m: Invalid argument\n", 73, "a\t1\n"},
		{"-C and no such file", "", "-C nonexist hash m", "", "", "makemap: nonexist: No such file or directory\n", 66, "-"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if test.before != "" {
				if _, errs, exit := run(t, test.before, "hash", "m"); exit != 0 {
					t.Fatal(errs)
				}
			}
			out, errs, exit := run(t, test.stdin, strings.Fields(test.args)...)
			if out != test.out || errs != test.errs || exit != test.exit {
				t.Errorf("exit %d, want %d\nout (-want +got):\n%s\nerr (-want +got):\n%s", exit, test.exit, cmp.Diff(test.out, out), cmp.Diff(test.errs, errs))
			}
			if test.dump == "-" {
				if _, err := os.Stat("m.db"); err == nil {
					t.Error("a map was written")
				}
				return
			}
			dump, errs, exit := run(t, "", "-u", "hash", "m")
			if dump != test.dump || exit != 0 {
				t.Errorf("map (-want +got):\n%s%s", cmp.Diff(test.dump, dump), errs)
			}
		})
	}
}

func TestAccessDotDBIsNotDoubled(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, errs, exit := run(t, "example.com RELAY\n10.1.2.3 RELAY\n", "hash", "access.db"); exit != 0 || errs != "" {
		t.Fatalf("%d %s", exit, errs)
	}
	info, err := os.Stat("access.db")
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode() != mapMode {
		t.Errorf("mode %v", info.Mode())
	}
	if names, _ := os.ReadDir("."); len(names) != 1 {
		t.Errorf("%v", names)
	}
}

func TestAForeignMapIsNotAddedTo(t *testing.T) {
	t.Chdir(t.TempDir())
	foreign := strings.Repeat("\x00", 12) + "\x61\x15\x06\x00" + strings.Repeat("\x00", 100)
	if err := os.WriteFile("m.db", []byte(foreign), 0o600); err != nil {
		t.Fatal(err)
	}
	_, errs, exit := run(t, "a b\n", "-o", "hash", "m")
	if exit != exCantCreat || !strings.HasPrefix(errs, "makemap: error opening type hash map m: Invalid argument\n") || !strings.Contains(errs, "keep the text beside it") {
		t.Errorf("%d %s", exit, errs)
	}
	if text, _ := os.ReadFile("m.db"); string(text) != foreign {
		t.Error("it was changed")
	}
}

func TestTheOldMapStaysWhenTheSourceBreaksOff(t *testing.T) {
	t.Chdir(t.TempDir())
	run(t, "a old\n", "hash", "m")
	var errs bytes.Buffer
	exit := Makemap{[]string{"makemap", "hash", "m"}, iotest.ErrReader(errors.New("input/output error")), &errs, &errs}.Run()
	if exit != exIOErr || errs.String() != "makemap: m: Input/output error\n" {
		t.Errorf("%d %s", exit, errs.String())
	}
	if out, _, _ := run(t, "", "-u", "hash", "m"); out != "a\told\n" {
		t.Errorf("%q", out)
	}
	if names, _ := filepath.Glob(".*"); len(names) != 0 {
		t.Errorf("%v are left", names)
	}
}
