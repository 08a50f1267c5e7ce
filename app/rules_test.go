package app

import (
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"

	"postroom.dev/app/config"
	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/ui/model"
)

// quietRoom opens a home without listeners.
func quietRoom(t *testing.T) *Room {
	t.Helper()
	r, err := Open(config.Home{Dir: t.TempDir() + "/home"}, Options{Log: slog.New(slog.DiscardHandler), Quiet: true})
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

func TestATableIsSavedWhileNobodyElseDid(t *testing.T) {
	r, ctx := quietRoom(t), t.Context()
	was, err := r.TableText(ctx, "aliases")
	if err != nil {
		t.Fatal(err)
	}
	now, err := r.SaveTable(ctx, "aliases", append(was.Text, "team: ann, bob\n"...), was.Version)
	if err != nil || now.Version == was.Version {
		t.Fatal(now, err)
	}
	if _, err := r.SaveTable(ctx, "aliases", []byte("team: eve\n"), was.Version); !errors.Is(err, model.ErrTableChanged) {
		t.Error(err)
	}
	a, err := r.TraceAddress(ctx, model.AddressQuestion{To: "team"}, nil)
	if err != nil || a.Answer.Fate() != "the mailbox of ann, the mailbox of bob" {
		t.Error(a.Answer.Fate(), err)
	}
	for _, name := range []string{"../postroom.toml", "", "passwd", "auth-users"} {
		if _, err := r.SaveTable(ctx, name, []byte("x"), ""); err == nil {
			t.Errorf("%q is a table", name)
		}
		if _, err := r.TableText(ctx, name); err == nil {
			t.Errorf("%q can be read", name)
		}
	}
}

func TestATextIsCheckedAndTriedBeforeItIsSaved(t *testing.T) {
	r, ctx := quietRoom(t), t.Context()
	list, err := r.CheckTable(ctx, "mailertable", []byte("# x\nfar.example\tesmtp:\nnear.example\tnonsense:x\n"))
	if err != nil || len(list) != 2 || list[0].Line != 2 || list[1].Line != 3 {
		t.Errorf("%+v %v", list, err)
	}
	env := &mta.Envelope{ID: "6AMC00AA000001", Origin: mta.Origin{UID: -1}, Sender: address.Address{Local: "shop", Domain: "web.example"},
		Recipients: []mta.Recipient{{Address: address.Address{Local: "ada", Domain: "far.example"}}}}
	if _, err := r.daemon.Submit(ctx, env, strings.NewReader("From: Shop <shop@web.example>\r\nSubject: hello\r\n\r\nx\r\n")); err != nil {
		t.Fatal(err)
	}
	with := map[string][]byte{"mailertable": []byte("far.example\tesmtp:[192.0.2.1]\n")}
	a, err := r.TraceAddress(ctx, model.AddressQuestion{To: "ada@far.example"}, with)
	if err != nil || a.Answer.Fate() != "esmtp:[192.0.2.1]: ada@far.example" || a.Was != "caught: ada@far.example" {
		t.Errorf("%s; %s; %v", a.Answer.Fate(), a.Was, err)
	}
	p, err := r.WouldChange(ctx, with)
	if err != nil || p.Looked != 1 || len(p.Changed) != 1 || p.Changed[0].Subject != "hello" || p.Changed[0].What[0].Then != "esmtp:[192.0.2.1]: ada@far.example" {
		t.Errorf("%+v %v", p, err)
	}
	p, err = r.WouldChange(ctx, map[string][]byte{"genericstable": []byte("shop@web.example\tinfo@shop.example\n"), "generics-domains": []byte("web.example\n")})
	if err != nil || len(p.Changed) != 1 || p.Changed[0].What[0].What != "From" || p.Changed[0].What[0].Then != "Shop <info@shop.example>" {
		t.Errorf("%+v %v", p, err)
	}
	if p, err = r.WouldChange(ctx, map[string][]byte{"aliases": []byte("a: b\n")}); err != nil || len(p.Changed) != 0 || p.Looked != 1 {
		t.Errorf("%+v %v", p, err)
	}
	if _, err := r.TraceAddress(ctx, model.AddressQuestion{To: "a b@"}, nil); err == nil {
		t.Error("nonsense is an address")
	}
	if left, _ := os.ReadDir(r.home.Dir + "/run"); len(left) > 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestLoginsAreWrittenAsTheCommandWritesThem(t *testing.T) {
	r, ctx := quietRoom(t), t.Context()
	if err := r.SetLogin(ctx, "app", "secret", false); err != nil {
		t.Fatal(err)
	}
	if err := r.SetLogin(ctx, "old", "secret", true); err != nil {
		t.Fatal(err)
	}
	if err := r.SetLogin(ctx, "a:b", "secret", false); err == nil || strings.HasPrefix(err.Error(), "setup") {
		t.Error(err)
	}
	l, err := r.Logins(ctx)
	if want := []model.Login{{Name: "app", Line: 1}, {Name: "old", Plain: true, Line: 2}}; err != nil || !slices.Equal(l.Users, want) || !l.Asked {
		t.Errorf("%+v %v", l, err)
	}
	if u, err := r.delivery.routing.tables.users.Get(); err != nil || !u.Has("app") {
		t.Errorf("not in force: %v", err)
	}
	if err := r.RemoveLogin(ctx, "app"); err != nil {
		t.Error(err)
	}
	if err := r.RemoveLogin(ctx, "app"); err == nil {
		t.Error("removed twice")
	}
	text, err := os.ReadFile(l.Path)
	if err != nil || string(text) != "old:{PLAIN}secret\n" {
		t.Errorf("%q %v", text, err)
	}
}

func TestSimulatedErrorsAreCheckedByTheirReader(t *testing.T) {
	r, ctx := quietRoom(t), t.Context()
	list, err := r.CheckTable(ctx, "simulate", []byte("rcpt 451 later\nrcpt 452 never\nfoo 1\n"))
	if err != nil || len(list) != 2 || list[0].Line != 3 || !list[1].Warning {
		t.Errorf("%+v %v", list, err)
	}
	was, err := r.TableText(ctx, "simulate")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.SaveTable(ctx, "simulate", []byte("rcpt 451 later\n"), was.Version); err != nil {
		t.Error(err)
	}
	if _, err := r.WouldChange(ctx, map[string][]byte{"simulate": []byte("rcpt 452 x\n")}); err != nil {
		t.Error(err)
	}
}
