//go:build !nogui

package ui

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// rulePane stands below the tables: what happens to an address, step by step, or which kept messages would fare otherwise.
type rulePane struct {
	view     *rulesView
	divider  *kit.Divider
	title    *kit.Label
	to, from *kit.Entry
	back     *kit.IconButton // from the preview to the address
	text     *kit.Lines
	trace    *model.Latest[model.AddressAnswer]
	look     *model.Latest[model.RulesPreview]
	preview  bool
	high     float32
	content  *fyne.Container
}

const (
	prefRulePane           = "rules.pane"
	usualRulePane  float32 = 250
	leastRulePane  float32 = 120
	tracePause             = 200 * time.Millisecond
	rulePaneHead   float32 = 72
	leastRuleTable float32 = 410 // all tables are in sight
)

func newRulePane(v *rulesView) *rulePane {
	w := v.win
	p := &rulePane{view: v, high: w.number(prefRulePane, usualRulePane, leastRulePane), trace: model.NewLatest[model.AddressAnswer](w.post), look: model.NewLatest[model.RulesPreview](w.post)}
	p.divider = kit.NewDivider(func(up float32) {
		p.high = max(leastRulePane, min(p.content.Size().Height+up, 2000))
		v.relayout()
	}, func() { w.prefs.SetFloat(prefRulePane, float64(p.high)) })
	p.title = kit.NewLabel(say.T("What happens to this address"), theme.SizeMedium, theme.Text).Bold().Shrink()
	field := func(hint string) *kit.Entry {
		e := kit.NewEntry(w.later, hint)
		e.Icon, e.Keys = nil, w.keys
		e.OnSearch = func(string) { p.ask() }
		return e
	}
	p.to, p.from = field("ada@example.com"), field(say.T("Sender, if it matters"))
	p.back = kit.NewIconButton("x", "", p.showAddress).WithTip(w.tips, say.T("Back to the address"))
	p.back.Keys = w.keys
	p.text = kit.NewLines(22)
	p.text.SetWrap(true)
	p.text.Keys = w.keys
	p.text.OnLink = func(link string) { w.reveal(model.LinkedMessage(link)) }
	line := kit.NewLine()
	p.content = container.New(freeLayout{fyne.NewSize(300, leastRulePane), func(s fyne.Size) {
		put(line, 0, 0, s.Width, 1)
		put(p.divider, 0, -3, s.Width, 7)
		put(p.title, 18, 10, s.Width-80, 18)
		put(p.back, s.Width-38, 5, 28, 28)
		top := float32(36)
		if !p.preview {
			put(p.to, 14, 34, (s.Width-34)*3/5, 32)
			put(p.from, 20+(s.Width-34)*3/5, 34, (s.Width-34)*2/5, 32)
			top = rulePaneHead
		}
		put(p.text, 0, top, s.Width, s.Height-top)
	}}, line, p.title, p.to, p.from, p.back, p.text, p.divider)
	p.back.Hide()
	p.hint()
	return p
}

// height is how high the pane stands where there is so much room for it and the table.
func (p *rulePane) height(room float32) float32 {
	return max(min(p.high, room-leastRuleTable), min(leastRulePane, room/2))
}

func (p *rulePane) close() {
	p.trace.Close()
	p.look.Close()
}

func (p *rulePane) hint() {
	p.text.SetSource(kit.NewTextLines(say.T("Write an address: each step shows what decides about its mail, with what you have changed and not saved yet."), theme.Dim))
}

// mode shows the address or the preview.
func (p *rulePane) mode(preview bool) {
	p.preview = preview
	p.title.SetText(say.T("What happens to this address"))
	if preview {
		p.title.SetText(say.T("What would change"))
	}
	show(p.to, !preview)
	show(p.from, !preview)
	show(p.back, preview)
	p.content.Layout.Layout(p.content.Objects, p.content.Size())
}

func (p *rulePane) showAddress() {
	p.look.Cancel()
	p.mode(false)
	p.ask()
	p.view.win.frame.Canvas().Focus(p.to)
}

// about asks what happens to mail for an address.
func (p *rulePane) about(to, from string) {
	p.mode(false)
	p.to.SetQuery(to)
	p.from.SetQuery(from)
	p.ask()
	p.view.win.frame.Canvas().Focus(p.to)
}

// again asks the same of other tables.
func (p *rulePane) again() {
	if p.preview {
		p.showPreview()
	} else {
		p.ask()
	}
}

// ask says what happens to mail for the address in the field.
func (p *rulePane) ask() {
	q := model.AddressQuestion{To: strings.TrimSpace(p.to.Text), From: strings.TrimSpace(p.from.Text)}
	if p.preview {
		return
	}
	if q.To == "" && q.From == "" {
		p.trace.Cancel()
		p.hint()
		return
	}
	with := p.view.rules.Unsaved()
	p.trace.Ask(func(ctx context.Context) (model.AddressAnswer, error) {
		return p.view.win.backend.TraceAddress(ctx, q, with)
	}, func(a model.AddressAnswer, err error) {
		if err != nil {
			p.text.SetSource(kit.NewTextLines(err.Error(), theme.Warn))
			return
		}
		p.text.SetSource(colored(model.AnswerLines(q, &a)))
	})
}

// showPreview says which kept messages would fare otherwise if all that was changed here were saved.
func (p *rulePane) showPreview() {
	p.view.text.flush()
	if !p.preview {
		p.text.SetSource(kit.NewTextLines(say.T("Looking at the newest messages …"), theme.Dim))
	}
	p.mode(true)
	with := p.view.rules.Unsaved()
	p.look.Ask(func(ctx context.Context) (model.RulesPreview, error) {
		return p.view.win.backend.WouldChange(ctx, with)
	}, func(r model.RulesPreview, err error) {
		if err != nil {
			p.text.SetSource(kit.NewTextLines(err.Error(), theme.Warn))
			return
		}
		p.text.SetSource(colored(model.PreviewLines(&r)))
	})
}
