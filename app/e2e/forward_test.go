package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAUsersForwardIsFollowedAndAnUnsafeOneTold(t *testing.T) {
	home := newHome(t)
	files := filepath.Join(t.TempDir(), "forward")
	if err := os.Mkdir(files, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(home, "etc", "postroom.toml"), fmt.Sprintf("[delivery]\nforward_path = %q\n", files+"/$u"))
	dave := filepath.Join(files, "dave")
	write(t, dave, "\\dave, ada@example.net\n")
	if err := os.Chmod(dave, 0o600); err != nil {
		t.Fatal(err)
	}
	p := serve(t, home)
	p.as("Subject: one\n\nhello\n", "sendmail", "-i", "dave@localhost")
	p.wait("the copy is delivered", func() bool { return len(p.list("--state", "delivered")) == 1 })
	if m := p.newest(1); len(m.Recipients) != 2 || m.Recipients[0].Address != "dave" || m.Recipients[1].Address != "ada@example.net" || m.Recipients[1].State != "caught" {
		t.Errorf("%+v", m.Recipients)
	}
	if out := p.as("", "sendmail", "-bv", "-v", "dave"); !strings.Contains(out, dave+": line 1: forwarding to \\dave, ada@example.net\n") {
		t.Errorf("-bv -v:\n%s", out)
	}

	if err := os.Chmod(dave, 0o666); err != nil {
		t.Fatal(err)
	}
	p.as("Subject: two\n\nhello\n", "sendmail", "-i", "dave@localhost")
	p.wait("the second is delivered", func() bool { return len(p.list("--state", "delivered")) == 2 })
	if m := p.newest(2); len(m.Recipients) != 1 || m.Recipients[0].Address != "dave@localhost" {
		t.Errorf("%+v", m.Recipients)
	}
	if out := p.as("", "sendmail", "-bv", "-v", "dave"); !strings.Contains(out, "dave... forward: "+dave+": Group writable file\n") {
		t.Errorf("-bv -v:\n%s", out)
	}
}
