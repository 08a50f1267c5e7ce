//go:build !nogui

package gallery

import (
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/theme"
)

// Component is a widget in one state, to be painted alone. All text is Latin: other scripts come from the machine's fonts.
type Component struct {
	Name  string
	Size  fyne.Size
	Build func() fyne.CanvasObject
}

// never is a Later whose time does not come.
func never(time.Duration, func()) func() { return func() {} }

// Components are the widgets that have pictures.
func Components() []Component {
	return []Component{
		{"controls", fyne.NewSize(560, 420), func() fyne.CanvasObject { return Controls(never, kit.NewTips(never)) }},
		{"sidebar", fyne.NewSize(186, 320), func() fyne.CanvasObject { return SampleSidebar() }},
		{"status", fyne.NewSize(620, 24), func() fyne.CanvasObject { return SampleStatusBar() }},
		{"list", fyne.NewSize(366, 270), func() fyne.CanvasObject {
			l, _ := SampleList(100)
			l.FocusGained()
			l.SetCursor(3)
			return l
		}},
		{"table", fyne.NewSize(640, 190), func() fyne.CanvasObject { return SampleTable(1000) }},
		{"table-empty", fyne.NewSize(640, 120), func() fyne.CanvasObject {
			t := SampleTable(0)
			t.Rows.SetEmpty("Nothing waits.")
			return t
		}},
		{"charts", fyne.NewSize(640, 330), func() fyne.CanvasObject { return Charts() }},
		{"transcript", fyne.NewSize(560, 200), func() fyne.CanvasObject {
			l := Transcript()
			l.FocusGained()
			l.SelectAll()
			return l
		}},
		{"editor", fyne.NewSize(600, 130), func() fyne.CanvasObject { return SampleEditor() }},
		{"editor-cursor", fyne.NewSize(300, 80), func() fyne.CanvasObject { // scrolled
			e := SampleEditor()
			e.GoToLine(4)
			return e
		}},
		{"tabs", fyne.NewSize(460, 34), func() fyne.CanvasObject {
			b := kit.NewTabBar("Text", "HTML", "Headers", "Parts (3)", "Raw", "SMTP")
			b.Select(2)
			b.FocusGained()
			return b
		}},
	}
}

// Charts shows charts with values, with the pointer over a bar, and without anything.
func Charts() fyne.CanvasObject {
	values := make([]int, 60)
	for i := range values {
		values[i] = (i*i*7 + i*13) % 97
	}
	words := func(i int) string { return "09:" + strconv.Itoa(10+i%50) + ": " + strconv.Itoa(values[i]) + " came" }
	came := kit.NewChart("Messages a second", theme.Accent, strconv.Itoa, words)
	came.Set(values, "a minute ago", "now")
	over := kit.NewChart("With the pointer over a bar", theme.OK, strconv.Itoa, words)
	over.Set(values, "a minute ago", "now")
	over.Resize(fyne.NewSize(640, 110))
	over.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(300, 60)}})
	empty := kit.NewChart("Queue", theme.Warn, strconv.Itoa, nil)
	empty.Set(make([]int, 60), "an hour ago", "now")
	return container.NewGridWithRows(3, came, over, empty)
}
