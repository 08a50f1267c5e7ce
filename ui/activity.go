//go:build !nogui

package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postroom.dev/mta"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// activityView is what the program did: charts of what came and of the queue, and below them sessions, the maillog, or queue runs.
type activityView struct {
	win      *window
	activity *model.Activity

	came, queue *kit.Chart
	spans       *kit.TabBar
	tabs        *kit.TabBar
	failed      *kit.IconButton // sessions in which something went wrong, or all
	search      *kit.Entry
	follow      *kit.IconButton // the log goes on at its end, or stands still
	following   bool

	sessions   *kit.Table
	picked     *kit.KeySet
	runs       *kit.Table
	log        *kit.Lines
	transcript *kit.Lines
	divider    *kit.Divider
	high       float32 // of the transcript
	shownID    string  // the session whose transcript is shown; "" for none

	content *fyne.Container
}

// The spans of the charts.
var chartSpans = [...]time.Duration{time.Minute, time.Hour, 24 * time.Hour}

const (
	chartsHeight   float32 = 132
	prefTranscript         = "activity.transcript"
	prefSpan               = "activity.span"
)

func newActivityView(w *window) *activityView {
	v := &activityView{win: w, following: true, high: w.number(prefTranscript, usualPane, leastPane)}
	v.activity = model.NewActivity(w.backend, w.post)
	v.activity.OnChange, v.activity.OnLoad, v.activity.OnProblem = v.changed, v.loaded, w.problem
	bar := func(i int) string { return v.barWords(i) }
	v.came = kit.NewChart(say.T("Messages that came"), theme.Accent, func(n int) string { return say.N(n, "%s message", "%s messages", model.Count(n)) }, bar)
	v.queue = kit.NewChart(say.T("Length of the queue"), theme.Warn, func(n int) string { return say.T("%s waiting", model.Count(n)) }, bar)
	v.spans = kit.NewTabBar(say.T("Minute"), say.T("Hour"), say.T("Day"))
	v.spans.Keys, v.spans.OnSelect = w.keys, func(i int) {
		v.activity.SetSpan(chartSpans[i])
		w.prefs.SetInt(prefSpan, i+1)
	}
	if i := w.prefs.Int(prefSpan) - 1; i >= 0 && i < len(chartSpans) {
		v.spans.Select(i)
		v.activity.SetSpan(chartSpans[i])
	} else {
		v.spans.Select(1)
	}
	v.tabs = kit.NewTabBar(say.T("Sessions"), say.T("Mail log"), say.T("Queue runs"))
	v.tabs.Keys, v.tabs.OnSelect = w.keys, func(i int) { v.choose(model.ActivityPart(i)) }
	v.search = kit.NewEntry(w.later, say.T("Filter"))
	v.search.Keys, v.search.OnSearch = w.keys, func(text string) { v.activity.Show(v.activity.Part(), v.activity.Failed(), text) }
	v.failed = kit.NewIconButton("octagon-alert", say.T("Only failed"), v.toggleFailed).WithTip(w.tips, say.T("Only sessions that were refused or aborted"))
	v.follow = kit.NewIconButton("pause", say.T("Stand still"), v.toggleFollow)
	v.failed.Keys, v.follow.Keys = w.keys, w.keys
	v.makeLists()
	line, split := kit.NewLine(), kit.NewLine()
	v.content = container.New(freeLayout{fyne.NewSize(leastQueue, 300), func(s fyne.Size) { v.arrange(s, line, split) }},
		v.came, v.queue, split, line, v.spans, v.tabs, v.failed, v.follow, v.search, v.sessions, v.log, v.runs, v.transcript, v.divider)
	v.choose(model.PartSessions)
	return v
}

// makeLists makes what stands under the tabs.
func (v *activityView) makeLists() {
	w := v.win
	rows := model.SessionRows{Activity: v.activity}
	v.picked = kit.NewKeySet(rows)
	v.sessions = kit.NewTable(queueRowHeight, []kit.Column{
		{Key: "began", Title: say.T("Began"), Width: 100, Fixed: true},
		{Key: "outcome", Title: say.T("Outcome"), Width: 92, Tag: true},
		{Key: "client", Title: say.T("Client"), Width: 170},
		{Key: "program", Title: say.T("Program"), Width: 140},
		{Key: "protocol", Title: say.T("Protocol"), Width: 110},
		{Key: "messages", Title: say.T("Messages"), Width: 78, Right: true},
		{Key: "lasted", Title: say.T("Lasted"), Width: 78, Right: true},
		{Key: "why", Title: say.T("Why"), Width: 320},
	}, rows, v.picked, func(i int, s kit.RowState, cells []kit.Cell) {
		r := model.SessionRowOf(rows.Session(i), w.now())
		dim := s.Dim()
		for k, c := range []kit.Cell{{Text: r.Began}, {Text: r.Outcome.Text, Color: tone(r.Outcome.Tone)}, {Text: r.Client}, {Text: r.Program, Color: dim},
			{Text: r.Protocol, Color: dim}, {Text: r.Messages, Color: dim}, {Text: r.Lasted, Color: dim}, {Text: r.Why, Color: dim}} {
			cells[k] = c
		}
	})
	runs := model.RunRows{Activity: v.activity}
	v.runs = kit.NewTable(queueRowHeight, []kit.Column{
		{Key: "began", Title: say.T("Began"), Width: 100, Fixed: true},
		{Key: "lasted", Title: say.T("Lasted"), Width: 90, Right: true},
		{Key: "why", Title: say.T("Why"), Width: 260},
		{Key: "messages", Title: say.T("Messages"), Width: 90, Right: true},
		{Key: "sent", Title: say.T("Sent"), Width: 90, Right: true},
		{Key: "deferred", Title: say.T("Deferred"), Width: 90, Right: true},
		{Key: "failed", Title: say.T("Failed"), Width: 90, Right: true},
	}, runs, kit.NewKeySet(runs), func(i int, s kit.RowState, cells []kit.Cell) {
		for k, text := range model.RunCells(runs.Run(i), w.now()) {
			cells[k] = kit.Cell{Text: text, Color: s.Dim()}
		}
		cells[0].Color = theme.Text
	})
	for name, t := range map[string]*kit.Table{"sessions": v.sessions, "runs": v.runs} {
		t.Rows.Keys = w.keys
		t.Arrange(w.prefs.String(prefColumns + name))
		t.OnLayout = func() { w.prefs.SetString(prefColumns+name, t.Arrangement()) }
		t.OnHead = func(at fyne.Position) { w.popUp(columnMenu(t), at) }
	}
	v.sessions.Rows.OnSelect = v.showTranscript
	v.log, v.transcript = kit.NewLines(paneLine), kit.NewLines(paneLine)
	v.log.Keys, v.transcript.Keys = w.keys, w.keys
	v.divider = kit.NewDivider(func(up float32) {
		v.high = max(leastPane, v.transcript.Size().Height+up)
		v.relayout()
	}, func() { w.prefs.SetFloat(prefTranscript, float64(v.high)) })
}

// arrange places everything.
func (v *activityView) arrange(s fyne.Size, line, split fyne.CanvasObject) {
	half := float32(int(s.Width / 2))
	charts := chartsHeight
	if s.Height < 460 {
		charts = 96
	}
	put(v.came, 0, 2, half, charts)
	put(split, half, 12, 1, charts-16)
	put(v.queue, half, 2, s.Width-half, charts)
	top := charts + 4
	put(line, 0, top, s.Width, 1)
	spans := v.spans.Width() + 18
	put(v.tabs, 0, top+1, min(v.tabs.Width()+18, s.Width), 34)
	put(v.spans, s.Width-spans, top+1, spans, 34)
	end := s.Width - spans - 6
	search := min(float32(200), s.Width/4)
	end -= search
	put(v.search, end, top+4, search, 28)
	for _, b := range []*kit.IconButton{v.failed, v.follow} {
		if b.Visible() {
			n := b.MinSize().Width
			end -= n + 6
			put(b, end, top+4, n, 28)
		}
	}
	top += 35
	room := s.Height - top
	pane := float32(0)
	if v.activity.Part() == model.PartSessions && v.shownID != "" {
		pane = max(min(v.high, room-leastAbove), min(leastPane, room/2))
	}
	put(v.sessions, 0, top, s.Width, room-pane)
	put(v.transcript, 0, s.Height-pane+4, s.Width, pane-4)
	put(v.divider, 0, s.Height-pane-3, s.Width, 7)
	show(v.transcript, pane > 0)
	show(v.divider, pane > 0)
	put(v.log, 0, top, s.Width, room)
	put(v.runs, 0, top, s.Width, room)
}

func (v *activityView) relayout() { v.content.Layout.Layout(v.content.Objects, v.content.Size()) }

func (v *activityView) object() fyne.CanvasObject { return v.content }
func (v *activityView) show()                     { v.activity.Watch() }
func (v *activityView) hide()                     { v.activity.Unwatch() }
func (v *activityView) keys() kit.Keys            { return kit.Keys{} }
func (v *activityView) statusChanged()            {}
func (v *activityView) close()                    { v.activity.Close() }
func (v *activityView) apply(events []mta.Event)  { v.activity.Apply(events) }

func (v *activityView) focus() fyne.Focusable {
	switch v.activity.Part() {
	case model.PartLog:
		return v.log
	case model.PartRuns:
		return v.runs.Rows
	}
	return v.sessions.Rows
}

// choose shows a part.
func (v *activityView) choose(part model.ActivityPart) {
	v.activity.Show(part, v.activity.Failed(), v.search.Text)
	v.tabs.Select(int(part))
	show(v.sessions, part == model.PartSessions)
	show(v.failed, part == model.PartSessions)
	show(v.log, part == model.PartLog)
	show(v.follow, part == model.PartLog)
	show(v.runs, part == model.PartRuns)
	show(v.search, part != model.PartRuns)
	v.relayout()
	v.changed(part, false)
}

func (v *activityView) toggleFailed() {
	failed := !v.activity.Failed()
	text, icon := say.T("Only failed"), "octagon-alert"
	if failed {
		text, icon = say.T("All sessions"), "list"
	}
	v.failed.SetText(text)
	v.failed.SetIcon(icon)
	v.activity.Show(v.activity.Part(), failed, v.search.Text)
	v.relayout()
}

func (v *activityView) toggleFollow() {
	v.following = !v.following
	text, icon := say.T("Stand still"), "pause"
	if !v.following {
		text, icon = say.T("Follow"), "play"
	}
	v.follow.SetText(text)
	v.follow.SetIcon(icon)
	v.relayout()
	v.changed(model.PartLog, false)
}

// changed shows what became different in a part.
func (v *activityView) changed(part model.ActivityPart, reset bool) {
	if part != v.activity.Part() {
		return
	}
	switch part {
	case model.PartSessions:
		v.sessions.Rows.SetEmpty(say.T("No sessions"))
		if reset {
			v.sessions.Rows.Reset()
		} else {
			v.sessions.Rows.Changed()
		}
	case model.PartLog:
		if !v.following && !reset {
			return
		}
		v.log.Update(logSource{v.activity.LogLines()})
		v.log.ShowLine(max(0, len(v.activity.LogLines())-1))
	default:
		v.runs.Rows.SetEmpty(say.T("The queue was not run yet"))
		v.runs.Rows.Changed()
	}
}

// loaded shows the charts.
func (v *activityView) loaded() {
	load := v.activity.Load()
	came, queue := make([]int, len(load.Bars)), make([]int, len(load.Bars))
	for i, b := range load.Bars {
		came[i], queue[i] = b.Came, b.Waiting
	}
	left := say.T("%s ago", model.Lasting(v.activity.Span()))
	v.came.Set(came, left, say.T("now"))
	v.queue.Set(queue, left, say.T("now"))
}

// barWords says when a bar was and what came of mail then.
func (v *activityView) barWords(i int) string {
	load := v.activity.Load()
	if i >= len(load.Bars) {
		return ""
	}
	b, when := load.Bars[i], v.win.now().Add(-time.Duration(len(load.Bars)-1-i)*load.Step)
	return say.T("%s: %s came, %s sent, %s deferred, %s failed", when.Format("15:04:05"), model.Count(b.Came), model.Count(b.Sent), model.Count(b.Deferred), model.Count(b.Failed))
}

// showTranscript shows what was said in the selected session.
func (v *activityView) showTranscript() {
	rows := model.SessionRows{Activity: v.activity}
	keys := v.picked.List()
	if len(keys) != 1 {
		return
	}
	session := rows.Session(rows.Index(keys[0]))
	id, well := session.ID, session.Outcome == mta.Accepted || session.Outcome == mta.Idle || session.Outcome == ""
	if id == v.shownID {
		return
	}
	opened := v.shownID == ""
	v.shownID = id
	if opened {
		v.relayout()
	}
	v.activity.Transcript(id, func(text []byte) {
		if v.shownID == id {
			lines := model.TranscriptLines(text)
			v.transcript.SetSource(colored(lines))
			if at := model.Refused(lines); at >= 0 && !well {
				v.transcript.ShowLine(max(0, at-transcriptBefore))
			}
		}
	})
}

// transcriptBefore is how many lines of a transcript stand over the one that was refused.
const transcriptBefore = 3

// actions are what can be done in the view.
func (v *activityView) actions() []action {
	part := func(p model.ActivityPart) func() bool { return func() bool { return v.activity.Part() == p } }
	out := []action{
		{name: "activity.search", title: say.T("Filter"), icon: "search", keys: "/ Ctrl+F", do: func() { v.win.frame.Canvas().Focus(v.search) }},
		{name: "activity.failed", title: say.T("Only failed sessions, or all"), icon: "octagon-alert", keys: "f", when: part(model.PartSessions), do: v.toggleFailed},
		{name: "activity.follow", title: say.T("Follow the log, or stand still"), icon: "pause", keys: "f", when: part(model.PartLog), do: v.toggleFollow},
		{name: "activity.shut", title: say.T("Close the transcript"), icon: "x", when: func() bool { return v.shownID != "" }, do: func() { v.shownID = ""; v.relayout() }},
	}
	for i, key := range []string{"1", "2", "3"} {
		title := []string{say.T("Sessions"), say.T("Mail log"), say.T("Queue runs")}[i]
		out = append(out, action{name: "activity.tab" + key, title: title, icon: "layers", keys: key, do: func() { v.choose(model.ActivityPart(i)); v.win.focusView() }})
	}
	for i := range chartSpans {
		title := []string{say.T("Charts of the last minute"), say.T("Charts of the last hour"), say.T("Charts of the last day")}[i]
		out = append(out, action{name: "activity.span" + chartSpans[i].String(), title: title, icon: "activity", do: func() { v.spans.Select(i); v.spans.OnSelect(i) }})
	}
	return out
}

// logSource is the maillog as a view of lines takes it: those in sight are coloured when they are drawn.
type logSource struct{ lines []string }

// Lines implements kit.LineSource.
func (s logSource) Lines() int { return len(s.lines) }

// Line implements kit.LineSource.
func (s logSource) Line(i int) []kit.Run { return colored([]model.Line{model.LogLine(s.lines[i])})[0] }
