//go:build !nogui

// Package gallery shows every widget of ui/kit in every state in one window content, to look at after a change, and as the subject of
// the golden images. Its command, ui/kit/gallery/show, opens that window.
package gallery

import (
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"postroom.dev/assets"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/theme"
)

// New gives the content of the gallery window.
func New(later kit.Later) fyne.CanvasObject {
	tips := kit.NewTips(later)
	pages := []fyne.CanvasObject{Controls(later, tips), SampleTable(1000), Charts(), Transcript(), SampleEditor(), Scripts(), Icons()}
	body := container.NewStack(pages[0])
	tabs := kit.NewTabBar("Controls", "Table", "Charts", "Transcript", "Editor", "Scripts", "Icons")
	tabs.OnSelect = func(i int) {
		body.Objects = []fyne.CanvasObject{pages[i]}
		body.Refresh()
	}
	right := container.NewStack(kit.NewFill(theme.Background), container.NewBorder(tabs, nil, nil, nil, body))
	list, _ := SampleList(100_000)
	search := kit.NewEntry(later, "Search  from: to: subject: has:attachment")
	middle := container.NewStack(kit.NewFill(theme.Background),
		container.NewBorder(container.New(layout.NewCustomPaddedLayout(10, 8, 10, 10), search), nil, nil, nil, list))
	center := kit.NewSplit(SampleSidebar(), kit.NewSplit(middle, right, 366, 260, 300), 186, 150, 500)
	return container.NewStack(container.NewBorder(nil, SampleStatusBar(), nil, nil, center), tips)
}

// SampleSidebar is a sidebar with a chosen place, dots, counts and states.
func SampleSidebar() *kit.Sidebar {
	s := kit.NewSidebar(
		kit.Section{Title: "MAIL", Rows: []kit.SidebarRow{
			{Key: "all", Icon: "inbox", Text: "All mail", Count: "100,412"},
			{Key: "unread", Icon: "mail", Text: "Unread", Count: "38"},
			{Key: "attached", Icon: "paperclip", Text: "With attachments, which is long", Count: "6"},
		}},
		kit.Section{Title: "TAGS", Rows: []kit.SidebarRow{
			{Key: "billing", Color: theme.OK, Text: "billing"},
			{Key: "staging", Color: theme.Warn, Text: "staging"},
			{Key: "ci", Color: theme.Accent, Text: "ci"},
		}},
	)
	s.SetStates(kit.SidebarState{Color: theme.OK, Name: "SMTP", Text: "127.0.0.1:1025"},
		kit.SidebarState{Color: theme.Err, Name: "sendmail", Text: "socket in use"})
	s.Select("all")
	return s
}

// SampleStatusBar is a status bar with three fields and a hint.
func SampleStatusBar() *kit.StatusBar {
	b := kit.NewStatusBar()
	b.Set(theme.OK, kit.StatusField{Text: "Listening on 127.0.0.1:1025"}, kit.StatusField{Text: "100,412 messages"}, kit.StatusField{Text: "12 msg/s"})
	b.SetHint("Ctrl+F  Search")
	return b
}

// Controls shows the small widgets in all their states.
func Controls(later kit.Later, tips *kit.Tips) fyne.CanvasObject {
	plain := kit.NewIconButton("reply", "Release", nil).WithTip(tips, "Send this message on")
	hover := kit.NewIconButton("forward", "Pointer over", nil)
	hover.MouseIn(nil)
	focused := kit.NewIconButton("list-restart", "Focus", nil)
	focused.FocusGained()
	off := kit.NewIconButton("download", "Off", nil)
	off.SetDisabled(true)
	primaryOff := kit.NewIconButton("play", "Run", nil).Primary()
	primaryOff.SetDisabled(true)
	buttons := container.NewHBox(plain, hover, focused, off, kit.NewIconButton("", "Text", nil),
		kit.NewIconButton("trash-2", "", nil).WithTip(tips, "Delete"))
	more := container.NewHBox(kit.NewIconButton("play", "Run queue now", nil).Primary(), primaryOff)
	chips := container.NewHBox(kit.NewChip("delivered", theme.OK), kit.NewChip("deferred", theme.Warn), kit.NewChip("bounced", theme.Err),
		kit.NewChip("caught", theme.Accent), kit.NewChip("2 attachments", theme.Dim))
	selected := kit.NewCopyText("Acme Billing <billing@acme.example>", theme.SizeMedium, theme.Text)
	selected.SelectAll()
	labels := container.NewVBox(
		kit.NewLabel("Your receipt from Acme Inc. #100411", theme.SizeSubject, theme.Text).Bold().Shrink(),
		kit.NewLabel("second rank", theme.SizeMedium, theme.Dim),
		kit.NewLabel("decoration", theme.SizeSmall, theme.Faint),
		kit.NewCopyText("qa+17@postroom.test", theme.SizeMedium, theme.Text),
		selected,
		kit.NewCopyText("<20260114091244.100411@acme.example>", theme.SizeMedium, theme.Dim).Mono(),
	)
	empty, filled := kit.NewEntry(later, "Search"), kit.NewEntry(later, "Search")
	filled.SetQuery("from:billing")
	list, _ := SampleList(0)
	list.SetEmpty("No mail yet. Send some to 127.0.0.1:1025.")
	top := container.NewVBox(buttons, more, chips, kit.NewLine(), labels, kit.NewLine(), empty, filled, kit.NewLine())
	return container.New(layout.NewCustomPaddedLayout(12, 12, 18, 18), container.NewBorder(top, nil, nil, nil, list))
}

// SampleTable is a table of n rows, sorted by its second column.
func SampleTable(n int) *kit.Table {
	src := samples{n}
	chosen := kit.NewKeySet(src)
	chosen.Only(2)
	t := kit.NewTable(32, []kit.Column{
		{Key: "id", Title: "Queue id", Width: 120, Mono: true, Fixed: true, Sorts: true},
		{Key: "age", Title: "Age", Width: 70, Sorts: true},
		{Key: "state", Title: "State", Width: 90, Tag: true},
		{Key: "size", Title: "Size", Width: 70, Right: true, Sorts: true},
		{Key: "reply", Title: "Last answer", Width: 300},
	}, src, chosen, func(i int, s kit.RowState, cells []kit.Cell) {
		cells[0], cells[1] = kit.Cell{Text: fmt.Sprintf("60EBx%06d", i)}, kit.Cell{Text: fmt.Sprintf("%d min", i+1), Color: s.Dim()}
		cells[2] = kit.Cell{Text: []string{"deferred", "held", "sending"}[i%3], Color: []fyne.ThemeColorName{theme.Warn, theme.Dim, theme.Accent}[i%3]}
		cells[3], cells[4] = kit.Cell{Text: fmt.Sprintf("%d B", i*37)}, kit.Cell{Text: "451 4.7.1 Greylisted, try again in 5 minutes", Color: s.Dim()}
	})
	t.SetSort("age", false)
	return t
}

// Transcript shows an SMTP session in a Lines view.
func Transcript() *kit.Lines {
	line := func(at, who string, rest string) []kit.Run {
		color, text := theme.OK, theme.Dim
		switch who {
		case "C":
			color, text = theme.Accent, theme.Text
		case "*":
			color, text = theme.Warn, theme.Warn
		}
		return []kit.Run{{Text: at + "  ", Color: theme.Dim}, {Text: who + "  ", Color: color}, {Text: rest, Color: text}}
	}
	l := kit.NewLines(19)
	l.SetSource(kit.RunLines{
		line("09:12:44.012", "S", "220 postroom.test ESMTP Postroom"),
		line("09:12:44.013", "C", "EHLO app-7f9c.internal"),
		line("09:12:44.013", "S", "250-postroom.test Hello app-7f9c.internal [127.0.0.1]"),
		line("09:12:44.013", "S", "250 ENHANCEDSTATUSCODES"),
		line("09:12:44.014", "C", "MAIL FROM:<billing@acme.example> SIZE=49357"),
		line("09:12:44.015", "S", "250 2.1.0 Sender ok"),
		line("09:12:44.016", "C", "RCPT TO:<qa+17@postroom.test>"),
		line("09:12:44.017", "*", "a tab\tand a control \x01 and a byte \xff"),
		line("09:12:44.017", "S", "250 2.1.5 Recipient ok"),
	})
	return l
}

// SampleEditor is a table's text with a mistake and something selected.
func SampleEditor() *kit.Editor {
	e := kit.NewEditor(18)
	e.Quiet = func(line string) bool { return line != "" && line[0] == '#' }
	e.SetText([]byte("# Ways for domains that are not ours\n\nfar.example\tesmtp:mx.far.example\nnear.example\tnonsense:x\n.example\tcatch:\n"))
	e.SetMarks(map[int]kit.Mark{3: {Text: "nonsense: is no mailer; write one of catch, esmtp", Color: theme.Err}})
	e.FocusGained()
	e.Find("mx.far", false)
	return e
}

// Scripts shows text that our fonts lack, in the proportional face and wrapped.
func Scripts() *kit.Lines {
	l := kit.NewLines(20).Proportional()
	l.SetWrap(true)
	l.SetSource(kit.NewTextLines("Latin: The quick brown fox jumps over the lazy dog, and goes on doing so until the line is too long for the view.\n"+
		"Русский: Ваш заказ подтверждён\n中文：您的订单已确认，感谢您的购买。\n日本語：ご注文ありがとうございます。\n한국어: 주문이 확인되었습니다.\n"+
		"العربية: تم تأكيد طلبك\nעברית: ההזמנה אושרה\nEmoji: 📬 ✅ 🎉\n", theme.Text))
	return l
}

// Icons shows every icon with its name.
func Icons() fyne.CanvasObject {
	var cells []fyne.CanvasObject
	for _, name := range assets.Icons() {
		cells = append(cells, kit.NewIconButton(name, name, nil))
	}
	grid := container.New(layout.NewGridWrapLayout(fyne.NewSize(150, 30)), cells...)
	return container.NewVScroll(grid)
}

// samples is a Source of n invented rows.
type samples struct{ n int }

func (s samples) Len() int        { return s.n }
func (s samples) Key(i int) int64 { return int64(i + 1) }
func (s samples) Index(key int64) int {
	if key < 1 || key > int64(s.n) {
		return -1
	}
	return int(key - 1)
}

// SampleList is a list of n rows, of which the third and fourth are selected.
func SampleList(n int) (*kit.List, *kit.KeySet) {
	src := samples{n}
	sel := kit.NewKeySet(src)
	sel.Toggle(3)
	sel.Toggle(4)
	l := kit.NewList(52, src, sel, newSampleRow)
	return l, sel
}

type sampleRow struct {
	name, when, subject *kit.Words
	tag                 *kit.Tag
	clip                *kit.Glyph
	index               int
}

func newSampleRow() kit.Row {
	return &sampleRow{name: kit.NewWords(theme.SizeText), when: kit.NewWords(theme.SizeSmall), subject: kit.NewWords(theme.SizeMedium),
		tag: kit.NewTag(), clip: kit.NewGlyph(13)}
}

func (r *sampleRow) Objects() []fyne.CanvasObject {
	return slices.Concat(r.name.Objects(), r.when.Objects(), r.subject.Objects(), []fyne.CanvasObject{r.clip.Object()}, r.tag.Objects())
}

func (r *sampleRow) Bind(i int, s kit.RowState) {
	unread := i%3 != 2
	r.index = i
	r.name.SetBold(unread)
	r.name.Set([]string{"Stripe", "Cron Daemon", "no-reply", "Ada Lovelace"}[i%4], theme.Text)
	r.when.Set(fmt.Sprintf("03:%02d:%02d", i/60%60, i%60), theme.Dim)
	r.subject.Set(fmt.Sprintf("Undelivered Mail Returned to Sender %d", i), s.Dim())
	tags := []struct {
		text  string
		color fyne.ThemeColorName
	}{{"bounce", theme.Err}, {"staging", theme.Warn}, {}, {"billing", theme.OK}, {"ci", theme.Accent}}
	r.tag.Set(tags[i%5].text, tags[i%5].color)
	clip := ""
	if i%4 == 3 {
		clip = "paperclip"
	}
	r.clip.Set(clip, s.Faint())
}

func (r *sampleRow) Place(x, y, w, h float32) {
	end := x + w - 14
	taken := r.when.PlaceRight(end, y+17)
	r.name.Place(x+26, y+17, w-26-14-taken-8)
	if t := r.tag.Width(); t > 0 {
		end -= t
		r.tag.Place(end, y+36)
		end -= 6
	}
	if r.index%4 == 3 {
		end -= 13
		r.clip.Place(end, y+36)
		end -= 6
	}
	r.subject.Place(x+26, y+36, end-x-26)
}
