package app

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"postroom.dev/app/early"
)

// The scripts in testdata/script run the program as users type it: postroom, and sendmail by its own name.
func TestMain(m *testing.M) {
	early.Done() // as main does
	program := func() { os.Exit(Main(os.Args)) }
	testscript.Main(m, map[string]func(){"postroom": program, "sendmail": program})
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
