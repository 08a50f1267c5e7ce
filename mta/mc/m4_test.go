package mc

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// traced are the macros of sendmail whose calls are compared, with sections among them.
var traced = strings.Fields(`CANONIFY_DOMAIN CANONIFY_DOMAIN_FILE CLIENT_OPTIONS DAEMON_OPTIONS DOMAIN EXPOSED_USER FEATURE
	GENERICS_DOMAIN GENERICS_DOMAIN_FILE HACK INPUT_MAIL_FILTER LOCAL_DOMAIN MAILER MAIL_FILTER MASQUERADE_AS
	MASQUERADE_DOMAIN MODIFY_MAILER_FLAGS OSTYPE QUEUE_GROUP RELAY_DOMAIN SITE SITECONFIG TRUST_AUTH_MECH UUCPSMTP
	VERSIONID VIRTUSER_DOMAIN LOCAL_CONFIG LOCAL_NET_CONFIG LOCAL_RULE_0 LOCAL_RULE_3 LOCAL_RULESETS MAILER_DEFINITIONS`)

// TestM4SeesTheSameCalls lets m4 itself read the samples that come with sendmail, and those here, and compares
// which macros it calls with which arguments.
func TestM4SeesTheSameCalls(t *testing.T) {
	if _, err := exec.LookPath("m4"); err != nil {
		t.Skip("m4 is not installed")
	}
	files, _ := filepath.Glob("testdata/*.mc")
	more, _ := filepath.Glob("/usr/share/sendmail/cf/cf/*.mc")
	files = append(files, more...)
	for _, name := range []string{"/etc/mail/sendmail.mc", "/etc/mail/submit.mc", "/usr/share/sendmail/cf/debian/sendmail.mc"} {
		if _, err := os.Stat(name); err == nil {
			files = append(files, name)
		}
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got, problems := Parse(name, string(text), func(string) (string, error) { return "", nil })
			if len(problems) > 0 {
				t.Error(problems)
			}
			want := m4Calls(t, text)
			if diff := cmp.Diff(want, calls(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// calls prints the traced statements and the definitions, without the quotes that m4 still shows in arguments; what
// knecht.mc defines for its own use is put in, in both.
func calls(list []Statement) (out []string) {
	for _, s := range list {
		if s.Name == "define" || s.Name == "undefine" || slices.Contains(traced, s.Name) {
			out = append(out, fmt.Sprintf("%d %s", s.Line, bare(s.String())))
		}
	}
	return out
}

func bare(call string) string {
	call = strings.NewReplacer("`", "", "'", "", ", ", ",").Replace(call)
	return strings.NewReplacer(",CERT_DIR", ",/etc/mail/certs", ",MAIL_SETTINGS_DIR", ",/etc/mail/").Replace(call)
}

// m4Calls runs m4 with macros that do nothing, and reads its trace: "m4trace:12: -1- FEATURE(`x') -> ...".
func m4Calls(t *testing.T, text []byte) (out []string) {
	t.Helper()
	var stub strings.Builder
	stub.WriteString("divert(-1)undefine(`format')undefine(`index')undefine(`len')define(`MAIL_SETTINGS_DIR',`/etc/mail/')")
	for _, name := range traced {
		fmt.Fprintf(&stub, "define(`%s')", name)
	}
	if !bytes.Contains(text, []byte("cf.m4")) {
		stub.WriteString("changecom")
	}
	stub.WriteString("define(`include',`changecom`'divert(0)')divert(0)dnl\n")
	path := filepath.Join(t.TempDir(), "stub.m4")
	if err := os.WriteFile(path, []byte(stub.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{path, "-daql", "-tdefine", "-tundefine"}
	for _, name := range traced {
		args = append(args, "-t"+name)
	}
	cmd := exec.Command("m4", append(args, "-")...)
	cmd.Stdin = bytes.NewReader(text)
	trace, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, trace)
	}
	line := regexp.MustCompile(`(?ms)^m4trace:(\d+): -\d+- (.*?)$`)
	for _, m := range line.FindAllStringSubmatch(string(trace), -1) {
		out = append(out, m[1]+" "+bare(m[2]))
	}
	return out
}
