//go:build !nogui

package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postroom.dev/spool/query"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// searchHints stands under the search field while something is typed there that may be meant for more: an operator, or what it takes.
// Down goes into it, Enter takes the chosen one, Escape closes it.
type searchHints struct {
	list    *mailList
	shown   []query.Suggestion
	chosen  *kit.KeySet
	rows    *kit.List
	content *fyne.Container
}

const hintRow float32 = 26

func newSearchHints(l *mailList) *searchHints {
	h := &searchHints{list: l}
	h.chosen = kit.NewKeySet(h)
	h.rows = kit.NewList(hintRow, h, h.chosen, func() kit.Row { return newHintLine(h) })
	h.rows.OnClick = h.take
	back := kit.NewFill(theme.Border)
	fill := kit.NewFill(theme.Raised)
	back.SetRadius(7)
	fill.SetRadius(6)
	h.content = container.New(freeLayout{fyne.NewSize(10, 10), func(s fyne.Size) {
		put(back, 0, 0, s.Width, s.Height)
		put(fill, 1, 1, s.Width-2, s.Height-2)
		put(h.rows, 1, 5, s.Width-2, s.Height-10)
	}}, back, fill, h.rows)
	h.content.Hide()
	l.search.OnTyped = func(text string) { h.update(text, false) }
	l.search.OnFocus = func(focused bool) {
		if !focused {
			h.close()
		}
	}
	l.search.First = h.key
	return h
}

// update shows what the words may be meant for. An empty field has all operators, when they are asked for.
func (h *searchHints) update(text string, asked bool) {
	h.shown = nil
	if (text != "" || asked) && h.list.win.frame.Canvas().Focused() == fyne.Focusable(h.list.search) {
		h.shown = query.Suggest(text, model.Known(h.list.win.tally))
		if len(h.shown) == 1 && h.shown[0].Text == text {
			h.shown = nil // it is all typed
		}
	}
	h.chosen.Range(0, -1)
	h.rows.Reset()
	show(h.content, len(h.shown) > 0)
	h.list.arrange()
}

func (h *searchHints) close() {
	h.shown = nil
	show(h.content, false)
}

// place puts the hints under the field.
func (h *searchHints) place(s fyne.Size) {
	put(h.content, 10, 39, min(s.Width-20, 460), hintRow*float32(len(h.shown))+10)
}

// key takes the keys that move in the hints, before the field does.
func (h *searchHints) key(e *fyne.KeyEvent) bool {
	if len(h.shown) == 0 {
		if e.Name == fyne.KeyDown && h.list.search.Text == "" {
			h.update("", true)
			return true
		}
		return false
	}
	switch e.Name {
	case fyne.KeyDown, fyne.KeyUp:
		h.rows.TypedKey(e)
	case fyne.KeyReturn, fyne.KeyEnter:
		i := h.rows.Cursor()
		if i < 0 {
			h.close()
			return false
		}
		h.take(i)
	case fyne.KeyEscape:
		h.close()
	default:
		return false
	}
	return true
}

// take puts a suggestion into the field.
func (h *searchHints) take(i int) {
	s := h.shown[i]
	text := s.Text
	if !s.More {
		text += " "
	}
	h.list.win.frame.Canvas().Focus(h.list.search)
	h.list.search.SetText(text)
	h.list.search.CursorColumn = len([]rune(text))
	h.list.search.Refresh()
	if !s.More {
		h.close()
	}
}

// Len, Key and Index implement kit.Source: a row is its own key.
func (h *searchHints) Len() int        { return len(h.shown) }
func (h *searchHints) Key(i int) int64 { return int64(i) }
func (h *searchHints) Index(key int64) int {
	if key < 0 || key >= int64(len(h.shown)) {
		return -1
	}
	return int(key)
}

// hintLine draws a suggestion: the word, and what it means.
type hintLine struct {
	hints         *searchHints
	word, meaning *kit.Words
}

func newHintLine(h *searchHints) *hintLine {
	return &hintLine{hints: h, word: kit.NewWords(theme.SizeText), meaning: kit.NewWords(theme.SizeSmall)}
}

// Objects implements kit.Row.
func (l *hintLine) Objects() []fyne.CanvasObject {
	return append(l.word.Objects(), l.meaning.Objects()...)
}

// Bind implements kit.Row.
func (l *hintLine) Bind(i int, s kit.RowState) {
	hint := l.hints.shown[i]
	l.word.Set(hint.Word, theme.Text)
	meaning := ""
	if hint.More {
		meaning = operatorMeaning(strings.TrimSuffix(hint.Word, ":"))
	}
	l.meaning.Set(meaning, s.Dim())
}

// operatorMeaning says what an operator of query.Operators asks for.
func operatorMeaning(name string) string {
	switch name {
	case "from":
		return say.T("in the From field")
	case "to":
		return say.T("in the To field, or a recipient")
	case "cc":
		return say.T("in the Cc field")
	case "subject":
		return say.T("in the subject")
	case "body":
		return say.T("in the text")
	case "has":
		return say.T("with an attachment")
	case "is":
		return say.T("unread, starred, bounced …")
	case "state":
		return say.T("what became of it")
	case "tag":
		return say.T("with this tag")
	case "rcpt":
		return say.T("for exactly this recipient")
	case "program":
		return say.T("sent by this program: php")
	case "user":
		return say.T("sent by this user")
	case "port":
		return say.T("that came to this port: 1025")
	case "dir":
		return say.T("sent from this directory, or below it")
	case "after":
		return say.T("since then: today, 7d, 2026-01-31")
	case "before":
		return say.T("before then: 7d, 2026-01-31")
	case "larger":
		return say.T("larger than 100k, 1M")
	case "smaller":
		return say.T("smaller than 100k, 1M")
	}
	return ""
}

// Place implements kit.Row.
func (l *hintLine) Place(x, y, w, h float32) {
	middle := y + h/2
	word := min(l.word.Width(), w-24)
	l.word.Place(x+12, middle, word)
	at := max(x+12+word+12, x+92)
	l.meaning.Place(at, middle, max(x+w-12-at, 0))
}
