package deliver

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"github.com/emersion/go-sasl"

	"postroom.dev/mta"
	"postroom.dev/mta/table"
)

// phaseAuth is where 334 is an answer, beside phaseData.
const phaseAuth = "client AUTH"

// maxChallenges is how often a host may ask during one AUTH; LOGIN asks twice.
const maxChallenges = 5

// login says AUTH where h offers it and there is an entry for h, RFC 4954. The zero Status means that the transaction may begin: logged in, or
// without need to. Whatever goes wrong is a temporary failure, so that a mistyped password returns nobody's mail.
func (m *SMTP) login(c *conn, h host, a netip.Addr, encrypted bool) mta.Status {
	offered, ok := c.ext["AUTH"]
	if m.o.Login == nil || !ok {
		return mta.Status{}
	}
	refused := mta.Status{Code: 454, Enhanced: mta.Enhanced{4, 7, 0}}
	who, ok, err := m.o.Login(h.name, "["+a.Unmap().String()+"]")
	switch {
	case err != nil:
		refused.Text, refused.Err = "authinfo: "+err.Error(), err
		return refused
	case !ok:
		return mta.Status{}
	case !encrypted && !a.Unmap().IsLoopback() && (m.o.InClear == nil || !m.o.InClear()):
		refused.Text = "AUTH not tried: the connection to " + c.host + " is not encrypted; set [safety] auth_in_clear to do it all the same"
		return refused
	}
	c.user = who.ID
	client := choose(who, strings.Fields(strings.ToUpper(offered)))
	if client == nil {
		c.say(c.host + " offers no AUTH mechanism that can be used: " + offered)
		return mta.Status{}
	}
	name, r, err := c.auth(client)
	if err != nil {
		return c.broken(err)
	}
	if r.class() == 2 {
		return mta.Status{}
	}
	s := r.status(c.peer())
	refused.RemoteMTA, refused.Text = s.RemoteMTA, "AUTH "+name+": "+strings.ReplaceAll(s.Error(), "\n", " ")
	return refused
}

// choose gives the strongest mechanism that both sides have, nil for none.
func choose(who table.Login, offered []string) sasl.Client {
	for _, m := range []struct {
		name   string
		client func() sasl.Client
	}{
		{"CRAM-MD5", func() sasl.Client { return &cramMD5{who.ID, who.Password} }},
		{sasl.Plain, func() sasl.Client {
			as := who.User
			if as == who.ID { // RFC 4616 §2: then it need not be said
				as = ""
			}
			return sasl.NewPlainClient(as, who.ID, who.Password)
		}},
		{sasl.Login, func() sasl.Client { return &authLogin{who.ID, who.Password} }},
	} {
		if slices.Contains(offered, m.name) && (len(who.Mechanisms) == 0 || slices.Contains(who.Mechanisms, m.name)) {
			return m.client()
		}
	}
	return nil
}

// auth has the conversation. What is said in it is not shown.
func (c *conn) auth(client sasl.Client) (name string, r reply, err error) {
	name, first, err := client.Start()
	if err != nil {
		return name, r, err
	}
	line := "AUTH " + name
	if first != nil && name == sasl.Plain {
		line += " " + encoded(first)
	}
	c.say(">>> AUTH " + name + " *")
	r, err = c.secret(line)
	for n := 0; err == nil && r.code == 334; n++ {
		answer := "*" // RFC 4954 §4: no more of this
		challenge, bad := base64.StdEncoding.DecodeString(strings.TrimSpace(r.lines[0]))
		if bad == nil && n < maxChallenges {
			var said []byte
			if said, bad = client.Next(challenge); bad == nil {
				answer = encoded(said)
			}
		} else {
			bad = errReply
		}
		c.say(">>> *")
		if r, err = c.secret(answer); bad != nil && err == nil && (r.code == 334 || r.class() == 2) {
			c.lost = true
			return name, r, errors.Join(errReply, bad)
		}
	}
	if err == nil && r.class() == 3 {
		c.lost, err = true, errReply
	}
	return name, r, err
}

// encoded is base64 with "=" for nothing, RFC 4954 §4.
func encoded(b []byte) string {
	if len(b) == 0 {
		return "="
	}
	return base64.StdEncoding.EncodeToString(b)
}

// secret is cmd for a line that nobody must see; what a challenge says is not shown, either.
func (c *conn) secret(line string) (reply, error) {
	show := c.say
	defer func() { c.say = show }()
	c.say = func(said string) {
		if strings.HasPrefix(said, "334") {
			said = "334 *"
		}
		if !strings.HasPrefix(said, ">>> ") {
			show(said)
		}
	}
	return c.cmd(line, phaseAuth, c.limit.Mail)
}

// authLogin answers two questions in their order, whatever their words are: servers differ in them. (go-sasl's insists on "Password:", and
// on saying the name unasked.)
type authLogin [2]string

func (*authLogin) Start() (string, []byte, error) { return sasl.Login, nil, nil }

func (l *authLogin) Next([]byte) ([]byte, error) {
	answer := l[0]
	l[0], l[1] = l[1], ""
	if answer == "" {
		return nil, errReply
	}
	return []byte(answer), nil
}

// cramMD5 is RFC 2195.
type cramMD5 struct{ user, password string }

func (*cramMD5) Start() (string, []byte, error) { return "CRAM-MD5", nil, nil }

func (m *cramMD5) Next(challenge []byte) ([]byte, error) {
	mac := hmac.New(md5.New, []byte(m.password))
	mac.Write(challenge)
	return []byte(m.user + " " + hex.EncodeToString(mac.Sum(nil))), nil
}
