package trace

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/alias"
	"postroom.dev/mta/rewrite"
	"postroom.dev/mta/route"
	"postroom.dev/mta/table"
)

// world makes a World of tables' texts.
func world(t *testing.T, texts map[string]string) World {
	t.Helper()
	tab := func(name string) func() (*table.Map, error) {
		m, _ := table.Parse(name, strings.NewReader(texts[name]), table.Syntax{})
		return func() (*table.Map, error) { return m, nil }
	}
	class := func(name string) func() (*table.Class, error) {
		c, _ := table.ParseClass(name, strings.NewReader(texts[name]))
		return func() (*table.Class, error) { return c, nil }
	}
	db, _ := alias.Parse("aliases", strings.NewReader(texts["aliases"]), nil)
	router, err := route.New(route.Config{
		Hostname: "mail.example.com", Strict: true,
		Tables: route.Tables{Access: tab("access"), Virtusers: tab("virtusertable"), Mailers: tab("mailertable"),
			LocalHosts: class("local-host-names"), RelayDomains: class("relay-domains"), VirtualDomains: class("virtuser-domains")},
		Aliases: func() (*alias.DB, error) { return db, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	generics, _ := tab("genericstable")()
	rewriter, err := rewrite.New(rewrite.Config{Hostname: "mail.example.com", Local: router.IsLocal, Generics: generics, GenericsDomains: class("generics-domains")})
	if err != nil {
		t.Fatal(err)
	}
	return World{router, rewriter}
}

func addr(t *testing.T, s string) address.Address {
	t.Helper()
	a, err := address.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAsk(t *testing.T) {
	texts := map[string]string{
		"access":           "From:spam.example\tREJECT\nTo:carol@mail.example.com\tREJECT\nConnect:192.0.2\tREJECT\nConnect:198.51.100\tQUARANTINE:x\nTo:void@example.org\tDISCARD\nTo:odd@example.org\tQUARANTINE:odd\n",
		"aliases":          "team: alice, bob@example.org\n",
		"virtusertable":    "info@shop.example\tteam\nno@shop.example\terror:5.1.1:550 nobody\n",
		"local-host-names": "shop.example\n",
		"genericstable":    "apache@MagentoWebServer shop@adidas.cn\npaul@example.com paul@otherexample.com\n",
		"generics-domains": "adidas.cn MagentoWebServer\n",
	}
	tests := []struct {
		name             string
		client, from, to string
		fate, sender     string
	}{
		{"a caught recipient", "", "a@mail.example.com", "bob@example.org", "caught: bob@example.org", "a@mail.example.com"},
		{"a local one", "", "", "alice", "the mailbox of alice", ""},
		{"through virtusertable and aliases", "", "", "info@shop.example", "caught: bob@example.org, the mailbox of alice", ""},
		{"an entry that refuses", "", "", "no@shop.example", "refused at RCPT: 550 5.1.1 nobody", ""},
		{"a sender that is refused", "", "x@spam.example", "alice", "refused at MAIL: 550 5.7.1 Access denied", "x@spam.example"},
		{"a recipient that is refused", "", "", "carol@mail.example.com", "refused at RCPT: 550 5.2.1 Mailbox disabled for this recipient", ""},
		{"a client that is refused", "192.0.2.9", "a@b.example", "alice", "refused at MAIL: 550 5.7.1 Access denied", "a@b.example"},
		{"a client's quarantine is forgotten", "198.51.100.1", "a@b.example", "alice", "the mailbox of alice", "a@b.example"},
		{"what is thrown away", "", "", "void@example.org", "thrown away", ""},
		{"what is held", "", "", "odd@example.org", "held (odd), then caught: odd@example.org", ""},
		{"a sender that the genericstable renames", "", "apache@magentowebserver", "bob@example.org", "caught: bob@example.org", "shop@adidas.cn"},
		{"a sender whose domain is in no class G", "", "paul@example.com", "bob@example.org", "caught: bob@example.org", "paul@example.com"},
		{"a sender alone", "", "apache@magentowebserver", "", "", "shop@adidas.cn"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := Question{From: addr(t, tt.from), To: addr(t, tt.to)}
			if tt.client != "" {
				q.Client.IP = netip.MustParseAddr(tt.client)
			}
			a, err := world(t, texts).Ask(q)
			if err != nil {
				t.Fatal(err)
			}
			if a.Fate() != tt.fate || a.Sender.String() != tt.sender {
				t.Errorf("%q with sender %q, want %q with %q", a.Fate(), a.Sender, tt.fate, tt.sender)
			}
		})
	}
}

func TestTheStepsTellOfADomainThatIsNotInClassG(t *testing.T) {
	a, err := world(t, map[string]string{"genericstable": "x y@z.example\npaul@example.com paul@other.example\n", "generics-domains": "adidas.cn\n"}).
		Ask(Question{From: addr(t, "paul@example.com")})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range a.Renames {
		if s.File == "genericstable" && s.Line == 2 && strings.Contains(s.Note, "example.com") {
			return
		}
	}
	t.Errorf("no step tells of line 2: %+v", a.Renames)
}

func TestCompare(t *testing.T) {
	env := &mta.Envelope{Sender: addr(t, "paul@example.com"), Recipients: []mta.Recipient{
		{Address: addr(t, "alice"), Via: []address.Address{addr(t, "team@mail.example.com")}},
		{Address: addr(t, "bob@mail.example.com"), Via: []address.Address{addr(t, "team@mail.example.com")}},
		{Address: addr(t, "carol@example.org")},
	}}
	env.Origin.UID = -1
	header := []byte("Subject: x\r\nFrom: Paul <paul@example.com>\r\n\r\n")
	before := map[string]string{"aliases": "team: alice, bob\n", "genericstable": "paul@example.com paul@other.example\n"}
	tests := []struct {
		name, table, text string
		want              []Difference
	}{
		{"nothing changes", "access", "To:nobody@example.org REJECT\n", nil},
		{"a recipient is refused", "access", "To:carol@example.org REJECT\n",
			[]Difference{{"recipient carol@example.org", "caught: carol@example.org", "refused at RCPT: 550 5.2.1 Mailbox disabled for this recipient"}}},
		{"an alias loses a name", "aliases", "team: alice\n",
			[]Difference{{"recipient team@mail.example.com", "the mailbox of alice, the mailbox of bob", "the mailbox of alice"}}},
		{"a domain comes into class G", "generics-domains", "example.com\n",
			[]Difference{{"From", "Paul <paul@example.com>", "Paul <paul@other.example>"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			after := map[string]string{tt.table: tt.text}
			for name, text := range before {
				if _, ok := after[name]; !ok {
					after[name] = text
				}
			}
			got, err := Compare(world(t, before), world(t, after), env, header)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
