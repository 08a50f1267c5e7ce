package imports

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta/realsendmail"
	"postroom.dev/mta/table/check"
)

// TestTheSendmailCfSaysTheSame lets m4 make a sendmail.cf of a sendmail.mc, and compares what that says with what was imported.
func TestTheSendmailCfSaysTheSame(t *testing.T) {
	cf := realsendmail.Macros(t)
	centos, err := os.ReadFile("../../../mta/mc/testdata/centos.mc")
	if err != nil {
		t.Fatal(err)
	}
	head := "divert(-1)\n# it's a test, `so\ndivert(0)dnl\ninclude(`/usr/share/sendmail-cf/m4/cf.m4')dnl\nOSTYPE(`linux')dnl\n"
	samples := map[string]string{
		"centos": string(centos),
		"masquerading": head + "define(`OURS', `example.com')\nMASQUERADE_AS(`OURS')MASQUERADE_DOMAIN(`a.example b.example')dnl\nEXPOSED_USER(`root')EXPOSED_USER(`lost')\nEXPOSED_USER(`bob')\n" +
			"FEATURE(masquerade_envelope)dnl FEATURE(allmasquerade)\nMAILER(smtp)\n",
		"tables": head + "FEATURE(`access_db')FEATURE(`virtusertable', `hash -o /etc/mail/virtusers')dnl\ndnl FEATURE(`mailertable')\nGENERICS_DOMAIN(`g.example')dnl\nVIRTUSER_DOMAIN(`v.example')\nRELAY_DOMAIN(`r.example')\nLOCAL_DOMAIN(`w.example')\n" +
			"ifdef(`NOTHING', `FEATURE(`genericstable')')dnl\nMAILER(smtp)dnl\n",
		"options": head + "define(`confTO_QUEUEWARN', `8h')define(`confTO_QUEUERETURN',dnl comment, with ` in it\n `3d')dnl\ndefine(`confMAX_MESSAGE_SIZE', `1000000')\n" +
			"define(`SMART_HOST', ``relay.example'')\nundefine(`confMIN_QUEUE_AGE')DAEMON_OPTIONS(`Port=2525,Addr=127.0.0.1, Name=MTA')dnl\nFEATURE(`no_default_msa')MAILER(local)MAILER(smtp)\n",
	}
	tables := map[string]string{"access": "a OK\n", "genericstable": "a b\n", "virtusertable": "a@b c\n", "virtusers": "a@b c\n", "mailertable": "a local:\n",
		"local-host-names": "lhn.example\n", "trusted-users": "www\n"}
	for name, text := range samples {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"etc/mail/sendmail.mc": text, "etc/aliases": "a: b\n"}
			for n, x := range tables {
				files["etc/mail/"+n] = x
			}
			dir := lay(t, files)
			got := ours(readAll(t, filepath.Join(dir, "etc/mail/sendmail.mc")))
			m4 := exec.Command("m4", "-D_CF_DIR_="+cf, "-")
			m4.Stdin = strings.NewReader(strings.ReplaceAll(text, "/usr/share/sendmail-cf/", cf))
			made, err := m4.Output()
			if err != nil {
				t.Fatalf("m4: %v", err)
			}
			if diff := cmp.Diff(theirs(string(made)), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// ours is what an import says of the things that theirs reads, in the same words.
func ours(r *Reading) []string {
	var list []string
	for _, s := range r.Settings {
		switch s.Key {
		case "masquerade_domains", "exposed_users":
			for _, w := range unlist(s.Value) {
				list = append(list, s.Key+" "+w)
			}
		case "listen":
			for _, w := range unlist(s.Value) {
				_, port, _ := strings.Cut(w, ":")
				list = append(list, "listen "+port)
			}
		case "masquerade_as", "smart_host", "max_size", "warn", "return":
			list = append(list, s.Key+" "+strings.Trim(s.Value, `"`))
		}
	}
	for _, t := range r.Tables {
		switch t.Name {
		case check.GenericsDomains, check.RelayDomains, check.VirtualDomains, check.LocalHosts, check.Trusted:
			for _, w := range classWords(t.Text) {
				list = append(list, t.Name+" "+w)
			}
		default:
			list = append(list, "table "+t.Name)
		}
	}
	slices.Sort(list)
	return list
}

// theirs reads a sendmail.cf. Words of a class that stand in a file of the test are in the file's place.
func theirs(cf string) []string {
	var list []string
	add := func(format string, a ...any) { list = append(list, fmt.Sprintf(format, a...)) }
	classes := map[string]string{"w": check.LocalHosts, "{w}": check.LocalHosts, "{G}": check.GenericsDomains, "{R}": check.RelayDomains,
		"{VirtHost}": check.VirtualDomains, "{M}": "masquerade_domains", "{E}": "exposed_users", "t": check.Trusted}
	inFile := map[string]string{"/etc/mail/local-host-names": "lhn.example", "/etc/mail/trusted-users": "www"}
	maps := map[string]string{"access": "access", "generics": "genericstable", "virtuser": "virtusertable", "mailertable": "mailertable"}
	queue := map[string]string{"queuewarn": "warn", "queuereturn": "return"}
	for lines := bufio.NewScanner(strings.NewReader(cf)); lines.Scan(); {
		line := lines.Text()
		if len(line) < 3 {
			continue
		}
		name, rest := line[1:2], line[2:]
		if line[1] == '{' {
			if i := strings.IndexByte(line, '}'); i > 0 {
				name, rest = line[1:i+1], line[i+1:]
			}
		}
		class := classes[name]
		switch {
		case line[0] == 'C' && class != "" && line != "Cwlocalhost":
			for _, w := range strings.Fields(rest) {
				add("%s %s", class, w)
			}
		case line[0] == 'F' && class != "":
			if word := inFile[strings.Fields(rest)[0]]; word != "" {
				add("%s %s", class, word)
			}
		case strings.HasPrefix(line, "DM"):
			add("masquerade_as %s", rest)
		case strings.HasPrefix(line, "DS"):
			add("smart_host %s", rest)
		case line[0] == 'K':
			if table := maps[strings.Fields(line[1:])[0]]; table != "" {
				add("table %s", table)
			}
		case strings.HasPrefix(line, "O AliasFile=/etc/aliases"):
			add("table aliases")
		case strings.HasPrefix(line, "O MaxMessageSize="):
			add("max_size %s", line[len("O MaxMessageSize="):])
		case strings.HasPrefix(line, "O Timeout.queue"):
			key, value, _ := strings.Cut(line[len("O Timeout."):], "=")
			if key = queue[key]; key != "" {
				if value = strings.TrimSpace(value); value != "4h" && value != "5d" { // the defaults stand there, too
					add("%s %s", key, value)
				}
			}
		case strings.HasPrefix(line, "O DaemonPortOptions="):
			if line == "O DaemonPortOptions=Port=587, Name=MSA, M=E" {
				continue // what sendmail adds without no_default_msa: one port is enough here
			}
			port := map[string]string{"smtp": "1025", "submission": "1587"}
			for _, o := range strings.Split(line[len("O DaemonPortOptions="):], ",") {
				if value, ok := strings.CutPrefix(strings.TrimSpace(o), "Port="); ok {
					if p := port[value]; p != "" {
						value = p
					}
					add("listen %s", value)
				}
			}
		}
	}
	slices.Sort(list)
	return list
}
