package check

import (
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta/table"
)

// world makes a World of texts, each file called by its table's name.
func world(texts map[string]string) World {
	w := World{Tables: map[string]Source{}, Hostname: "mail.example.com", Mailers: []string{"local", "smtp", "esmtp", "error", "catch", "hold", "sim"}}
	for name, text := range texts {
		w.Tables[name] = Source{Path: name, Text: []byte(text)}
	}
	return w
}

func lines(problems []table.Problem) (out []string) {
	for _, p := range problems {
		out = append(out, p.String())
	}
	return out
}

func TestTheGenericstableNeedsItsDomainsInClassG(t *testing.T) {
	// The case that this package began with: paul@example.com is never rewritten.
	w := world(map[string]string{
		Generics:        "apache@MagentoWebServer shop@adidas.cn\npaul@example.com paul@otherexample.com\ndavid@example.com david.lastname@example.com\nalice Alice@adidas.cn\nbob@mail.example.com robert@adidas.cn\n",
		GenericsDomains: "adidas.cn\nMagentoWebServer\n",
	})
	want := []string{"genericstable:2: paul@example.com is never rewritten, and 1 more of that domain: example.com is not in generics-domains; add example.com to generics-domains"}
	if diff := cmp.Diff(want, lines(All(w))); diff != "" {
		t.Error(diff)
	}
	w.Tables[GenericsDomains] = Source{Path: GenericsDomains, Text: []byte("adidas.cn MagentoWebServer\nexample.com # ours\n")}
	if got := All(w); len(got) > 0 {
		t.Error(got)
	}
}

func TestLocalHostNamesServeAsClassGWhileThereIsNoOther(t *testing.T) {
	w := world(map[string]string{
		Generics:        "apache@MagentoWebServer shop@adidas.cn\npaul@example.com paul@otherexample.com\n",
		GenericsDomains: "# none yet\n",
		LocalHosts:      "adidas.cn\nMagentoWebServer\n",
	})
	want := []string{"genericstable:2: paul@example.com is never rewritten: example.com is not in generics-domains; " +
		"add example.com to generics-domains, and the domains of local-host-names, which serve while it is empty"}
	if diff := cmp.Diff(want, lines(Only(w, Generics))); diff != "" {
		t.Error(diff)
	}
}

func TestRules(t *testing.T) {
	tests := []struct {
		table, line string
		want        string // "" for a line with nothing wrong
	}{
		{Access, "From:spam.example REJECT", ""},
		{Access, "127.0.0 RELAY", ""},
		{Access, "Connect:192.0.2.1 OK", ""},
		{Access, "IPv6:2001:db8:0:0:0:0:0:1 OK", ""},
		{Access, "Connect:IPv6:2001:db8 OK", ""},
		{Access, "To:alice@example.com ERROR:5.7.1:550 no", ""},
		{Access, "bob@ 550 No such person", ""},
		{Access, "GreetPause:127.0.0.1 0", ""},
		{Access, "ClientRate: 10", ""},
		{Access, "Srv_Features:192.0.2 A S", ""},
		{Access, "foo.example foo bar", ""},
		{Access, "AuthInfo:mail.example \"U:a\" \"P:b\"", ""},
		{Access, "From: spam.example REJECT", `access:1: a blank behind the tag ends the key: the key is "from:", the value "spam.example REJECT"; write no blank behind from:`},
		{Access, "Form:spam.example REJECT", "access:1: form: is no tag, so that this key never matches; write Connect:, From: or To:, or no tag"},
		{Access, "2001:db8::1 REJECT", "access:1: 2001:db8::1 is never looked up: an IPv6 address begins with IPv6:; write IPv6:2001:db8:0:0:0:0:0:1"},
		{Access, "IPv6:2001:db8::1 REJECT", "access:1: ipv6:2001:db8::1 never matches; write IPv6:2001:db8:0:0:0:0:0:1"},
		{Access, "Connect:2001:db8::1 REJECT", "access:1: connect:2001:db8::1 never matches; write connect:IPv6:2001:db8:0:0:0:0:0:1"},
		{Access, "Connect:192.0.2.0/24 REJECT", "access:1: connect:192.0.2.0/24 never matches; write connect:192.0.2"},
		{Access, "10.0.0.0/12 REJECT", "access:1: 10.0.0.0/12 never matches; write networks that end at a dot, 192.0.2 and so on, one for each"},
		{Access, "Connect:192.0.2. REJECT", "access:1: connect:192.0.2. never matches; write connect:192.0.2"},
		{Access, "Connect:[192.0.2.1] REJECT", "access:1: connect:[192.0.2.1] matches only while the client has no host name; write connect:192.0.2.1"},
		{Access, "Connect:192.0.2.300 REJECT", "access:1: 192.0.2.300 is no address and no network; write four numbers up to 255, or fewer for a network"},
		{Access, "From:<> REJECT", "access:1: from:<> never matches: the null sender is not looked up; take it out"},
		{Access, ".spam.example REJECT", "access:1: .spam.example never matches; write spam.example, which is for the hosts below it, too; or set lookupdotdomain"},
		{Access, "*.spam.example REJECT", "access:1: *.spam.example never matches; write spam.example, which is for the hosts below it, too"},
		{Access, "@spam.example REJECT", "access:1: @spam.example never matches; write spam.example"},
		{Access, "spam.example REJECT # they know why", "access:1: what stands behind REJECT belongs to the value: all of it is the text of a refusal; put the comment on a line of its own"},
		{Access, "spam.example reject please", `access:1: "reject please" is the text of a refusal, for all that it begins with reject; write reject alone, or ERROR:550 and the text`},
		{Access, "spam.example DENY", `access:1: "DENY" is no word of the access table: it refuses, with this as the text; write OK, RELAY, REJECT, DISCARD, QUARANTINE:reason or ERROR:550 text`},
		{Access, "spam.example 250 fine", "access:1: 250 is no code of a refusal; write 550 or another code that begins with 4 or 5"},
		{Access, "GreetPause:x 5s", `access:1: "5s" is no number; write a number; for GreetPause: milliseconds`},
		{Access, "TLS_Srv:x VERIFIED", `access:1: "VERIFIED" asks for nothing; write VERIFY, VERIFY:bits or ENCR:bits`},
		{Access, "Try_TLS:x NEVER", `access:1: "NEVER" says nothing; write NO`},
		{Access, "Srv_Features:x A Q", `access:1: srv_features: unknown feature Q; write some of`},
		{Access, "Clt_Features:mx.example.com A S", ""},
		{Access, "Clt_Features:x A P", `access:1: clt_features: unknown feature P; write A to do without AUTH, S without STARTTLS`},
		{Access, "Clt_Features:x SD", `access:1: clt_features: Postroom uses neither DANE (D) nor MTA-STS (M); take it out, or leave it for production`},
		{Access, "TLS_Clt:192.0.2 PERM+VERIFY:128+CN", ""},
		{Access, "From:example.com RELAY", "access:1: from:example.com RELAY has no effect: who sends says nothing about who may relay; write Connect: and the client, or To: and the domain; or set relay_mail_from"},
		{Access, "To:a@example.com RELAY", "access:1: to:a@example.com RELAY has no effect: relaying is allowed for domains; write the domain alone, or set relaytofulladdress"},
		{Access, "a\u00a0OK", "access:1: no RHS for LHS a\u00a0ok; write the value behind the key, blanks or a tab between them"},
		{Access, "spam.example\tREJECT\n spam.org\tREJECT", "access:2: syntax error (leading space); begin the key at the line's start; a value is never continued on the next line"},
		{Access, "a.example OK\nA.example REJECT", "access:2: key a.example: duplicate key; remove it, or line 1, which is in force"},

		{Access, "a.example OK\nFrom:a.example REJECT\nTo:a.example REJECT", ""},
		{Access, "a@b.example OK\nTo:a@b.example REJECT\nFrom:a@b.example REJECT", "access:1: a@b.example never counts: from:a@b.example, to:a@b.example is looked up first (line 3, 2); take it out, or one of those"},
		{Access, "192.0.2 OK\nConnect:192.0.2 REJECT", "access:1: 192.0.2 never counts: connect:192.0.2 is looked up first (line 2); take it out, or one of those"},

		{Generics, "alice Alice@example.org", ""},
		{Generics, "alice Alice", ""},
		{Generics, "@mail.example.com %1@example.org", ""},
		{Generics, "alice a@x.example, b@x.example", `genericstable:1: "a@x.example, b@x.example" is more than one address: a sender has one address; write one; for several make an alias`},
		{Generics, "alice <a@x.example", `genericstable:1: "<a@x.example" is no address: Unbalanced '<'; write one address, user@domain`},
		{Generics, "alice a@x.example # Alice", `genericstable:1: what stands behind # belongs to the value "a@x.example # Alice"; put the comment on a line of its own`},
		{Generics, "alice@ a@x.example", "genericstable:1: alice@ never matches; write alice, which is for all domains of the class"},
		{Generics, "<alice> a@x.example", "genericstable:1: <alice> never matches; write the address without < and >"},

		{Virtuals, "info@mail.example.com bob", ""},
		{Virtuals, "@localhost %1", ""},
		{Virtuals, "no@localhost error:nouser 550 No, no", ""},
		{Virtuals, "a@localhost a@localhost", ""},
		{Virtuals, "@localhost %1@example.org", ""},
		{Virtuals, "info@example.org bob\nsales@example.org bob", "virtusertable:1: info@example.org never counts, and 1 more of that domain: example.org is not in local-host-names; add example.org to local-host-names"},
		{Virtuals, "example.org bob", "virtusertable:1: example.org never matches: a key is user@domain or @domain; write @example.org for a domain; a local user belongs in aliases"},
		{Virtuals, "list@localhost bob,alice", `virtusertable:1: "bob,alice" is more than one address: an entry has one target; write one; for several make an alias`},
		{Virtuals, "prog@localhost |/bin/cat", "virtusertable:1: prog@localhost leads nowhere: programs and files cannot be named here; name an alias, and write the program or file in aliases"},
		{Virtuals, "*@localhost bob", "virtusertable:1: *@localhost never matches; write @localhost for all users of the domain"},

		{Mailers, "example.org esmtp:[192.0.2.1]", ""},
		{Mailers, ".example.org smtp:[192.0.2.1]:2525", ""},
		{Mailers, ". relay:mx1.example.org:mx2.example.org", ""},
		{Mailers, "example.org error:5.7.0:550 no", ""},
		{Mailers, "example.org local:", ""},
		{Mailers, "example.org sim:greylist", ""},
		{Mailers, "example.org sim:slow:10s", ""},
		{Mailers, "example.org sim:slow:ten", `mailertable:1: sim: leads nowhere: slow: "ten" is no time; write sim:greylist, or sim:slow:10s`},
		{Mailers, "example.org uucp:host", "mailertable:1: uucp is an unknown mailer; write one of local, smtp, esmtp, error, catch, hold, sim"},
		{Mailers, "example.org mx.example.org", `mailertable:1: "mx.example.org" names no mailer, so that this entry does not count; write esmtp:mx.example.org`},
		{Mailers, "example.org [192.0.2.1]:25", `mailertable:1: "[192.0.2.1]:25" names no mailer, so that this entry does not count; write esmtp:[192.0.2.1]:25`},
		{Mailers, "example.org smtp:", "mailertable:1: smtp: leads nowhere: it names no host; write smtp:host, or smtp:[192.0.2.1]"},
		{Mailers, "example.org smtp:192.0.2.1", "mailertable:1: 192.0.2.1 is looked up as a name, which leads nowhere; write [192.0.2.1]"},
		{Mailers, "example.org smtp:[192.0.2.1", `mailertable:1: "[192.0.2.1" has one bracket; write [192.0.2.1]`},
		{Mailers, "example.org smtp:mail.example.com", "mailertable:1: mail.example.com is this machine: its mail would come back; write local: to keep it, or name the other host"},
		{Mailers, "*.example.org smtp:mx.example.org", "mailertable:1: *.example.org never matches; write .example.org for the hosts below it"},
		{Mailers, "bob@example.org smtp:mx.example.org", "mailertable:1: bob@example.org never matches: keys are hosts; write example.org; one user belongs in virtusertable"},
		{Mailers, "mail.example.com smtp:mx.example.org", "mailertable:1: mail.example.com never counts: it is this machine's own name; take it out there or here"},

		{LocalHosts, "example.com example.org # ours", ""},
		{LocalHosts, "example.com,example.org", "local-host-names:1: example.com,example.org is one word; write a domain a line, without commas"},
		{LocalHosts, "@example.com", "local-host-names:1: @example.com is no domain; write example.com"},
		{LocalHosts, "*.example.com", "local-host-names:1: *.example.com never matches: domains stand for themselves; write each domain"},
		{LocalHosts, "192.0.2.1", "local-host-names:1: 192.0.2.1 is looked up with brackets; write [192.0.2.1]"},
		{LocalHosts, "https://example.com/", "local-host-names:1: https://example.com/ is no domain; write the host's name alone"},
		{GenericsDomains, "'example.com'", "generics-domains:1: 'example.com' is no domain; write the name without quotes and brackets"},
		{RelayDomains, "example.com 192.0.2 192.0.3. 10.1.2.3", ""},
		{RelayDomains, "192.0.2.0/24", "relay-domains:1: 192.0.2.0/24 never matches; write 192.0.2"},
		{RelayDomains, "*.example.com", "relay-domains:1: *.example.com never matches; write example.com, which is for the hosts below it, too"},
		{Trusted, "www-data", ""},
		{Trusted, "root,www-data", "trusted-users:1: root,www-data is no user's name; write a login name a line, without domain and commas"},
		{VirtualDomains, "example.org\u3000example.net", "virtuser-domains:1: a full-width space (U+3000) stands in the line, which separates nothing; type the plain sign in its place"},

		{Authinfo, `AuthInfo:mail.example "U:alice" "P:secret" "M:PLAIN"`, ""},
		{Authinfo, `AuthInfo: "U=YWxpY2U=" "P=c2VjcmV0"`, ""},
		{Authinfo, `mail.example "U:alice" "P:secret"`, "authinfo:1: mail.example is never looked up; write AuthInfo:mail.example"},
		{Authinfo, `AuthInfo:mail.example "U:alice"`, `authinfo:1: authinfo:mail.example has no password; write "U:user" "P:password", each in quotes`},
		{Authinfo, `AuthInfo:mail.example "P:secret"`, `authinfo:1: authinfo:mail.example names no user; write "U:user" "P:password", each in quotes`},
		{Authinfo, `AuthInfo:mail.example "U:alice" "P:secret`, `authinfo:1: a quote is not closed; write "U:user" "P:password", each in quotes`},
		{Authinfo, `AuthInfo:mail.example alice secret`, `authinfo:1: a word does not begin with U: I: P: R: or M:, as it must; write "U:user" "P:password", each in quotes`},

		{Aliases, "postmaster: root\nteam: alice, bob@example.org", ""},
		{Aliases, "a: b\na: c", "aliases:2: a... Warning: duplicate alias name a; remove one of them; this one is in force, line 1 is not"},
		{Aliases, "a: b\nb: a", "aliases:1: alias loop: a -> b -> a; take one of them out; unless one is a user, mail to them is returned"},
		{Aliases, "list: :include:/no/such", "aliases:1: list leads nowhere: :include:/no/such: file does not exist; make the file, or take the target out"},
		{Aliases, "prog: \"|/bin/cat -\"", `aliases:1: prog leads nowhere: "|/bin/cat -": programs in aliases are switched off; list it in [safety] programs`},
		{Aliases, "file: /var/tmp/x", `aliases:1: file leads nowhere: /var/tmp/x: files in aliases are switched off; list its directory in [safety] files`},
		{Aliases, "nobody: /dev/null", ""},
		{Aliases, "a：b", "aliases:1: missing colon; write name: value"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s %.60s", tt.table, tt.line), func(t *testing.T) {
			w := world(map[string]string{tt.table: tt.line + "\n"})
			w.Include = func(string) (io.ReadCloser, error) { return nil, fs.ErrNotExist }
			got := lines(All(w))
			if tt.want == "" && len(got) > 0 {
				t.Errorf("got %q, want nothing", got)
			}
			if tt.want != "" && (len(got) == 0 || !strings.Contains(strings.Join(got, "\n"), tt.want)) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestTablesDependOnEachOther(t *testing.T) {
	tests := []struct {
		name  string
		texts map[string]string
		set   func(*World)
		want  []string
	}{
		{"a domain in local-host-names makes virtusertable count",
			map[string]string{Virtuals: "info@Example.ORG bob\n", LocalHosts: "example.org\n"}, nil, nil},
		{"so does one in virtuser-domains, with what is below it when that is set",
			map[string]string{Virtuals: "info@a.example.org bob\n", VirtualDomains: "example.org\n"}, func(w *World) { w.VirtuserEntireDomain = true }, nil},
		{"entries that lead back to themselves are told, each",
			map[string]string{Virtuals: "a@x.example b@x.example\nb@x.example a@x.example\nc@x.example a@x.example\n", LocalHosts: "x.example\n"}, nil,
			[]string{
				"virtusertable:1: these entries lead back to themselves: a@x.example -> b@x.example -> a@x.example; let one of them name a local user or another domain",
				"virtusertable:2: these entries lead back to themselves: b@x.example -> a@x.example -> b@x.example; let one of them name a local user or another domain"}},
		{"a local domain makes its line in mailertable idle",
			map[string]string{Mailers: "example.org smtp:[192.0.2.1]\n", LocalHosts: "# ours\nexample.org\n"}, nil,
			[]string{"mailertable:1: example.org never counts: local-host-names line 2 says that it is local; take it out there or here"}},
		{"generics_entire_domain takes what is below class G",
			map[string]string{Generics: "a@b.example.org c\n", GenericsDomains: "example.org\n"}, func(w *World) { w.GenericsEntireDomain = true }, nil},
		{"settings make keys good",
			map[string]string{Access: ".spam.example REJECT\nFrom:a.example RELAY\nTo:b@c.example RELAY\n"},
			func(w *World) { w.LookupDotDomain, w.RelayMailFrom, w.RelayToFullAddress = true, true, true }, nil},
		{"an alias may name a local domain",
			map[string]string{Aliases: "info@example.org: bob\n", LocalHosts: "example.org\n"}, nil, nil},
		{"problems come in the order of the tables and lines",
			map[string]string{Mailers: "a.example uucp:x\n", Access: "a.example\nb.example DENY\n", LocalHosts: "a,b\n"}, nil,
			[]string{
				"access:1: no RHS for LHS a.example; write the value behind the key, blanks or a tab between them",
				`access:2: "DENY" is no word of the access table: it refuses, with this as the text; write OK, RELAY, REJECT, DISCARD, QUARANTINE:reason or ERROR:550 text`,
				"mailertable:1: uucp is an unknown mailer; write one of local, smtp, esmtp, error, catch, hold, sim",
				"local-host-names:1: a,b is one word; write a domain a line, without commas"}},
		{"names that nobody has are told where only known names get mail",
			map[string]string{Aliases: "team: alice, nosuch, \\Alice\nself: self\nbob: alice\n", Virtuals: "a@localhost team\nb@localhost bob+x\nc@localhost who\n@localhost %1\n"},
			func(w *World) { w.Known = func(name string) bool { return name == "alice" } },
			[]string{
				"aliases:1: team leads nowhere: nosuch is no alias and has no mailbox; name a user, or make an alias of that name",
				"aliases:2: self leads nowhere: self is no alias and has no mailbox; name a user, or make an alias of that name",
				"virtusertable:3: c@localhost leads nowhere: who is no alias and has no mailbox; name a user, an alias, or an address elsewhere"}},
		{"a byte order mark is told", map[string]string{Access: "\ufeffa.example OK\n"}, nil,
			[]string{"access:1: the file begins with a byte order mark, which becomes part of the first key; save it as UTF-8 without one"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := world(tt.texts)
			if tt.set != nil {
				tt.set(&w)
			}
			if diff := cmp.Diff(tt.want, lines(All(w))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOneTableAloneIsTold(t *testing.T) {
	w := world(map[string]string{Access: "a.example DENY\n", LocalHosts: "a,b\n"})
	if got := Only(w, LocalHosts); len(got) != 1 || got[0].File != LocalHosts {
		t.Error(got)
	}
}

func TestPasswordsAreNotTold(t *testing.T) {
	for _, line := range []string{`AuthInfo:h secret`, `AuthInfo:h "secret`, `AuthInfo:h "X:secret"`} {
		for _, p := range All(world(map[string]string{Authinfo: line + "\n"})) {
			if strings.Contains(p.String(), "secret") {
				t.Errorf("%q: %s", line, p)
			}
		}
	}
}

func FuzzAll(f *testing.F) {
	f.Add("From: x REJECT\n1.2.3.0/24 OK\n", "a@b c@d\n", "x smtp:[1.2.3.4]\n", "a.b c,d\n")
	f.Add("IPv6:::1 OK\na: b\n", "a@b.c b@b.c\nb@b.c a@b.c\n", "[ relay:x:y:[\n", "b.c")
	f.Add("AuthInfo:x \"U:a\" P:b\n", ":include:x", ".", "@")
	f.Fuzz(func(t *testing.T, one, two, three, four string) {
		w := world(map[string]string{Access: one, Authinfo: one, Aliases: two, Generics: two, Virtuals: two, Mailers: three, LocalHosts: four, RelayDomains: four, Trusted: four})
		w.Include = func(string) (io.ReadCloser, error) { return nil, fs.ErrNotExist }
		for _, p := range All(w) {
			if p.File == "" || p.Text == "" || p.Line < 0 {
				t.Fatalf("%+v", p)
			}
		}
	})
}
