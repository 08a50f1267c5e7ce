package rewrite

import (
	"strings"
	"testing"

	"postroom.dev/mta/table"
)

// world is a configuration as sendmail.mc and as ours.
type world struct {
	name string
	mc   string // beside what all worlds have
	ours func(*Config)
}

const (
	generics = `apache@MagentoWebServer	shop@adidas.cn
paul@example.com	paul@otherexample.com
alice	Alice.Generic@adidas.cn
bob@mail.example.com	robert@otherexample.com
root	webmaster@adidas.cn
localonly	justlocal
tohost	sales@localhost
@dom.example	%1@all.example
x@dom.example	y
detail+*@adidas.cn	d.%1@z.example
plain+*	p.%1@z.example
base@adidas.cn	b%1b@z.example
exact+tag@adidas.cn	exact.tag@z.example
"a b"@adidas.cn	quoted@z.example
p%cent@adidas.cn	p@z.example
dollar@adidas.cn	a%%b@z.example
carol@sub.adidas.cn	carol@z.example
@sub.adidas.cn	%1.sub@z.example
`
	classG = "adidas.cn MagentoWebServer dom.example"
	classW = "example.com"
)

var worlds = []world{
	{"plain", "", func(*Config) {}},
	{"genericstable", "FEATURE(`always_add_domain')\nFEATURE(`genericstable',`hash @DIR@/genericstable')\nGENERICS_DOMAIN(`" + classG + "')\n", generic},
	{"entire", "FEATURE(`genericstable',`hash @DIR@/genericstable')\nFEATURE(`generics_entire_domain')\nGENERICS_DOMAIN(`" + classG + "')\n", func(c *Config) {
		generic(c)
		c.AlwaysAddDomain, c.EntireDomain = false, true
	}},
	{"hostname", "FEATURE(`genericstable',`hash @DIR@/genericstable')\nGENERICS_DOMAIN(`mail.example.com example.com')\n", func(c *Config) {
		generic(c)
		c.AlwaysAddDomain, c.GenericsDomains = false, class("mail.example.com example.com")
	}},
	{"masquerade", "MASQUERADE_AS(`masq.example')\nMASQUERADE_DOMAIN(`md.example')\nEXPOSED_USER(`root')\nMASQUERADE_EXCEPTION(`keep.md.example')\n", masquerade},
	{"envelope", "FEATURE(`always_add_domain')\nMASQUERADE_AS(`masq.example')\nMASQUERADE_DOMAIN(`md.example')\nEXPOSED_USER(`root')\nFEATURE(`masquerade_envelope')\nFEATURE(`allmasquerade')\nFEATURE(`masquerade_entire_domain')\n", func(c *Config) {
		masquerade(c)
		c.AlwaysAddDomain = true
		m := &c.Masquerade
		m.Envelope, m.All, m.EntireDomain, m.Exceptions = true, true, true, nil
	}},
	{"limited", "MASQUERADE_AS(`masq.example')\nMASQUERADE_DOMAIN(`md.example')\nEXPOSED_USER(`root')\nFEATURE(`limited_masquerade')\n", func(c *Config) {
		masquerade(c)
		c.Masquerade.Limited, c.Masquerade.Exceptions = true, nil
	}},
	{"both", "FEATURE(`always_add_domain')\nFEATURE(`genericstable',`hash @DIR@/genericstable')\nGENERICS_DOMAIN(`" + classG + "')\nMASQUERADE_AS(`masq.example')\nEXPOSED_USER(`root')\nFEATURE(`masquerade_envelope')\nMASQUERADE_EXCEPTION(`example.com')\n", func(c *Config) {
		generic(c)
		c.Masquerade = Masquerade{As: "masq.example", Exposed: []string{"root"}, Envelope: true, Exceptions: []string{"example.com"}}
	}},
}

func generic(c *Config) {
	m, _ := table.Parse("genericstable", strings.NewReader(generics), table.Syntax{})
	c.Generics, c.GenericsDomains, c.AlwaysAddDomain = m, class(classG), true
}

func class(words string) func() (*table.Class, error) {
	g, _ := table.ParseClass("generics-domains", strings.NewReader(strings.ReplaceAll(words, " ", "\n")))
	return func() (*table.Class, error) { return g, nil }
}

func masquerade(c *Config) {
	c.Masquerade = Masquerade{As: "masq.example", Domains: []string{"md.example"}, Exposed: []string{"root"}, Exceptions: []string{"keep.md.example"}}
}

func (w world) rewriter(t testing.TB) *Rewriter {
	t.Helper()
	c := Config{Hostname: "mail.example.com", Local: func(domain string) bool {
		switch domain = strings.ToLower(domain); domain {
		case "mail.example.com", "localhost", "example.com", "[127.0.0.1]":
			return true
		}
		return false
	}}
	w.ours(&c)
	r, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// addresses are rewritten in every world and for every use.
var addresses = strings.Fields(`
	apache@MagentoWebServer apache@magentowebserver apache alice ALICE root bob localonly tohost plain plain+foo nobody
	alice@adidas.cn alice@mail.example.com alice@example.com alice@other.example bob@mail.example.com bob@localhost root@localhost root@example.com
	root@md.example paul@example.com PAUL@EXAMPLE.COM paul+tag@example.com x@dom.example q@dom.example Q+w@dom.example detail@adidas.cn
	detail+foo@adidas.cn detail+@adidas.cn detail+a+b@adidas.cn base@adidas.cn base+x@adidas.cn exact+tag@adidas.cn exact@adidas.cn plain+foo@adidas.cn +x@adidas.cn
	dollar@adidas.cn p%cent@adidas.cn carol@sub.adidas.cn. dave@sub.adidas.cn. dave@sub.sub.adidas.cn. localonly@adidas.cn tohost@adidas.cn
	dave@[127.0.0.1] dave@[192.0.2.9] dave@mail dave@localhost.example.com dave@example.com. dave@md.example dave@x.md.example. dave@keep.md.example.
	dave@sub.keep.md.example. dave%md.example dave%example.com@mail.example.com dave%other@other.example some!dave u@ok.example
	a.b@example.com a..b@dom.example x@example.com`)
