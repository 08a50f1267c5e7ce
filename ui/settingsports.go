//go:build !nogui

package ui

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// portsPart is the settings' part about listeners: their table, what can be done with one, and what TLS and AUTH need.
type portsPart struct {
	view    *settingsView
	list    *model.PortList
	logins  *model.LoginList
	chosen  *kit.KeySet
	table   *kit.Table
	seen    []Listener // the state that the table was read for
	add     *kit.IconButton
	change  *kit.IconButton
	remove  *kit.IconButton
	test    *kit.IconButton
	proof   *kit.Label // how a test mail ended
	helpers [2]portHelper
}

// portHelper is a box below the table: what it is about, and what can be done.
type portHelper struct {
	back        *kit.Fill
	title, text *kit.Label
	buttons     []*kit.IconButton
}

const portCheckPause = 200 * time.Millisecond

func newPortsPart(v *settingsView) *portsPart {
	w := v.win
	p := &portsPart{view: v, list: model.NewPortList(w.backend, w.post), logins: model.NewLoginList(w.backend, w.post)}
	p.list.OnChange, p.list.OnProblem = p.changed, w.problem
	p.logins.OnChange, p.logins.OnProblem = p.changed, w.problem
	p.chosen = kit.NewKeySet(p.list)
	p.table = kit.NewTable(queueRowHeight, []kit.Column{
		{Key: "address", Title: say.T("Address"), Width: 220, Mono: true, Fixed: true},
		{Key: "protocol", Title: say.T("Protocol"), Width: 110, Fixed: true},
		{Key: "state", Title: say.T("State"), Width: 110, Tag: true},
		{Key: "tls", Title: say.T("TLS"), Width: 90},
		{Key: "auth", Title: say.T("AUTH"), Width: 130},
		{Key: "strict", Title: say.T("Strict"), Width: 70},
		{Key: "why", Title: say.T("Why"), Width: 320},
	}, p.list, p.chosen, p.bind)
	p.table.Rows.Keys = w.keys
	p.table.Rows.OnSelect = func() {
		p.table.Rows.SelectionChanged()
		p.showButtons()
	}
	p.table.Rows.OnOpen = func(i int) { p.edit(p.list.At(i)) }
	p.table.Rows.OnMenu = func(_ int, at fyne.Position) { w.popUp(w.acts.menu(inPorts), at) }
	button := func(icon, text, tip string, do func()) *kit.IconButton {
		b := kit.NewIconButton(icon, text, do).WithTip(w.tips, tip)
		b.Keys = w.keys
		return b
	}
	p.add = button("plus", say.T("Add …"), say.T("Another address that takes mail"), p.addNew)
	p.change = button("sliders-horizontal", say.T("Change …"), say.T("Change the listener"), p.editChosen)
	p.remove = button("trash-2", say.T("Remove"), say.T("Take the listener out of the settings"), p.removeChosen)
	p.test = button("send", say.T("Send a test mail"), say.T("Postroom sends itself a message over this address, with the TLS and AUTH that it asks for"), p.sendTest)
	p.proof = kit.NewLabel("", theme.SizeMedium, theme.Dim).Shrink()
	p.helpers[0] = p.helper(say.T("TLS"), say.T("Listeners with TLS show a certificate of a CA of your own, which an application has to be told to believe."),
		button("shield", say.T("Show the certificate"), say.T("It is made where there is none"), p.showCertificate),
		button("download", say.T("Save the CA …"), say.T("The file that an application believes the certificate with"), p.saveCA),
		button("copy", say.T("Copy the CA's path"), "", p.copyCA))
	p.helpers[1] = p.helper(say.T("AUTH"), "",
		button("user", say.T("Let somebody log in …"), say.T("Add a user of SMTP AUTH"), func() { w.askLogin(p.logins, nil) }),
		button("users", say.T("All who may log in"), say.T("In the rules, auth-users"), func() {
			if r := w.rulesSight(); r != nil {
				r.open(loginsTable)
			}
		}))
	p.showButtons()
	return p
}

func (p *portsPart) helper(title, text string, buttons ...*kit.IconButton) portHelper {
	h := portHelper{kit.NewFill(theme.Raised), kit.NewLabel(title, theme.SizeText, theme.Text).Bold(), kit.NewLabel(text, theme.SizeMedium, theme.Dim).Shrink(), buttons}
	h.back.SetRadius(6)
	return h
}

// objects are all that the part draws.
func (p *portsPart) objects() []fyne.CanvasObject {
	all := []fyne.CanvasObject{p.table, p.add, p.change, p.remove, p.test, p.proof}
	for _, h := range p.helpers {
		all = append(all, h.back, h.title, h.text)
		for _, b := range h.buttons {
			all = append(all, b)
		}
	}
	return all
}

// arrange places everything below top.
func (p *portsPart) arrange(s fyne.Size, top float32) {
	const helper = 82
	inRow(12, top+7, s.Width-12, p.add, p.change, p.remove, p.test)
	top += 42
	below := float32(len(p.helpers)*(helper+12) + 12)
	rows := float32(28 + queueRowHeight*float32(max(2, p.list.Len())) + 12)
	height := min(rows, s.Height-top-below-28)
	put(p.table, 0, top, s.Width, height)
	put(p.proof, 18, top+height+4, s.Width-36, 20)
	y := top + height + 28
	for _, h := range p.helpers {
		width := s.Width - 24
		put(h.back, 12, y, width, helper)
		put(h.title, 24, y+10, 60, 18)
		put(h.text, 84, y+10, width-84, 18)
		inRow(18, y+42, s.Width-24, h.buttons...)
		y += helper + 12
	}
}

func (p *portsPart) close() {
	p.list.Close()
	p.logins.Close()
}

// show begins to look at what is listed, hide ends it.
func (p *portsPart) show() {
	p.list.Load()
	p.logins.Watch()
}

func (p *portsPart) hide() { p.logins.Unwatch() }

// statusChanged reads the listeners again when their state is another.
func (p *portsPart) statusChanged() {
	if now := p.view.win.status.Listeners; !slices.Equal(now, p.seen) {
		p.seen = slices.Clone(now)
		p.list.Load()
	}
}

func (p *portsPart) changed() {
	p.table.Rows.SetEmpty(say.T("Nothing listens. Add an address that takes mail."))
	p.table.Rows.Changed()
	h, n := p.helpers[1], p.logins.Len()
	text := say.N(n, "%s may log in.", "%s may log in.", model.Count(n))
	if n == 0 {
		text = say.T("Nobody is named who may log in.")
	}
	h.text.SetText(text + " " + say.T("Whoever has logged in may relay."))
	p.showButtons()
	p.view.relayout()
}

func (p *portsPart) showButtons() {
	l := p.one()
	p.change.SetDisabled(l == nil)
	p.remove.SetDisabled(l == nil)
	p.test.SetDisabled(l == nil || !l.Listening)
}

func (p *portsPart) bind(i int, s kit.RowState, cells []kit.Cell) {
	l := p.list.At(i)
	cells[0], cells[1] = kit.Cell{Text: l.Shown}, kit.Cell{Text: l.Name}
	switch {
	case l.Listening:
		cells[2] = kit.Cell{Text: say.T("listening"), Color: theme.OK}
	case l.Why != "":
		cells[2] = kit.Cell{Text: say.T("not listening"), Color: theme.Err}
	default:
		cells[2] = kit.Cell{Text: say.T("not in force"), Color: theme.Warn}
	}
	auth := l.AuthNow
	if l.RequireAuth == "true" {
		auth += ", " + say.T("required")
	}
	strict := ""
	if l.StrictNow {
		strict = say.T("yes")
	}
	cells[3], cells[4], cells[5] = kit.Cell{Text: l.TLSNow, Color: s.Dim()}, kit.Cell{Text: auth, Color: s.Dim()}, kit.Cell{Text: strict, Color: s.Dim()}
	cells[6] = kit.Cell{Text: l.Why, Color: theme.Err}
}

// one gives the listener that is selected alone, nil for none.
func (p *portsPart) one() *model.Port {
	if keys := p.chosen.List(); len(keys) == 1 {
		l := p.list.At(p.list.Index(keys[0]))
		return &l
	}
	return nil
}

func (p *portsPart) editChosen() {
	if l := p.one(); l != nil {
		p.edit(*l)
	}
}

// addNew asks for another listener.
func (p *portsPart) addNew() { p.form(nil, model.Port{}) }

// edit asks for other values of a listener.
func (p *portsPart) edit(l model.Port) { p.form(&l, l) }

// form asks for a listener's values, checks them as they are typed, and opens it.
func (p *portsPart) form(was *model.Port, l model.Port) {
	w := p.view.win
	f := w.newForm()
	own := func() bool { return was == nil || was.Section >= 0 }
	asSMTP := func(options ...option) []option {
		return append([]option{{"", say.T("As [smtp] says")}}, options...)
	}
	yesNo := []option{{"true", say.T("yes")}, {"false", say.T("no")}}
	address := f.text(say.T("Address"), "127.0.0.1:1465", l.Address, nil)
	isSocket := func() bool { return own() && strings.HasPrefix(strings.TrimSpace(address.Text), "/") }
	protocol := f.choice(say.T("Protocol"), []option{{"", "SMTP"}, {"submission", say.T("Submission (RFC 6409)")}, {"lmtp", say.T("LMTP (RFC 2033)")}}, strings.TrimPrefix(l.Protocol, "smtp"), own)
	tls := f.choice(say.T("TLS"), asSMTP(option{"none", say.T("none")}, option{"starttls", say.T("STARTTLS is offered")}, option{"required", say.T("STARTTLS before anything else")},
		option{"implicit", say.T("TLS from the first octet")}), l.TLS, own)
	auth := f.choice(say.T("AUTH"), asSMTP(option{"users", say.T("those of auth-users")}, option{"any", say.T("any name and password")}, option{"off", say.T("not offered")}), l.Auth, own)
	needs := f.choice(say.T("PLAIN only with TLS"), asSMTP(yesNo...), l.AuthNeedsTLS, own)
	require := f.choice(say.T("No mail before AUTH"), []option{{"", say.T("no")}, {"true", say.T("yes")}}, l.RequireAuth, own)
	strict := f.choice(say.T("Strict"), append([]option{{"", say.T("As strict says for all")}}, yesNo...), l.Strict, own)
	hide := f.text(say.T("Hidden extensions"), "PIPELINING CHUNKING", l.Hide, own)
	mode := f.text(say.T("Mode of the socket"), "0600", l.Mode, isSocket)
	asked := func() model.Port {
		out := model.Port{Section: -1, Address: address.Text, Protocol: protocol.value, TLS: tls.value, Auth: auth.value, AuthNeedsTLS: needs.value, RequireAuth: require.value, Strict: strict.value, Hide: hide.Text}
		if isSocket() {
			out.Mode = mode.Text
		}
		if l.Protocol == "smtp" && out.Protocol == "" { // as it is written
			out.Protocol = l.Protocol
		}
		return out
	}
	cancel := func() {}
	f.changed = func() {
		f.look()
		cancel()
		cancel = w.later(portCheckPause, func() { p.list.Check(was, asked(), f.say) })
	}
	title, note, verb := say.T("Another listener"), say.T("In force when it is saved."), say.T("Add")
	switch {
	case was != nil && !own():
		title, note, verb = was.Address, say.T("An address of [smtp] listen: all else is as [smtp] says, in All settings."), say.T("Save")
	case was != nil:
		title, verb = was.Address, say.T("Save")
	}
	f.open(title, note, "check", verb, func(then func(error)) {
		cancel()
		now := asked()
		p.list.Set(was, now, func(err error) {
			if then(err); err == nil {
				w.notify(say.T("%s is saved and in force", now.Address))
			}
		})
	})
}

// removeChosen takes a listener out, when the user agrees.
func (p *portsPart) removeChosen() {
	l := p.one()
	if l == nil {
		return
	}
	w := p.view.win
	w.confirm(say.T("Remove the listener %s?", l.Address), say.T("Nobody can send mail to it then."), say.T("Remove"), func() {
		p.list.Remove(*l, func(err error) {
			if err != nil {
				w.problem(err)
			}
		})
	})
}

// sendTest sends a message to the selected listener.
func (p *portsPart) sendTest() {
	if l := p.one(); l != nil && l.Listening {
		p.sendTestAs(*l, "", "", func(error) {})
	}
}

// sendTestAs sends it by somebody who logs in; who that is is asked where the listener wants to know.
func (p *portsPart) sendTestAs(l model.Port, name, password string, then func(error)) {
	p.prove(say.T("Sending …"), theme.Dim)
	p.view.list.SendTest(l.Shown, name, password, func(subject string, err error) {
		then(err)
		switch {
		case errors.Is(err, model.ErrLoginNeeded):
			p.prove("", theme.Dim)
			p.askTestLogin(l)
		case err != nil:
			p.prove(say.T("The test mail was not taken: %s", err.Error()), theme.Err)
		default:
			p.prove(say.T("Accepted by %s: “%s”", l.Shown, subject), theme.OK)
		}
	})
}

// askTestLogin asks as whom a test mail is to be sent.
func (p *portsPart) askTestLogin(l model.Port) {
	f := p.view.win.newForm()
	name := f.text(say.T("Name"), "app", "", nil)
	password := f.text(say.T("Password"), "", "", nil)
	password.Password = true
	f.open(say.T("Log in for the test mail"), say.T("%s takes mail only from those who log in.", l.Address), "send", say.T("Send"), func(then func(error)) {
		if name.Text == "" {
			then(errors.New(say.T("write the name of somebody who may log in")))
			return
		}
		p.sendTestAs(l, name.Text, password.Text, then)
	})
}

func (p *portsPart) prove(text string, c fyne.ThemeColorName) {
	p.proof.SetText(text)
	p.proof.SetColor(c)
}

// certificate does something with the certificate.
func (p *portsPart) certificate(do func(model.Certificate)) {
	p.list.Certificate(func(c model.Certificate, err error) {
		if err != nil {
			p.view.win.problem(err)
			return
		}
		do(c)
	})
}

func (p *portsPart) showCertificate() {
	p.certificate(func(c model.Certificate) { p.view.win.showText(say.T("The certificate of listeners with TLS"), c.Text) })
}

// withCA does something with our CA, where there is one.
func (p *portsPart) withCA(do func(model.Certificate)) {
	p.certificate(func(c model.Certificate) {
		if c.CA == "" {
			p.view.win.notify(say.T("The certificate is your own: its CA is not ours to give."))
			return
		}
		do(c)
	})
}

func (p *portsPart) saveCA() {
	p.withCA(func(c model.Certificate) {
		p.view.win.viewer.askPlace("postroom-ca.pem", func(_ context.Context, w io.Writer) error {
			_, err := w.Write(c.CAText)
			return err
		})
	})
}

func (p *portsPart) copyCA() {
	p.withCA(func(c model.Certificate) {
		p.view.win.clipboard.SetContent(c.CA)
		p.view.win.notify(say.T("Copied: %s", c.CA))
	})
}
