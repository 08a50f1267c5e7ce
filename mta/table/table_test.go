package table

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"postroom.dev/mta/address"
)

func pairs(m *Map) (list []string) {
	for e := range m.All() {
		list = append(list, e.Key+"="+e.Value)
	}
	return list
}

func told(problems []Problem) (list []string) {
	for _, p := range problems {
		list = append(list, fmt.Sprintf("%d: %s", p.Line, p.Text))
	}
	return list
}

func TestSourcesAreReadAsMakemapReadsThem(t *testing.T) {
	long := strings.Repeat("v", MaxLine-2)
	for _, test := range []struct {
		name, source string
		syntax       Syntax
		want         []string
		problems     []string
	}{
		{"key, blanks, value", "a b\nc\t\td e  f\n", Syntax{}, []string{"a=b", "c=d e  f"}, nil},
		{"blanks at a value's end stay", "a b  \n", Syntax{}, []string{"a=b  "}, nil},
		{"keys are folded, ASCII alone", "A@B.Example X\n\xc4B c\n", Syntax{}, []string{"a@b.example=X", "\xc4b=c"}, nil},
		{"-f keeps their case", "A b\n", Syntax{KeepCase: true}, []string{"A=b"}, nil},
		{"comments and empty lines are skipped", "#a b\n\na b # c\n", Syntax{}, []string{"a=b # c"}, nil},
		{"-D names another comment character", "%a b\n#c d\n", Syntax{Comment: '%'}, []string{"#c=d"}, nil},
		{"quotes mean nothing", "\"a b\" c\n", Syntax{}, []string{"\"a=b\" c"}, nil},
		{"CR LF ends a line", "a b\r\nc d\r\n", Syntax{}, []string{"a=b", "c=d"}, nil},
		{"the last line need not end", "a b\nc d", Syntax{}, []string{"a=b", "c=d"}, nil},
		{"a key needs a value", "a\nb \nc d\n", Syntax{}, []string{"c=d"}, []string{"1: no RHS for LHS a", "2: no RHS for LHS b"}},
		{"unless -e", "a\nb \t\n", Syntax{AllowEmpty: true}, []string{"a=", "b="}, nil},
		{"a line begins with its key", " a b\n\t\nc d\n", Syntax{}, []string{"c=d"}, []string{"1: syntax error (leading space)", "2: syntax error (leading space)"}},
		{"the first of equal keys counts", "a b\nA c\n", Syntax{}, []string{"a=b"}, []string{"2: key a: duplicate key"}},
		{"the last with -r", "a b\nx y\nA cc\n", Syntax{Replace: true}, []string{"a=cc", "x=y"}, nil},
		{"all with -d", "a b\nA c\n", Syntax{Duplicates: true}, []string{"a=b", "a=c"}, nil},
		{"-t ends keys elsewhere", "K,v,w\nK2 v, w\n,x\n", Syntax{Separator: ','}, []string{"k=v,w", "k2 v= w", "=x"}, nil},
		{"1,023 octets are a line", "k " + long[1:] + "\n", Syntax{}, []string{"k=" + long[1:]}, nil},
		{"1,024 are none", "k " + long + "vv\na b\n", Syntax{}, []string{"a=b"}, []string{"1: line too long (1024 bytes max)"}},
		{"nor is a megabyte", strings.Repeat("v", 1<<20) + "\na b\n", Syntax{}, []string{"a=b"}, []string{"1: line too long (1024 bytes max)"}},
		{"a NUL spoils its line", "a \x00b\nc d\n", Syntax{}, []string{"c=d"}, []string{"1: line too long (1024 bytes max)"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, problems := Parse("access", iotest.OneByteReader(strings.NewReader(test.source)), test.syntax)
			if diff := cmp.Diff(test.want, pairs(m)); diff != "" {
				t.Errorf("entries (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.problems, told(problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			for _, p := range problems {
				if p.File != "access" || p.Cure == "" {
					t.Errorf("%v: no file or no cure", p)
				}
			}
		})
	}
}

func TestAnEntryKnowsItsLineAndAProblemItsCure(t *testing.T) {
	m, problems := Parse("etc/mail/access", strings.NewReader("# our networks\n10.1 RELAY\nx.example OK\n10.1 REJECT\n"), Syntax{})
	e, ok, err := m.Get("X.EXAMPLE")
	if want := (Entry{"x.example", "OK", "etc/mail/access", 3}); !ok || err != nil || e != want {
		t.Errorf("%+v %v %v, want %+v", e, ok, err, want)
	}
	want := "etc/mail/access:4: key 10.1: duplicate key; remove it, or line 2, which is in force"
	if len(problems) != 1 || problems[0].String() != want || !problems[0].Warning {
		t.Errorf("%v, want %s", problems, want)
	}
}

func TestProblemsAreToldUpToALimitAndCounted(t *testing.T) {
	_, problems := Parse("x", strings.NewReader(strings.Repeat(" \n", MaxProblems+7)), Syntax{})
	if len(problems) != MaxProblems+1 || problems[MaxProblems].Text != "7 more problems" {
		t.Errorf("%d problems, the last is %v", len(problems), problems[len(problems)-1])
	}
}

func TestWhatWasReadBeforeAnErrorStays(t *testing.T) {
	m, problems := Parse("x", iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("a b\n"))), Syntax{})
	if len(problems) != 1 || problems[0].Warning || m.Len() != 0 {
		t.Errorf("%v, %d entries", problems, m.Len())
	}
}

func TestANilMapIsEmpty(t *testing.T) {
	var m *Map
	if _, ok, err := m.Get("a"); ok || err != nil || m.Len() != 0 || len(pairs(m)) != 0 {
		t.Error("a nil map has something in it")
	}
}

func TestABuiltMapIsReadBack(t *testing.T) {
	for _, syntax := range []Syntax{{}, {KeepCase: true}, {Duplicates: true}} {
		m, _ := Parse("access", strings.NewReader("b 1\nB 2\na 3\nc.example "+strings.Repeat("x", 300)+"\n"), syntax)
		var file bytes.Buffer
		if err := m.Write(&file, "btree"); err != nil {
			t.Fatal(err)
		}
		got, kind, err := Read("access.db", &file)
		if err != nil || kind != "btree" {
			t.Fatalf("%q %v", kind, err)
		}
		want := slices.Collect(m.Sorted())
		for i := range want {
			want[i].File, want[i].Line = "access.db", 0
		}
		if diff := cmp.Diff(want, slices.Collect(got.All())); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", syntax, diff)
		}
	}
}

func TestABuiltMapOfAnyBytesIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := NewBuilder("m", Syntax{Duplicates: true, KeepCase: true})
		var want []string
		for _, kv := range rapid.SliceOf(rapid.SliceOfN(rapid.SliceOf(rapid.Byte()), 2, 2)).Draw(t, "entries") {
			if err := b.Add(kv[0], kv[1], 1); err != nil {
				t.Fatal(err)
			}
			want = append(want, string(kv[0]))
		}
		var file bytes.Buffer
		if err := b.Map().Write(&file, "hash"); err != nil {
			t.Fatal(err)
		}
		m, _, err := Read("m", &file)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(want)
		for _, key := range want {
			if e, ok, _ := m.Get(key); !ok || e.Key != key {
				t.Fatalf("%q is lost", key)
			}
		}
		if m.Len() != len(want) {
			t.Fatalf("%d entries, want %d", m.Len(), len(want))
		}
	})
}

func TestDamageIsSeen(t *testing.T) {
	m, _ := Parse("x", strings.NewReader("a b\nc d\n"), Syntax{})
	var file bytes.Buffer
	if err := m.Write(&file, "hash"); err != nil {
		t.Fatal(err)
	}
	whole := file.Bytes()
	for n := range whole {
		if _, _, err := Read("x", bytes.NewReader(whole[:n])); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrForeign) {
			t.Errorf("cut to %d octets: %v", n, err)
		}
		bad := slices.Clone(whole)
		bad[n] ^= 0x40
		if _, _, err := Read("x", bytes.NewReader(bad)); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrForeign) {
			t.Errorf("octet %d changed: %v", n, err)
		}
	}
	if err := m.Write(&file, "dbm"); err == nil {
		t.Error("dbm was written")
	}
}

func TestBerkeleyDBIsRefusedWithTheCure(t *testing.T) {
	file := make([]byte, 4096)
	copy(file[12:], []byte{0x61, 0x15, 0x06, 0x00})
	_, _, err := Read("access.db", bytes.NewReader(file))
	if !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), "Berkeley DB") || !strings.Contains(err.Error(), "makemap hash access.db < ") {
		t.Errorf("%v", err)
	}
}

// search1 makes one look-up in a table of this source.
func search1(t *testing.T, source string, look func(Table) (Match, bool, error)) (Match, bool) {
	t.Helper()
	m, problems := Parse("t", strings.NewReader(source), Syntax{})
	if problems != nil {
		t.Fatal(problems)
	}
	match, ok, err := look(m)
	if err != nil {
		t.Fatal(err)
	}
	return match, ok
}

func TestKeysAreTriedInSendmailsOrder(t *testing.T) {
	at := func(s string) address.Address {
		a, err := address.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for _, test := range []struct {
		name string
		look func(Table) (Match, bool, error)
		want string
	}{
		{"an address: user@host, user@, the host and its parents", func(t Table) (Match, bool, error) {
			return Access{Table: t, Tag: "From:"}.Sender(at("joe@Sub.ok.example."))
		},
			"From:joe@Sub.ok.example joe@Sub.ok.example From:joe@ joe@ From:Sub.ok.example Sub.ok.example From:ok.example ok.example From:example example"},
		{"with a detail, both forms of the user", func(t Table) (Match, bool, error) { return Access{Table: t}.Sender(at("joe+tag@ok.example")) },
			"joe+tag@ok.example joe+*@ok.example joe@ok.example joe+tag@ joe+*@ joe@ ok.example example"},
		{"without a domain", func(t Table) (Match, bool, error) { return Access{Table: t, Tag: "To:"}.Recipient(at("joe"), true) }, "To:joe@ joe@"},
		{"the null path has no key", func(t Table) (Match, bool, error) { return Access{Table: t, Tag: "From:"}.Sender(address.Address{}) }, ""},
		{"a client's name", func(t Table) (Match, bool, error) { return Access{Table: t, Tag: "Connect:"}.Domain("a.b") }, "Connect:a.b a.b Connect:b b"},
		{"a client's address", func(t Table) (Match, bool, error) {
			return Access{Table: t, Tag: "Connect:"}.IP(netip.MustParseAddr("127.0.0.30"))
		},
			"Connect:127.0.0.30 127.0.0.30 Connect:127.0.0 127.0.0 Connect:127.0 127.0 Connect:127 127"},
		{"a foreign recipient: no user@", func(t Table) (Match, bool, error) { return Access{Table: t}.Recipient(at("joe@a.b"), false) }, "joe@a.b a.b b"},
		{"only with the tag", func(t Table) (Match, bool, error) { return Access{Table: t, Tag: "Spam:", Only: true}.Domain("a.b") }, "Spam:a.b Spam:b"},
		{"lookupdotdomain", func(t Table) (Match, bool, error) { return Access{Table: t, Dots: true}.Domain("a.b.c") }, "a.b.c .b.c b.c .c c"},
		{"a client: its name, then its address", func(t Table) (Match, bool, error) {
			return Access{Table: t}.Client("a.b", netip.MustParseAddr("10.1.2.3"))
		},
			"a.b b 10.1.2.3 10.1.2 10.1 10"},
		{"a client without a name", func(t Table) (Match, bool, error) {
			return Access{Table: t}.Client("[10.1.2.3]", netip.MustParseAddr("10.1.2.3"))
		},
			"[10.1.2.3] [10.1.2] [10.1] [10] 10.1.2.3 10.1.2 10.1 10"},
		{"a number for a client, and the tag alone", func(t Table) (Match, bool, error) {
			return Access{Table: t, Tag: "ClientRate:", Only: true}.Limit(netip.MustParseAddr("10.1.2.3"))
		}, "ClientRate:10.1.2.3 ClientRate:10.1.2 ClientRate:10.1 ClientRate:10 ClientRate:"},
		{"IPv6 in its long form", func(t Table) (Match, bool, error) { return Access{Table: t}.IP(netip.MustParseAddr("fe80::a:1%eth0")) },
			"IPv6:fe80:0:0:0:0:0:a:1 IPv6:fe80:0:0:0:0:0:a IPv6:fe80:0:0:0:0:0 IPv6:fe80:0:0:0:0 IPv6:fe80:0:0:0 IPv6:fe80:0:0 IPv6:fe80:0 IPv6:fe80"},
		{"IPv4 in IPv6", func(t Table) (Match, bool, error) { return Access{Table: t}.IP(netip.MustParseAddr("::ffff:10.1.2.3")) }, "10.1.2.3 10.1.2 10.1 10"},
		{"an address literal", func(t Table) (Match, bool, error) { return Access{Table: t}.Domain("[10.1.2.3]") }, "[10.1.2.3] [10.1.2] [10.1] [10]"},
		{"virtusertable", func(t Table) (Match, bool, error) { return Virtual(t, at("u+d@v.example")) }, "u+d@v.example u++@v.example u+*@v.example u@v.example ++@v.example +*@v.example @v.example"},
		{"virtusertable without a detail", func(t Table) (Match, bool, error) { return Virtual(t, at("u@v.example")) }, "u@v.example @v.example"},
		{"genericstable", func(t Table) (Match, bool, error) { return Generic(t, at("u+d@g.example"), "ours.example") }, "u+d@g.example u+*@g.example u@g.example @g.example u+d u+* u"},
		{"genericstable without a domain", func(t Table) (Match, bool, error) { return Generic(t, at("u"), "ours.example") }, "u@ours.example u"},
		{"mailertable", func(t Table) (Match, bool, error) { return Mailer(t, "a.b.example") }, "a.b.example .b.example .example ."},
		{"mailertable, an address literal", func(t Table) (Match, bool, error) { return Mailer(t, "[10.0.0.1]") }, "[10.0.0.1] ."},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, ok := search1(t, "none-of-them x\n", test.look)
			if got := strings.Join(m.Tried, " "); got != test.want || ok {
				t.Errorf("tried %s\nwant  %s", got, test.want)
			}
			if m, ok := search1(t, "", test.look); ok || m.Tried != nil {
				t.Errorf("in an empty table: %+v, %v", m, ok)
			}
		})
	}
}

func TestTheMostSpecificKeyDecides(t *testing.T) {
	from := func(s string) func(Table) (Match, bool, error) {
		a, err := address.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return func(t Table) (Match, bool, error) { return Access{Table: t, Tag: "From:"}.Sender(a) }
	}
	client := func(ip string) func(Table) (Match, bool, error) {
		return func(t Table) (Match, bool, error) {
			return Access{Table: t, Tag: "Connect:"}.IP(netip.MustParseAddr(ip))
		}
	}
	virtual := func(local, domain string) func(Table) (Match, bool, error) {
		return func(t Table) (Match, bool, error) { return Virtual(t, address.Address{Local: local, Domain: domain}) }
	}
	mailer := func(host string) func(Table) (Match, bool, error) {
		return func(t Table) (Match, bool, error) { return Mailer(t, host) }
	}
	for _, test := range []struct {
		name, source string
		look         func(Table) (Match, bool, error)
		want         string // key=result, "" for none
	}{
		{"user@ before the domain", "From:joe@ REJECT\nFrom:ok.example OK\n", from("joe@ok.example"), "from:joe@=REJECT"},
		{"user@host before the domain", "From:joe@ok.example OK\nFrom:ok.example REJECT\n", from("joe@ok.example"), "from:joe@ok.example=OK"},
		{"a domain hits its subdomains", "From:spam.example REJECT\n", from("x@sub.spam.example"), "from:spam.example=REJECT"},
		{"SKIP ends the search among domains", "From:sub.spam.example SKIP\nFrom:spam.example REJECT\n", from("x@sub.spam.example"), ""},
		{"a user is skipped, too", "From:joe@ok.example skip\nFrom:ok.example REJECT\n", from("joe@ok.example"), ""},
		{"a key with a dot in front hits nothing", "From:.spam.example REJECT\n", from("x@sub.spam.example"), ""},
		{"the tag before none", "ok.example REJECT\nFrom:ok.example OK\n", from("x@ok.example"), "from:ok.example=OK"},
		{"another tag is not looked at", "To:ok.example REJECT\n", from("x@ok.example"), ""},
		{"From:<> does not match the null sender", "From:<> REJECT\n", func(t Table) (Match, bool, error) { return Access{Table: t, Tag: "From:"}.Sender(address.Address{}) }, ""},
		{"an address before its network", "Connect:127.0.0.33 OK\nConnect:127.0.0 REJECT\n", client("127.0.0.33"), "connect:127.0.0.33=OK"},
		{"networks end at dots", "127.0.0.5 REJECT\n127.0.0. REJECT\n127.0.0.0/8 REJECT\n", client("127.0.0.50"), ""},
		{"IPv6 in long form", "IPv6:0:0:0:0:0:0:0:1 RELAY\n", client("::1"), "ipv6:0:0:0:0:0:0:0:1=RELAY"},
		{"IPv6 in short form never", "IPv6:::1 RELAY\n", client("::1"), ""},
		{"%1 is the user", "@virt.example %1@ok.example\n", virtual("info", "VIRT.example"), "@virt.example=info@ok.example"},
		{"%2 is the detail", "pl+*@v2.example x+%2@ok.example\n", virtual("pl+abc", "v2.example"), "pl+*@v2.example=x+abc@ok.example"},
		{"+* wants a detail", "t+*@v2.example x\n", virtual("t", "v2.example"), ""},
		{"the domain above a host", ".b.example smtp:[10.0.0.1]\n. relay:out\n", mailer("a.b.example"), ".b.example=smtp:[10.0.0.1]"},
		{"but not the domain itself", ".b.example smtp:[10.0.0.1]\n. relay:out\n", mailer("b.example"), ".=relay:out"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, ok := search1(t, test.source, test.look)
			got := ""
			if ok {
				got = m.Key + "=" + m.Result
			}
			if got != test.want {
				t.Errorf("%q, want %q (tried %q)", got, test.want, m.Tried)
			}
		})
	}
}

// broken is a table that cannot be read.
type broken struct{}

var errBroken = errors.New("broken")

func (broken) Get(string) (Entry, bool, error) { return Entry{}, false, errBroken }

func TestATableThatCannotBeReadIsNoMiss(t *testing.T) {
	if _, ok, err := (Access{Table: broken{}, Tag: "To:"}).Domain("x.example"); ok || !errors.Is(err, errBroken) {
		t.Errorf("%v %v", ok, err)
	}
}

func TestNumbersInAValueAreFilledIn(t *testing.T) {
	for value, want := range map[string]string{
		"plain": "plain", "%1@x": "one@x", "%0": "key", "a%2b%9c": "atwobc", "100%%": "100%", "50%": "50%", "%x%1": "%xone", "%%1": "%1",
	} {
		if got := Expand(value, []string{"key", "one", "two"}); got != want {
			t.Errorf("%s: %q, want %q", value, got, want)
		}
	}
}
