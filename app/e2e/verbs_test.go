package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestCurlAsksWhoGetsMail(t *testing.T) {
	curl := need(t, "curl")
	p := serve(t, newHome(t))
	write(t, filepath.Join(p.home, "etc", "mail", "aliases"), "team: ann, bob, carol@far.example\n")
	at := "smtp://" + p.smtp + "/client.example"
	ask := func(args ...string) string {
		out, _, _ := run(t, "", nil, curl, append([]string{"--silent", at}, args...)...) // a refusal is an exit status
		return strings.ReplaceAll(out, "\r", "")
	}
	host := strings.Fields(p.talk("QUIT")[0])[1]
	for _, test := range []struct{ rule, got, want string }{
		{"VRFY of an alias", ask("--mail-rcpt", "team"), "250 2.1.5 <team@" + host + ">\n"},
		{"VRFY of another host's user", ask("--mail-rcpt", "u@far.example"), "252 2.1.5 <u@far.example>\n"},
		{"EXPN", ask("--mail-rcpt", "team", "--request", "EXPN"), "250-2.1.5 <bob@" + host + ">\n250-2.1.5 <ann@" + host + ">\n250 2.1.5 <carol@far.example>\n"},
		{"ETRN", ask("--request", "ETRN far.example"), "250 2.0.0 Queuing for node far.example started\n"},
		{"NOOP", ask("--request", "NOOP"), "250 2.0.0 OK\n"},
	} {
		if test.got != test.want {
			t.Errorf("%s:\n%swant\n%s", test.rule, test.got, test.want)
		}
	}
}

func TestASessionThatCameToNothingIsListedWithTheReason(t *testing.T) {
	swaks := need(t, "swaks")
	p := serve(t, newHome(t))
	host, port, _ := strings.Cut(p.smtp, ":")
	for _, args := range [][]string{{"--quit-after", "RCPT"}, {"--drop-after", "MAIL"}, {"--from", "<a@app.example"}, {}} {
		run(t, "", nil, swaks, append([]string{"--server", host, "--port", port, "--from", "a@app.example", "--to", "bob@localhost"}, args...)...)
	}
	p.wait("four sessions", func() bool { return strings.Count(p.postroom("sessions"), "\n") == 4 })
	all, failed := p.postroom("sessions"), p.postroom("sessions", "--failed")
	if strings.Count(failed, "\n") != 3 || strings.Count(all, "accepted   1") != 1 {
		t.Errorf("all:\n%sfailed:\n%s", all, failed)
	}
	for _, want := range []string{"the client quit in the middle of a transaction", "lost input channel from localhost [127.0.0.1] to MTA after mail", "Unbalanced '<'"} {
		if !strings.Contains(failed, want) {
			t.Errorf("no %q in\n%s", want, failed)
		}
	}
}
