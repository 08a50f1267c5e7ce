//go:build !nogui

package ui

import (
	"context"
	"io"
	"strings"

	"postroom.dev/spool/mimetree"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// fill is the text of a tab.
type fill struct {
	source kit.LineSource
	waits  bool // of the Routing tab: the message waits in the queue
}

// fill gives the chosen tab its text, unless it has it. What has to be read comes a little later.
func (v *viewer) fill() {
	tab := v.tabs.Selected()
	if v.message == nil || v.filled[tab] {
		return
	}
	v.filled[tab] = true
	m, id := v.message, v.message.Record.ID
	switch tab {
	case tabPreview:
		v.preview.show(m)
	case tabText:
		v.texts[tab].SetSource(withLinks(textOr(m.Text, noText(m))))
	case tabHTML:
		source := textOr("", say.T("This message has no HTML part."))
		if strings.TrimSpace(m.HTML) != "" {
			source = htmlSource(m.HTML)
		}
		v.texts[tab].SetSource(source)
	case tabHeaders:
		decode := mimetree.Field.Text
		if v.received {
			decode = nil
		}
		v.texts[tab].SetSource(colored(model.HeaderLines(&m.Record.Envelope, m.Added, m.Fields, decode)))
	case tabRaw:
		v.ask(tab, func(ctx context.Context) (fill, error) { return v.readRaw(ctx, id) })
	case tabSMTP:
		v.ask(tab, func(ctx context.Context) (fill, error) {
			b, err := v.win.backend.Transcript(ctx, id)
			if err != nil {
				return fill{}, err
			}
			if len(b) == 0 {
				return fill{source: textOr("", say.T("This message did not come in a session."))}, nil
			}
			return fill{source: colored(model.TranscriptLines(b))}, nil
		})
	case tabRouting:
		v.texts[tab].SetSource(textOr("", say.T("Reading …")))
		v.routing.ask(v.texts[tab].SetSource)
	}
}

// ask loads a tab's text. Another tab or message cancels it; the tab then asks again when it is chosen.
func (v *viewer) ask(tab int, load func(context.Context) (fill, error)) {
	v.texts[tab].SetSource(textOr("", say.T("Reading …")))
	v.await(tab, load, v.texts[tab].SetSource)
}

// await has show take what load gives.
func (v *viewer) await(tab int, load func(context.Context) (fill, error), show func(kit.LineSource)) {
	for _, other := range []int{tabRaw, tabSMTP, tabRouting} {
		if other != tab {
			v.filled[other] = false
		}
	}
	v.more.Ask(load, func(f fill, err error) {
		if err != nil {
			f = fill{source: textOr("", err.Error())}
		}
		if tab == tabRouting {
			v.routing.waits = f.waits
		}
		show(f.source)
	})
}

func (v *viewer) readRaw(ctx context.Context, id int64) (fill, error) {
	content, err := v.win.backend.Raw(ctx, id)
	if err != nil {
		return fill{}, err
	}
	if content.Size() > rawInMemory {
		lines, err := newRawLines(ctx, content)
		return fill{source: lines}, err
	}
	r, err := content.Open()
	if err != nil {
		return fill{}, err
	}
	defer r.Close()
	var b strings.Builder
	b.Grow(int(content.Size()))
	if _, err := io.Copy(&b, r); err != nil {
		return fill{}, err
	}
	return fill{source: kit.NewTextLines(b.String(), theme.Text)}, nil
}

// noText says why the Text tab is empty.
func noText(m *Message) string {
	switch {
	case m.HTML != "":
		return say.T("This message has no plain text. Its HTML is in the next tab.")
	case m.Record.Size == 0:
		return say.T("This message is empty.")
	}
	return say.T("This message has no text. Parts and Raw show what it has.")
}

// textOr makes lines of a text, or of a remark where there is none.
func textOr(text, remark string) kit.LineSource {
	if strings.TrimSpace(text) == "" {
		return kit.NewTextLines(remark, theme.Dim)
	}
	return kit.NewTextLines(text, theme.Text)
}

// colored makes lines of the model's in the theme's colours.
func colored(lines []model.Line) kit.RunLines {
	out := make(kit.RunLines, len(lines))
	for i, l := range lines {
		for _, s := range l {
			out[i] = append(out[i], kit.Run{Text: s.Text, Color: tone(s.Tone), Tag: s.Tag, Margin: s.Margin, Link: s.Link})
		}
	}
	return out
}
