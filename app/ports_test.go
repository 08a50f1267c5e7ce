package app

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postroom.dev/spool"
	"postroom.dev/ui/model"
)

func ports(t *testing.T, r *Room) []model.Port {
	t.Helper()
	all, err := r.Ports(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestListenersAreWrittenOpenedAndClosedAgain(t *testing.T) {
	const before = "# mine\n[smtp]\nlisten = [\"127.0.0.1:0\"] # the usual\n"
	r, ctx := settingsRoom(t, before), t.Context()
	if err := r.SetPort(ctx, nil, model.Port{Address: "127.0.0.1:0", Protocol: "submission", TLS: "implicit", Strict: "true", Hide: "PIPELINING, CHUNKING", RequireAuth: "false"}); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(r.home.Settings())
	if want := before + "\n[[listener]]\naddress = \"127.0.0.1:0\"\nprotocol = \"submission\"\ntls = \"implicit\"\nstrict = true\nhide = [\"PIPELINING\", \"CHUNKING\"]\n"; string(text) != want {
		t.Errorf("the file has\n%s", text)
	}
	all := ports(t, r)
	if len(all) != 2 || all[0].Section != -1 || !all[0].Listening || strings.HasSuffix(all[0].Shown, ":0") || all[1].Section != 0 || !all[1].Listening || all[1].Name != "SubmissionS" || !all[1].StrictNow || all[1].Hide != "PIPELINING CHUNKING" {
		t.Fatalf("%+v", all)
	}
	changed := all[1]
	changed.TLS, changed.Strict = "", ""
	if err := r.SetPort(ctx, &all[1], changed); err != nil {
		t.Fatal(err)
	}
	if now := ports(t, r); now[1].TLSNow != r.settings.SMTP.TLS || now[1].StrictNow || !now[1].Listening {
		t.Errorf("%+v", now[1])
	}
	if err := r.RemovePort(ctx, ports(t, r)[1]); err != nil {
		t.Fatal(err)
	}
	text, _ = os.ReadFile(r.home.Settings())
	if got := strings.TrimRight(string(text), "\n") + "\n"; got != before {
		t.Errorf("the file has\n%s", text)
	}
	if status, _ := r.Status(ctx); len(status.Listeners) != 2 { // with the one of the sendmail command
		t.Errorf("%+v", status.Listeners)
	}
	first := ports(t, r)[0]
	other := first
	other.Address = "[::1]:0"
	if err := r.SetPort(ctx, &first, other); err != nil {
		t.Fatal(err)
	}
	if text, _ = os.ReadFile(r.home.Settings()); !strings.Contains(string(text), `listen = ["[::1]:0"] # the usual`) {
		t.Errorf("the file has\n%s", text)
	}
}

func TestAListenerThatMakesNoSenseChangesNothing(t *testing.T) {
	const before = "[smtp]\nlisten = [\"127.0.0.1:0\"]\n[[listener]]\naddress = \"127.0.0.1:0\"\n"
	r, ctx := settingsRoom(t, before), t.Context()
	all := ports(t, r)
	for _, p := range []model.Port{
		{}, {Address: "nowhere"}, {Address: "127.0.0.1:1\n[x]"}, {Address: "127.0.0.1:1", TLS: "some"}, {Address: "127.0.0.1:1", Hide: "NOTHING"},
		{Address: "127.0.0.1:1", Mode: "0600"}, {Address: "/run/x", Mode: "99"}, {Address: "127.0.0.1:1", RequireAuth: "true", Auth: "off"}, {Address: "127.0.0.1:1", Strict: "1\nx = 2"},
	} {
		if err := r.SetPort(ctx, nil, p); err == nil {
			t.Errorf("%+v is taken", p)
		}
		if err := r.SetPort(ctx, &all[1], p); err == nil || r.CheckPort(ctx, &all[1], p) == nil {
			t.Errorf("%+v is taken in the place of another", p)
		}
	}
	if text, _ := os.ReadFile(r.home.Settings()); string(text) != before {
		t.Errorf("the file has\n%s", text)
	}
	gone := all[1]
	gone.Address = "127.0.0.1:9"
	if err := r.RemovePort(ctx, gone); !errors.Is(err, model.ErrTableChanged) {
		t.Errorf("a section that is another now: %v", err)
	}
}

func TestAListenerTellsWhyItDoesNotListen(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	r := settingsRoom(t, "[smtp]\nlisten = []\n")
	if err := r.SetPort(t.Context(), nil, model.Port{Address: taken.Addr().String()}); err != nil {
		t.Fatal(err)
	}
	if all := ports(t, r); len(all) != 1 || all[0].Listening || !strings.Contains(all[0].Why, taken.Addr().String()) {
		t.Errorf("%+v", all)
	}
}

func TestATestMailDoesWhatTheListenerAsksFor(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	for _, tt := range []struct{ name, listener, user, password, want string }{
		{"STARTTLS is required", `tls = "required"`, "", "", ""},
		{"TLS from the start", `tls = "implicit"`, "", "", ""},
		{"STARTTLS is offered", `tls = "starttls"`, "", "", ""},
		{"no TLS", `tls = "none"`, "", "", ""},
		{"anybody may log in", "tls = \"none\"\nauth = \"any\"\nrequire_auth = true", "", "", ""},
		{"somebody has to log in", "tls = \"required\"\nauth = \"users\"\nrequire_auth = true\nauth_needs_tls = true", "", "", model.ErrLoginNeeded.Error()},
		{"somebody logs in", "tls = \"required\"\nauth = \"users\"\nrequire_auth = true\nauth_needs_tls = true", "app", "secret", ""},
		{"with the wrong password", "tls = \"none\"\nauth = \"users\"\nrequire_auth = true", "app", "wrong", "AUTH: "},
		{"LMTP", `protocol = "lmtp"`, "", "", ""},
		{"LMTP with TLS", "protocol = \"lmtp\"\ntls = \"implicit\"", "", "", ""},
		{"LMTP with STARTTLS", "protocol = \"lmtp\"\ntls = \"starttls\"", "", "", ""},
		{"LMTP that insists on it", "protocol = \"lmtp\"\ntls = \"required\"", "", "", ""},
		{"LMTP that insists on it and on a login", "protocol = \"lmtp\"\ntls = \"required\"\nauth = \"any\"\nrequire_auth = true", "", "", ""},
		{"submission", `protocol = "submission"`, "", "", ""},
		{"a socket", "unix", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := "[smtp]\nlisten = []\n[[listener]]\naddress = \"127.0.0.1:0\"\n" + tt.listener + "\n"
			if tt.listener == "unix" {
				text = "[smtp]\nlisten = []\n[[listener]]\naddress = \"" + socket + "\"\n"
			}
			r, ctx := settingsRoom(t, text), t.Context()
			if err := r.SetLogin(ctx, "app", "secret", false); err != nil {
				t.Fatal(err)
			}
			subject, err := r.SendTest(ctx, ports(t, r)[0].Shown, tt.user, tt.password)
			if tt.want != "" {
				if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
					t.Errorf("%v, not %s", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			page, err := r.Find(ctx, spool.Query{})
			if err != nil || len(page.Records) != 1 || page.Records[0].Subject != subject {
				t.Fatalf("kept are %+v, %v", page.Records, err)
			}
			encrypted := page.Records[0].Origin.TLS != ""
			if asked := strings.Contains(tt.listener, "tls = ") && !strings.Contains(tt.listener, `"none"`); encrypted != asked {
				t.Errorf("it came by TLS: %v", encrypted)
			}
		})
	}
}

func TestTheCertificateIsMadeWhenItIsAskedFor(t *testing.T) {
	r := settingsRoom(t, "[smtp]\nlisten = []\n")
	c, err := r.Certificate(t.Context())
	if err != nil || !strings.Contains(c.Text, "SHA-256") || !strings.Contains(string(c.CAText), "BEGIN CERTIFICATE") || c.NotAfter.IsZero() {
		t.Errorf("%+v %v", c, err)
	}
	if text, err := os.ReadFile(c.CA); err != nil || string(text) != string(c.CAText) {
		t.Error(err)
	}
}
