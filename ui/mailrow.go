//go:build !nogui

package ui

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/theme"
)

// mailRow draws a message in the mail list: two lines in 52 pixels.
type mailRow struct {
	mail *model.Mail
	now  func() time.Time
	ink  func(tag string) fyne.ThemeColorName

	sender, time, subject *kit.Words
	rcpt                  *kit.Words  // to whom, behind the sender
	tag                   *kit.Tag    // what became of it
	tags                  [2]*kit.Tag // the user's, the last one for all that have no room
	clip, star            *kit.Glyph
	dot, line             *canvas.Rectangle
	ghosts                [2]*canvas.Rectangle // while the record is being loaded
	row                   model.Row
}

const rowHeight float32 = 52

func newMailRow(mail *model.Mail, now func() time.Time, ink func(tag string) fyne.ThemeColorName) *mailRow {
	r := &mailRow{
		mail: mail, now: now, ink: ink, tags: [2]*kit.Tag{kit.NewTag(), kit.NewTag()}, star: kit.NewGlyph(13),
		sender: kit.NewWords(theme.SizeText), time: kit.NewWords(theme.SizeSmall), subject: kit.NewWords(theme.SizeMedium),
		rcpt: kit.NewWords(theme.SizeMedium),
		tag:  kit.NewTag(), clip: kit.NewGlyph(13), dot: canvas.NewRectangle(nil), line: canvas.NewRectangle(nil),
	}
	r.dot.CornerRadius = 3.5
	for i := range r.ghosts {
		r.ghosts[i] = canvas.NewRectangle(nil)
		r.ghosts[i].CornerRadius = 4
	}
	return r
}

// Objects implements kit.Row.
func (r *mailRow) Objects() []fyne.CanvasObject {
	o := slices.Concat([]fyne.CanvasObject{r.line, r.dot, r.ghosts[0], r.ghosts[1]}, r.sender.Objects(), r.rcpt.Objects(), r.time.Objects(), r.subject.Objects())
	o = append(o, r.clip.Object(), r.star.Object())
	for _, t := range []*kit.Tag{r.tag, r.tags[0], r.tags[1]} {
		o = append(o, t.Objects()...)
	}
	return o
}

// Bind implements kit.Row.
func (r *mailRow) Bind(i int, s kit.RowState) {
	record := r.mail.Row(i)
	loaded := record != nil
	r.row = model.Row{}
	if loaded {
		r.row = model.RowOf(record, r.now())
	}
	for _, g := range r.ghosts {
		g.FillColor = theme.Color(theme.Border)
		show(g, !loaded)
	}
	second := s.Dim()
	if r.row.Unread {
		second = theme.Text
	}
	r.sender.SetBold(r.row.Unread)
	r.sender.Set(r.row.Sender, theme.Text)
	to := ""
	if r.row.Rcpt != "" {
		to = "→ " + r.row.Rcpt
	}
	r.rcpt.Set(to, s.Dim())
	r.time.Set(r.row.Time, s.Dim())
	r.subject.Set(r.row.Subject, second)
	r.clip.Set(paperclip(r.row.Attachment), s.Dim())
	r.tag.Set(r.row.Chip.Text, tone(r.row.Chip.Tone))
	r.star.Set(starIcon(r.row.Starred), theme.Warn)
	r.bindTags()
	r.dot.FillColor, r.line.FillColor = theme.Color(theme.Accent), theme.Color(theme.Border)
	show(r.dot, loaded && r.row.Unread)
	for _, t := range []*kit.Words{r.sender, r.rcpt, r.time, r.subject} {
		t.SetVisible(loaded)
	}
}

// bindTags shows the first tag, and the second or how many more there are.
func (r *mailRow) bindTags() {
	texts, inks := [2]string{}, [2]fyne.ThemeColorName{theme.Dim, theme.Dim}
	for i, name := range r.row.Tags {
		switch {
		case i == 0 || i == 1 && len(r.row.Tags) == 2:
			texts[i], inks[i] = model.Short(name, 16), r.ink(name)
		case i == 1:
			texts[1] = "+" + model.Count(len(r.row.Tags)-1)
		}
	}
	for i, t := range r.tags {
		t.Set(texts[i], inks[i])
	}
}

func starIcon(starred bool) string {
	if starred {
		return "star"
	}
	return ""
}

func paperclip(attached bool) string {
	if attached {
		return "paperclip"
	}
	return ""
}

// Place implements kit.Row.
func (r *mailRow) Place(x, y, w, h float32) {
	const inset, right = 26, 14
	put(r.line, x+inset, y+h-1, w-inset, 1)
	put(r.dot, x+10, y+13, 7, 7)
	put(r.ghosts[0], x+inset, y+12, min(140, w-60), 8)
	put(r.ghosts[1], x+inset, y+31, min(220, w-60), 8)
	end := x + w - right
	taken := r.time.PlaceRight(end, y+16.5)
	if r.row.Starred {
		taken += 18
		r.star.Place(x+w-right-taken, y+16.5)
	}
	r.placeNames(x+inset, y+16.5, w-inset-right-taken-8)
	for _, t := range []*kit.Tag{r.tag, r.tags[1], r.tags[0]} {
		n := t.Width()
		if n > 0 {
			end -= n + 6
		}
		t.Place(end+6, y+36)
	}
	if r.row.Attachment {
		end -= 13
		r.clip.Place(end, y+36)
		end -= 5
	}
	r.subject.Place(x+inset, y+35, end-x-inset-2)
}

// placeNames puts the sender and to whom it wrote side by side: who has little to say leaves his room to the other, else each gets half.
func (r *mailRow) placeNames(x, middle, room float32) {
	sender, rcpt := r.sender.Width(), r.rcpt.Width()
	if sender+8+rcpt > room {
		sender = min(sender, max((room-8)/2, room-8-rcpt))
	}
	r.sender.Place(x, middle, sender)
	r.rcpt.Place(x+sender+8, middle, max(0, room-sender-8))
}

// tone gives the theme's colour for a tone of the model.
func tone(t model.Tone) fyne.ThemeColorName {
	switch t {
	case model.Dim:
		return theme.Dim
	case model.Accent:
		return theme.Accent
	case model.OK:
		return theme.OK
	case model.Warn:
		return theme.Warn
	case model.Bad:
		return theme.Err
	}
	return theme.Text
}
