package connect

import (
	"strings"
	"testing"
)

func TestEveryApplicationIsToldTheRealHostAndPort(t *testing.T) {
	s := ServerAt("127.0.0.9:2526", "/opt/my apps/postroom")
	for _, a := range Apps(s) {
		if !strings.Contains(a.Lines, "2526") || a.Name != "docker" && !strings.Contains(a.Lines, "127.0.0.9") {
			t.Errorf("%s is not told host and port:\n%s", a.Name, a.Lines)
		}
		for _, blank := range []string{"{host}", "{port}", "{address}"} {
			if strings.Contains(a.Lines, blank) {
				t.Errorf("%s has %s left:\n%s", a.Name, blank, a.Lines)
			}
		}
		if !strings.HasSuffix(a.Lines, "\n") || a.Title == "" || a.Where == "" {
			t.Errorf("%+v is not whole", a)
		}
		if found, ok := Find(strings.ToUpper(a.Name), s); !ok || found != a {
			t.Errorf("%s is not found by its name", a.Name)
		}
	}
	if php, _ := Find("php", s); !strings.Contains(php.Lines, `sendmail_path = "'/opt/my apps/postroom' sendmail -t -i"`) {
		t.Errorf("PHP is told\n%s", php.Lines)
	}
	laravel, _ := Find("laravel", s)
	if want := "MAIL_MAILER=smtp\nMAIL_HOST=127.0.0.9\nMAIL_PORT=2526\nMAIL_USERNAME=null\nMAIL_PASSWORD=null\nMAIL_ENCRYPTION=null\n"; laravel.Lines != want {
		t.Errorf("Laravel is told\n%s", laravel.Lines)
	}
	if django, _ := Find("django", s); !strings.Contains(django.Lines, "EMAIL_HOST = \"127.0.0.9\"\nEMAIL_PORT = 2526\nEMAIL_HOST_USER = \"\"\n") {
		t.Errorf("Django is told\n%s", django.Lines)
	}
	if _, ok := Find("cobol", s); ok {
		t.Error("there are lines for cobol")
	}
	if len(Names()) != 11 {
		t.Errorf("there are %q", Names())
	}
}

func TestAServerIsReachedWhereItListens(t *testing.T) {
	for listens, want := range map[string]string{
		"127.0.0.1:1025": "127.0.0.1:1025", "0.0.0.0:25": "127.0.0.1:25", "[::]:25": "127.0.0.1:25", ":25": "127.0.0.1:25",
		"[::1]:1025": "[::1]:1025", "mail.test:1025": "mail.test:1025", "nonsense": "127.0.0.1:1025", "": "127.0.0.1:1025",
	} {
		if got := ServerAt(listens, "").Address(); got != want {
			t.Errorf("%q is reached at %s, want %s", listens, got, want)
		}
	}
}
