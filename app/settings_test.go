package app

import (
	"os"
	"strings"
	"testing"
	"time"

	"postroom.dev/app/config"
	"postroom.dev/spool"
)

// settingsRoom is a room whose settings file has this text. It listens as that says, or where listen says.
func settingsRoom(t *testing.T, text string, listen ...string) *Room {
	t.Helper()
	home := config.Home{Dir: t.TempDir()}
	if err := home.Create(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(home.Settings(), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(home, Options{Log: newLog(t.Output()), Listen: listen})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func TestASettingIsWrittenAndTheRestOfTheFileStays(t *testing.T) {
	r := settingsRoom(t, "# mine\n[queue]\ntotal = 7 # few\n\n[smtp] # mail\nmax_size = 1000\n", "127.0.0.1:0")
	if err := r.SetSetting(t.Context(), "queue", "total", "9"); err != nil {
		t.Fatal(err)
	}
	if err := r.SetSetting(t.Context(), "queue", "interval", `"5m"`); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(r.home.Settings())
	if want := "# mine\n[queue]\ntotal = 9 # few\ninterval = \"5m\"\n\n[smtp] # mail\nmax_size = 1000\n"; err != nil || string(text) != want {
		t.Errorf("the file has\n%s%v", text, err)
	}
	if got := r.daemon.Standing().Interval; got != 5*time.Minute {
		t.Errorf("the interval in force is %v", got)
	}
}

func TestASettingThatMakesNoSenseChangesNothing(t *testing.T) {
	const before = "[queue]\ntotal = 7\n"
	r := settingsRoom(t, before, "127.0.0.1:0")
	for _, c := range [][3]string{
		{"queue", "total", `"many"`}, {"queue", "total", "0"}, {"queue", "nonsense", "1"}, {"smtp", "listen", `["nowhere"]`},
		{"queue", "total", "1\n[smtp]\nmax_size = 1"}, {"queue", "total", ""}, {"queue", "total", "1 = 2"},
	} {
		if err := r.SetSetting(t.Context(), c[0], c[1], c[2]); err == nil {
			t.Errorf("[%s] %s = %s is taken", c[0], c[1], c[2])
		}
		if err := r.CheckSetting(t.Context(), c[0], c[1], c[2]); err == nil {
			t.Errorf("[%s] %s = %s is called right", c[0], c[1], c[2])
		}
	}
	if text, err := os.ReadFile(r.home.Settings()); err != nil || string(text) != before {
		t.Errorf("the file has\n%s%v", text, err)
	}
}

func TestAllSettingsAreListedWithWhatTheFileSays(t *testing.T) {
	r := settingsRoom(t, "strict = true\n[smtp]\nlisten = ['127.0.0.1:0']\n", "127.0.0.1:0")
	s, err := r.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, k := range s.Keys {
		switch k.Key() {
		case "strict":
			found++
			if !k.Own || k.Value != "true" || k.Default != "false" || k.Live {
				t.Errorf("%+v", k)
			}
		case "smtp.listen":
			found++
			if !k.Own || k.Value != `["127.0.0.1:0"]` || !k.Live {
				t.Errorf("%+v", k)
			}
		case "queue.warn":
			found++
			if k.Own || k.Value != `"4h"` || !k.Live {
				t.Errorf("%+v", k)
			}
		}
	}
	if found != 3 {
		t.Errorf("%d of 3 keys are listed", found)
	}
}

func TestATestMailComesByTheListener(t *testing.T) {
	r := settingsRoom(t, "", "127.0.0.1:0")
	status, err := r.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	subject, err := r.SendTest(t.Context(), status.Listeners[0].Address, "", "")
	if err != nil {
		t.Fatal(err)
	}
	page, err := r.Find(t.Context(), spool.Query{})
	if err != nil || len(page.Records) != 1 || page.Records[0].Subject != subject || !strings.Contains(page.Records[0].Origin.Protocol, "SMTP") {
		t.Errorf("kept are %+v, %v", page.Records, err)
	}
	if _, err := r.SendTest(t.Context(), "192.0.2.1:25", "", ""); err == nil {
		t.Error("it sends to hosts that are not ours")
	}
}
