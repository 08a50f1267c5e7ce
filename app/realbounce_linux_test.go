package app

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"postroom.dev/mta/realsendmail"
)

// bounceMC is a sendmail that takes mail from this machine for everybody, and keeps that for its users in /var/mail.
var bounceMC = strings.NewReplacer("define(`LOCAL_MAILER_PATH',`/bin/false')define(`SMART_HOST',`esmtp:[127.0.0.2]')",
	"define(`LOCAL_MAILER_PATH',`/etc/mail/lda')define(`LOCAL_MAILER_ARGS',`lda $u')define(`LOCAL_MAILER_FLAGS',`PrSm9')",
	"MAILER(`local')", "DAEMON_OPTIONS(`Family=inet, Name=MTA, Port=smtp, Addr=127.0.0.1')MAILER(`local')").Replace(clientMC)

// refusing is a host that answers RCPT for a local part as it is told to, and takes all else. keywords are of EHLO.
func refusing(t *testing.T, address string, rcpt map[string]string, keywords ...string) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { // ends with the client
				defer c.Close()
				in := bufio.NewReader(c)
				say := func(line string) { io.WriteString(c, line+"\r\n") }
				say("220 sink.example ESMTP")
				for line, err := "", error(nil); err == nil; {
					line, err = in.ReadString('\n')
					switch verb := strings.ToUpper(line[:min(len(line), 4)]); verb {
					case "":
					case "EHLO":
						for _, k := range keywords {
							say("250-" + k)
						}
						say("250 sink.example")
					case "RCPT":
						who, _, _ := strings.Cut(line[strings.IndexByte(line, '<')+1:], "@")
						say(cmp.Or(rcpt[who], "250 2.1.5 ok"))
					case "DATA":
						say("354 go on")
						for line != ".\r\n" && err == nil {
							line, err = in.ReadString('\n')
						}
						say("250 2.0.0 taken")
					case "QUIT":
						say("221 bye")
						return
					default:
						say("250 ok")
					}
				}
			}()
		}
	}()
}

// reportVaries is what is another one in each report.
var reportVaries = []struct {
	is *regexp.Regexp
	as string
}{
	{regexp.MustCompile(`(?m)^From \S+ .*\n`), ""},                                                 // before a message in a mailbox
	{regexp.MustCompile(`<MAILER-DAEMON(@mail\.example\.com)?>|(?m)^Return-Path: <>`), "<daemon>"}, // which sendmail writes into Return-Path, against RFC 5321 §4.4
	{regexp.MustCompile(`(?m)^Return-Path: <daemon>`), "<daemon>"},
	{regexp.MustCompile(`\b[0-9A-Za-x]{8}[0-9]{6}\b`), "<id>"},
	{regexp.MustCompile(`[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (GMT|[+-]\d{4}( \([A-Z]+\))?)`), "<date>"},
	{regexp.MustCompile(`<\d{12}\.`), "<<time>."},
	// Of whatever a host says, sendmail makes a few codes of its own; ours keep the host's.
	{regexp.MustCompile(`(?m)^5\d\d .*(User unknown|Service unavailable)$`), "<outcome>"},
	{regexp.MustCompile(`<id>\.\d+/`), "<id>.<time>/"},
	{regexp.MustCompile(`\((8\.[^()]*|Postroom[^()]*)\)`), "(<version>)"},
}

func unvaried(mailbox string) string {
	for _, v := range reportVaries {
		mailbox = v.is.ReplaceAllString(mailbox, v.as)
	}
	return strings.TrimRight(mailbox, "\n")
}

func TestReportsAreThoseOfRealSendmail(t *testing.T) {
	if realsendmail.Inside() == "" {
		realsendmail.Machine{Users: []string{"alice"}, Addresses: []string{"192.0.2.9", "192.0.2.12"}}.Run(t)
		return
	}
	rcpt := map[string]string{
		"bad": "550 5.1.1 No such user here", "moved": "551 5.1.6 User has moved; try <new@example.net>", "odd": "599 what", "full": "552 5.2.2 mailbox full",
	}
	refusing(t, "192.0.2.9:25", rcpt, "ENHANCEDSTATUSCODES", "8BITMIME")
	refusing(t, "192.0.2.12:25", rcpt, "PIPELINING", "DSN")
	room := settingsRoom(t, "[smtp]\nhostname = \"mail.example.com\"\n[delivery]\nexternal = \"relay\"\n", "127.0.0.2:25")
	put := func(name, text string, mode os.FileMode) {
		if err := os.WriteFile("/etc/mail/"+name, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	m4 := exec.Command("m4", "-")
	m4.Stdin = strings.NewReader(bounceMC)
	cf, err := m4.Output()
	if err != nil {
		t.Fatal(err)
	}
	put("sendmail.cf", string(cf), 0o644)
	put("local-host-names", "mail.example.com\n", 0o644)
	put("trusted-users", "", 0o644)
	put("relay-domains", "", 0o644)
	put("aliases", "postmaster: root\n", 0o644)
	put("lda", "#!/bin/sh\n(echo 'From x y'; cat; echo) >>/var/mail/$1\n", 0o755)
	sendmail := realsendmail.Path(t)
	for _, call := range [][]string{{realsendmail.Tool(t, "makemap"), "hash", "/etc/mail/access"}, {sendmail, "-bi"}} {
		if out, err := exec.CommandContext(t.Context(), call[0], call[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v %s", call, err, out)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	daemon := exec.CommandContext(ctx, sendmail, "-bD")
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(); _ = daemon.Wait() })
	_ = dialReal(t).Close()
	mailbox := func(t *testing.T, path string) string { // once a whole report is in it
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			b, err := os.ReadFile(path)
			switch {
			case err == nil && strings.Contains(string(b), "/mail.example.com--\n"):
				return unvaried(string(b))
			case time.Now().After(deadline):
				t.Fatalf("nothing in %s: %v", path, err)
			}
		}
	}
	for _, c := range []struct {
		rule string
		mail string
		rcpt []string
		text string
	}{
		{"no such user", "", []string{"<bad@[192.0.2.9]>"}, ""},
		{"a reply that names another address", "", []string{"<moved@[192.0.2.9]>"}, ""},
		{"an odd code", "", []string{"<odd@[192.0.2.9]>"}, ""},
		{"a full mailbox", "", []string{"<full@[192.0.2.9]>"}, ""},
		{"one of two", "", []string{"<good@[192.0.2.9]>", "<bad@[192.0.2.9]>"}, ""},
		{"a host with PIPELINING", "", []string{"<bad@[192.0.2.12]>"}, ""},
		{"all of DSN", " RET=HDRS ENVID=QQ+2B314159", []string{"<bad@[192.0.2.9]> NOTIFY=FAILURE ORCPT=rfc822;orig+2Bx@orig.example"}, ""},
		{"eight bits", " BODY=8BITMIME", []string{"<bad@[192.0.2.9]>"}, "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\nSubject: x\n\nGrüße\n"},
		{"a text without a header", "", []string{"<bad@[192.0.2.9]>"}, "no header at all\n"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if c.text == "" {
				c.text = "From: Alice <alice@mail.example.com>\nTo: you\nSubject: hi there\nMessage-Id: <1@x>\nDate: Sun, 22 Nov 2026 09:24:15 +0000\n\nbody line\n.dot\n"
			}
			session := []string{"EHLO client.example", "MAIL FROM:<alice@mail.example.com>" + c.mail}
			for _, r := range c.rcpt {
				session = append(session, "RCPT TO:"+r)
			}
			session = append(session, "DATA", strings.ReplaceAll(strings.ReplaceAll(c.text, "\n.", "\n.."), "\n", "\r\n")+".")
			var got []string
			for address, box := range map[string]string{"127.0.0.1:25": "/var/mail/alice", "127.0.0.2:25": filepath.Join(room.home.Dir, "mail", "alice")} {
				os.Remove(box)
				if replies := said(t, address, session...); !strings.HasPrefix(replies[len(replies)-1], "250") {
					t.Fatalf("%s: %q", address, replies)
				}
				got = append(got, fmt.Sprint(address[8:9], "\n", mailbox(t, box)))
			}
			slices.Sort(got)
			if d := gocmp.Diff(got[0][2:], got[1][2:]); d != "" {
				t.Errorf("(-sendmail +ours):\n%s", d)
			}
		})
	}
}
