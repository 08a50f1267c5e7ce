package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"postroom.dev/app/config"
	"postroom.dev/app/early"
)

// The scripts in testdata/script run the program as users type it: postroom, and sendmail by its own name.
func TestMain(m *testing.M) {
	early.Done() // as main does
	program := func() { os.Exit(Main(os.Args)) }
	testscript.Main(m, map[string]func(){"postroom": program, "sendmail": program, "newaliases": program, "praliases": program, "makemap": program, "mailq": program})
}

func TestCommandLine(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			e.Setenv("POSTROOM_HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("HOME", e.WorkDir)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"answers": answers,
			"problem": problem,
			"settled": settled,
			"status":  status,
		},
	})
}

// answers waits until a program answers on the home.
func answers(ts *testscript.TestScript, _ bool, _ []string) {
	socket := filepath.Join(ts.Getenv("POSTROOM_HOME"), "run", "control.sock")
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if c, err := dialUnix(context.Background(), socket); err == nil {
			c.Close()
			return
		}
	}
	ts.Fatalf("nothing answers on %s", socket)
}

// problem waits until the program that runs on the home tells of a problem that has the words in it.
func problem(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: problem WORDS")
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		client, err := dialControl(context.Background(), config.Home{Dir: ts.Getenv("POSTROOM_HOME")})
		ts.Check(err)
		status, err := client.Status(context.Background())
		ts.Check(errors.Join(err, client.Close()))
		if strings.Contains(strings.Join(status.Problems, "\n"), args[0]) {
			return
		}
	}
	ts.Fatalf("no problem with %s is told", args[0])
}

// status runs a command and checks its exit status.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status COMMAND ARGUMENT... STATUS")
	}
	last := len(args) - 1
	got := "0"
	if err := ts.Exec(args[0], args[1:last]...); err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[last] {
		ts.Fatalf("exit status %s, want %s", got, args[last])
	}
}

// settled waits until nothing is left in the queue of the program that runs on the home.
func settled(ts *testscript.TestScript, _ bool, _ []string) {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		client, err := dialControl(context.Background(), config.Home{Dir: ts.Getenv("POSTROOM_HOME")})
		ts.Check(err)
		waiting, err := client.Queue(context.Background(), nil)
		ts.Check(errors.Join(err, client.Close()))
		if len(waiting) == 0 {
			return
		}
	}
	ts.Fatalf("messages are left in the queue")
}
