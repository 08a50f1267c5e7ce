package authusers

import (
	"net/smtp"
	"strings"
	"testing"
)

func nonce() string { return "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0" }

// talk runs an exchange. Of each pair the first is the response ("-" for none), the second the challenge that follows it.
func talk(x Exchange, pairs ...string) (done bool, wrong string, err error) {
	for i := 0; i < len(pairs); i += 2 {
		var response []byte
		if pairs[i] != "-" {
			response = []byte(pairs[i])
		}
		var challenge []byte
		challenge, done, err = x.Next(response)
		if err != nil || done {
			return done, "", err
		}
		if string(challenge) != pairs[i+1] {
			return false, string(challenge), nil
		}
	}
	return done, "", err
}

func TestExchanges(t *testing.T) {
	const (
		client = "r=rOprNGfwEbeRWgbNEkqO"
		both   = client + "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
		first  = both + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
		proof  = ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
		v      = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
		user   = "n=user,"
	)
	file := strings.Replace(alice, "alice", "user", 1) + "\ntim:{PLAIN}tanstaaf\na,b=c:{PLAIN}x\n"
	for _, c := range []struct {
		rule, mechanism string
		talk            []string
		refused         string // "" for a login
	}{
		{"PLAIN", Plain, []string{"-", "", "\x00user\x00pencil", ""}, ""},
		{"PLAIN at once", Plain, []string{"\x00tim\x00tanstaaf", ""}, ""},
		{"PLAIN as oneself", Plain, []string{"tim\x00tim\x00tanstaaf", ""}, ""},
		{"PLAIN as another", Plain, []string{"user\x00tim\x00tanstaaf", ""}, `"tim" may not act as "user"`},
		{"PLAIN with a NUL more", Plain, []string{"\x00tim\x00tanstaaf\x00", ""}, "the response is not [authzid] NUL authcid NUL passwd (RFC 4616 §2)"},
		{"names have case", Plain, []string{"\x00Tim\x00tanstaaf", ""}, `there is no user "Tim"`},
		{"passwords have case", Plain, []string{"\x00user\x00Pencil", ""}, "the password is wrong"},
		{"a password begins the same", Plain, []string{"\x00tim\x00tanstaa", ""}, "the password is wrong"},
		{"nobody", Plain, []string{"\x00\x00", ""}, "no user is named"},
		{"LOGIN", Login, []string{"-", "Username:", "tim", "Password:", "tanstaaf", ""}, ""},
		{"LOGIN at once", Login, []string{"tim", "Password:", "tanstaaf", ""}, ""},
		{"LOGIN, wrong", Login, []string{"-", "Username:", "tim", "Password:", "", ""}, "the password is wrong"},
		{"CRAM-MD5 at once", CramMD5, []string{"tim 0", ""}, "CRAM-MD5 has no initial response (RFC 2195 §2)"},
		{"CRAM-MD5 without a digest", CramMD5, []string{"-", "<" + nonce() + "@h>", "tim", ""}, "the response is not a name and a digest (RFC 2195 §2)"},
		{"CRAM-MD5 with a hash", CramMD5, []string{"-", "<" + nonce() + "@h>", "user 0", ""},
			`CRAM-MD5 needs the password of "user" itself, and auth-users has a hash; write it with: postroom setup auth-user --plain`},
		{"SCRAM, RFC 7677 §3", Scram, []string{"n,," + user + client, first, "c=biws," + both + proof, v, "", ""}, ""},
		{"SCRAM without an initial response", Scram, []string{"-", "", "n,," + user + client, first, "c=biws," + both + proof, v, "", ""}, ""},
		{"SCRAM, words after the end", Scram, []string{"n,," + user + client, first, "c=biws," + both + proof, v, "x", ""}, errScram.Error()},
		{"SCRAM, another nonce", Scram, []string{"n,," + user + client, first, "c=biws," + client + proof, v}, "the nonce is not the exchange's"},
		{"SCRAM, another binding", Scram, []string{"y,," + user + client, first, "c=biws," + both + proof, v}, "the channel binding is not what the client began with"},
		{"SCRAM, a proof for another header", Scram, []string{"y,," + user + client, first, "c=eSws," + both + proof, v}, "the password is wrong"},
		{"SCRAM, another proof", Scram, []string{"n,," + user + client, first, "c=biws," + both + strings.Replace(proof, "dH", "eH", 1), v}, "the password is wrong"},
		{"SCRAM, a short proof", Scram, []string{"n,," + user + client, first, "c=biws," + both + ",p=dHzb", v}, errScram.Error()},
		{"SCRAM, nobody", Scram, []string{"n,,n=nobodyx," + client, ""}, `there is no user "nobodyx"`},
		{"SCRAM, as another", Scram, []string{"n,a=tim," + user + client, ""}, `"user" may not act as somebody else`},
		{"SCRAM, channel binding", Scram, []string{"p=tls-unique,," + user + client, ""}, "channel binding is not on offer (SCRAM-SHA-256-PLUS)"},
		{"SCRAM, what must be understood", Scram, []string{"n,,m=x," + user + client, ""}, errScram.Error()},
		{"SCRAM, no nonce", Scram, []string{"n,," + user + "r=", ""}, errScram.Error()},
		{"SCRAM, a bare =", Scram, []string{"n,,n=a=b," + client, ""}, errScram.Error()},
	} {
		t.Run(c.rule, func(t *testing.T) {
			x := parsed(t, file).Begin(c.mechanism, "h", nonce)
			done, wrong, err := talk(x, c.talk...)
			switch {
			case wrong != "":
				t.Errorf("challenge %q", wrong)
			case c.refused == "" && (!done || err != nil):
				t.Errorf("no login: %v", err)
			case c.refused != "" && (done || err == nil || err.Error() != c.refused):
				t.Errorf("done %v, %v; want %s", done, err, c.refused)
			}
		})
	}
	if name, ok := saslName("a=2Cb=3Dc"); !ok || name != "a,b=c" {
		t.Errorf("saslName: %q", name)
	}
}

// The client is net/smtp's.
func TestCramMD5OfAnotherHand(t *testing.T) {
	for _, password := range []string{"tanstaaf", "other"} {
		x := parsed(t, "tim e:{PLAIN}tanstaaf").Begin("cram-md5", "postoffice.example", nonce)
		challenge, _, err := x.Next(nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := smtp.CRAMMD5Auth("tim e", password).Next(challenge, true)
		if err != nil {
			t.Fatal(err)
		}
		if _, done, err := x.Next(response); done != (password == "tanstaaf") || x.User() != "tim e" {
			t.Errorf("%s: %v %v as %q", password, done, err, x.User())
		}
	}
}

// Nobody logs in by chance, and nothing breaks.
func FuzzExchange(f *testing.F) {
	f.Add(uint8(0), "\x00tim\x00x", "", "")
	f.Add(uint8(1), "tim", "x", "")
	f.Add(uint8(2), "", "tim 00", "")
	f.Add(uint8(3), "n,,n=tim,r=a", "c=biws,r=a"+nonce()+",p=AAAA", "")
	f.Fuzz(func(t *testing.T, which uint8, a, b, c string) {
		u := parsed(t, "tim:{PLAIN}"+strings.Repeat("nobody guesses this", 2))
		x := u.Begin(u.Mechanisms()[which%4], "h", nonce)
		for _, text := range []string{a, b, c} {
			var response []byte
			if text != "" {
				response = []byte(text)
			}
			_, done, err := x.Next(response)
			if done {
				t.Fatalf("%q %q %q logs in", a, b, c)
			}
			if err != nil {
				return
			}
		}
	})
}
