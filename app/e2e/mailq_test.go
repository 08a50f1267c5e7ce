package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lists compares what mailq prints when it asks the running program with what it prints when it reads the files.
func (p *post) lists(args ...string) string {
	p.t.Helper()
	env := append(p.env(), "TZ=America/New_York") // not the program's own
	server, dir := program(p.t, "postroom-server"), filepath.Join(p.home, "spool", "mqueue")
	asked := mustRun(p.t, "", env, server, append([]string{"mailq"}, args...)...)
	read := mustRun(p.t, "", env, server, append([]string{"mailq", "-oQ" + dir}, args...)...)
	if d := cmp.Diff(read, asked); d != "" {
		p.t.Errorf("mailq %v (-files +program):\n%s", args, d)
	}
	return asked
}

func TestMailqOfARunningProgramIsThatOfItsFiles(t *testing.T) {
	home := newHome(t)
	write(t, filepath.Join(home, "etc", "postroom.toml"), "[queue]\ninterval = \"0\"\n") // not even the first run, which would take what lies there
	p := serve(t, home)
	dir := filepath.Join(p.home, "spool", "mqueue")
	put := func(n, priority int) {
		t.Helper()
		id := fmt.Sprintf("6AM9dEmd%06d", n)
		write(t, filepath.Join(dir, "df"+id), "hello\n")
		qf := fmt.Sprintf("V8\nT1795340354\nK0\nN0\nP%d\nSbob%d@example.com\nRPFD:u@%d.example\nH??Subject: x\n.\n", priority, n, n)
		if err := os.WriteFile(filepath.Join(dir, "qf"+id), []byte(qf), 0o600); err != nil { // in place
			t.Fatal(err)
		}
	}
	want := func(text string, args ...string) {
		t.Helper()
		if out := p.lists(args...); !strings.Contains(out, text) {
			t.Errorf("mailq %v lacks %q:\n%s", args, text, out)
		}
	}
	want("is empty\n")
	for n := range 3 {
		put(n, 100-n)
	}
	want("(3 requests)")
	want("(1 request)", "-qI000001")
	want("only 2 printed", "-O", "MaxQueueRunSize=2")
	want("bob0@example.com", "-O", "QueueSortOrder=filename", "-v")
	put(1, 7)
	want("         7 ", "-v")
	put(3, 1)
	want("(4 requests)")
	if err := os.Remove(filepath.Join(dir, "qf6AM9dEmd000000")); err != nil {
		t.Fatal(err)
	}
	want("(3 requests)")
}
