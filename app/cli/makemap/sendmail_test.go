//go:build linux

package makemap

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta/realsendmail"
)

// realConfig is enough of a sendmail.cf for sendmail -bi on FILE.
const realConfig = `V10/Berkeley
Cwlocalhost example.com
Djmail.example.com
O AliasFile=FILE
O QueueDirectory=DIR
O PidFile=/dev/null
O TrustedUser=root
Troot
Scanonify=3
R$* < $+ > $*	$: $2
R$+ @ $+	$: $1 < @ $2 >
Sparse=0
R$* < @ $=w > $*	$#local $: $1
R$+ < @ $+ >	$#esmtp $@ $2 $: $1 @ $2
R$*	$#local $: $1
Mlocal,	P=/bin/false, F=lsDFMAw5:/|@qPrmn9, S=0, R=0, T=DNS/RFC822/X-Unix, A=false
Mprog,	P=/bin/sh, F=lsDFMoqeu9, S=0, R=0, T=X-Unix/X-Unix/X-Unix, A=sh -c $u
Mesmtp,	P=[IPC], F=mDFMuXa, S=0, R=0, E=\r\n, L=990, T=DNS/RFC822/SMTP, A=TCP $h %d
`

// safeDir is a directory whose parents nobody but root can write, as sendmail wants it.
func safeDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/var/lib", "postroom-test-")
	if err != nil {
		t.Skipf("[skip] no directory that sendmail trusts: %v", err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// call runs a program of sendmail's under its own name, on a machine that is called mail.example.com: it waits a minute where the
// host's name has no dot. All it says, in order, then its exit status.
func call(t *testing.T, dir, stdin, path string, words ...string) (string, int) {
	t.Helper()
	const script = `exec -a "$(basename "$0")" "$0" "$@"`
	cmd := realsendmail.Command(t, "bash", append([]string{"-c", script, path}, words...)...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	cmd.WaitDelay = 30 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Skipf("[skip] no namespaces for sendmail here: %v", err)
	}
	text := string(out)
	if strings.HasPrefix(text, "unshare:") {
		t.Skipf("[skip] no namespaces for sendmail here: %s", text)
	}
	name := filepath.Base(path) // in complaints it stands with its directory, which is another when it was unpacked
	return regexp.MustCompile("(?m)^/[^ ]*/"+name+":").ReplaceAllString(text, name+":"), cmd.ProcessState.ExitCode()
}

func TestMakemapBesideTheRealOne(t *testing.T) {
	path := realsendmail.Tool(t, "makemap")
	dir := safeDir(t)
	config := filepath.Join(dir, "cf")
	if err := os.WriteFile(config, []byte("V10/Berkeley\nO TrustedUser=root\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	sources := map[string]string{
		"entries":  "k v\nk w\nA B  c  \nfoo\n x y\n#c\n\nq \"r s\"\n\"a b\" c\nlast one",
		"empty":    "k\nj \nl\t\nm x\n",
		"commas":   "K,v,w\nK2 v, w\n,x\n",
		"comments": "% comment\n#K v\na b # c\n",
		"access":   "Connect:10.1 RELAY\nFrom:Spam.example ERROR:5.7.1:550 no\nexample.com RELAY\nuser@ OK\n",
		"nothing":  "",
	}
	for name, source := range sources {
		for _, options := range []string{"hash", "btree", "-v hash", "-r hash", "-d btree", "-e hash", "-f hash", "-t, hash", "-D% btree", "-N hash", "foo", "dbm", "-z hash", "-l hash"} {
			t.Run(name+" "+options, func(t *testing.T) {
				ours := t.TempDir()
				t.Chdir(ours)
				words := append(strings.Fields(options), "m")
				want, wantExit := call(t, dir, source, path, append([]string{"-C", config}, words...)...)
				out, errs, exit := run(t, source, append([]string{"-C", config}, words...)...)
				// The real one's two streams are one here: what -v prints is at its end.
				if diff := cmp.Diff(lines(want), lines(out+errs)); diff != "" || exit != wantExit {
					t.Errorf("exit %d, want %d (-want +got):\n%s", exit, wantExit, diff)
				}
				kind := words[len(words)-2]
				if _, err := os.Stat("m.db"); err != nil {
					return
				}
				want, wantExit = call(t, dir, "", path, "-C", config, "-u", kind, "m")
				out, errs, exit = run(t, "", "-u", kind, "m")
				if diff := cmp.Diff(lines(want), lines(out+errs)); diff != "" || exit != wantExit {
					t.Errorf("-u: exit %d, want %d (-want +got):\n%s", exit, wantExit, diff)
				}
				os.Remove(filepath.Join(dir, "m.db"))
			})
		}
	}
}

// lines counts lines: a hash gives them in an order of its own.
func lines(text string) map[string]int {
	m := make(map[string]int)
	for line := range strings.Lines(text) {
		m[line]++
	}
	return m
}

func TestNewaliasesAndPraliasesBesideTheRealOnes(t *testing.T) {
	sendmail, lister := realsendmail.Tool(t, "sendmail"), realsendmail.Tool(t, "praliases")
	dir := safeDir(t)
	path, config := filepath.Join(dir, "aliases"), filepath.Join(dir, "cf")
	cf := strings.NewReplacer("FILE", path, "DIR", dir).Replace(realConfig)
	if err := os.WriteFile(config, []byte(cf), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"students":       students(),
		"kinds":          "postmaster: root\nteam: alice, bob,\n    carol\nprog: \"|/usr/bin/filter -x\"\nfile: /var/tmp/archive\nlist: :include:/etc/mail/lists/staff\nowner-list: bob\nkeep: \\alice, u@ok.example\n\"a b\": x\nKey:  Full Name <u@h> (c)   \n",
		"duplicates":     "x: a\nX: b\nx : c\n\"a b\": c\n\"A B\": d\n",
		"mistakes":       "x\ny: a\nz:\nw:   \n: alice\nfoo@ok.example: a\n b\nbar@EXAMPLE.com: b\n|p: q\n\"/f\": r\n",
		"blanks":         "  x: a\n y\n# c\n w\na: b,\n\n c\nd: e\n\tf\n   \n",
		"backslashes":    "a: b\\\nc: d\n#x\\\ny: z\n",
		"names":          "d  :e\n(comm) f: g\nFull <h>: i\n<k>: v\nA,b: c\na+x: y\n",
		"values":         "a: <bob\nb: \"unclosed\nc: (x\nd: ,,\ne: |x y, z#w\n",
		"a colon quoted": "\"d: e\n",
		"no last line":   "a: b\nc: d",
		"nothing":        "",
		"a long line":    "a: " + strings.Repeat("b", 8188) + "\nc: d\n",
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, []byte(file), 0o644); err != nil {
				t.Fatal(err)
			}
			want, wantExit := call(t, dir, "", sendmail, "-C"+config, "-bi")
			list, _ := call(t, dir, "", lister, "-C", config)
			os.Remove(path + ".db")
			out, exit := rebuild(path)
			out = strings.ReplaceAll(out, "FILE", path)
			if out != want || exit != wantExit {
				t.Errorf("exit %d, want %d (-want +got):\n%s", exit, wantExit, cmp.Diff(want, out))
			}
			got, _, _ := praliases(t, path)
			if diff := cmp.Diff(lines(list), lines(got)); diff != "" {
				t.Errorf("praliases (-want +got):\n%s", diff)
			}
		})
	}
}
