package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// As a command line neither program writes one stray byte, whatever the language and with an empty environment: PHP, cron and git
// take every byte for an error.
func TestCommandsWriteNothingOfTheirOwn(t *testing.T) {
	p := serve(t, newHome(t))
	languages := map[string][]string{
		"unset":       {},
		"C":           {"LANG=C"},
		"C.UTF-8":     {"LANG=C.UTF-8", "LC_ALL=C.UTF-8"},
		"zh_CN.UTF-8": {"LANG=zh_CN.UTF-8", "LC_ALL=zh_CN.UTF-8"},
	}
	text := "To: a@example.com\n\nx\n"
	for language, env := range languages {
		for _, name := range []string{"postroom", "postroom-server"} {
			t.Run(name+" "+language, func(t *testing.T) {
				silent := func(want string, exit int, args ...string) {
					t.Helper()
					out, errs, got := run(t, text, append(env, "POSTROOM_HOME="+p.home), program(t, name), args...)
					if out+errs != want || got != exit {
						t.Errorf("%s: stdout %q, stderr %q, exit status %d; want %q, %d", strings.Join(args, " "), out, errs, got, want, exit)
					}
				}
				silent("", 0, "sendmail", "-t", "-i")
				silent("Recipient names must be specified\n", 64, "sendmail")
				silent("postroom: message 999999: no such message\n", 1, "show", "999999")
				silent("", 0, "list", "--rcpt", "nobody@example.com")
			})
		}
	}
	for _, name := range []string{"postroom", "postroom-server"} {
		out, errs, exit := runEmpty(t, text, program(t, name), "--home", p.home, "sendmail", "-t", "-i")
		if out+errs != "" || exit != 0 {
			t.Errorf("%s with an empty environment: stdout %q, stderr %q, exit status %d", name, out, errs, exit)
		}
	}
}

func runEmpty(t *testing.T, stdin, name string, args ...string) (string, string, int) {
	t.Helper()
	return run(t, stdin, nil, need(t, "env"), append([]string{"-i", name}, args...)...)
}

func TestWithoutADisplayTheWindowSaysSoInOneLine(t *testing.T) {
	home := newHome(t)
	for _, name := range []string{"postroom", "postroom-server"} {
		out, errs, exit := run(t, "", []string{"POSTROOM_HOME=" + home}, program(t, name))
		if out != "" || exit != 69 || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "postroom serve") {
			t.Errorf("%s: stdout %q, stderr %q, exit status %d", name, out, errs, exit)
		}
	}
	if found, _ := filepath.Glob(home + "/*"); len(found) > 0 {
		t.Errorf("a home was made: %v", found)
	}
}
