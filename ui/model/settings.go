package model

import (
	"context"
	"strings"

	"postroom.dev/spool"
	"postroom.dev/ui/say"
)

// Settings are the keys of the settings file.
type Settings struct {
	Path string
	Keys []Setting
}

// Setting is a key of the settings file.
type Setting struct {
	Section string // "" before the first section
	Name    string
	Value   string // as TOML writes it: what the file says, or the default
	Default string
	Meaning string
	Own     bool // the file says it
	Live    bool // in force without a new start
}

// Key is the key with its section: "smtp.listen".
func (s Setting) Key() string {
	if s.Section == "" {
		return s.Name
	}
	return s.Section + "." + s.Name
}

// SettingsSource is what the view of the settings asks of the program.
type SettingsSource interface {
	Settings(ctx context.Context) (Settings, error)
	CheckSetting(ctx context.Context, section, key, value string) error
	SetSetting(ctx context.Context, section, key, value string) error
	SendTest(ctx context.Context, address, name, password string) (subject string, err error)
}

// SettingsList is the settings as a list shows them.
type SettingsList struct {
	OnChange  func()
	OnProblem func(error)

	source SettingsSource
	tasks  *tasks
	all    Settings
	shown  []Setting
	text   string
}

// NewSettingsList makes a list that is empty until Load.
func NewSettingsList(source SettingsSource, post Post) *SettingsList {
	return &SettingsList{OnChange: func() {}, OnProblem: func(error) {}, source: source, tasks: newTasks(post)}
}

// Close waits for what was ordered.
func (l *SettingsList) Close() { l.tasks.close() }

// Load reads the settings.
func (l *SettingsList) Load() {
	l.tasks.run(func(ctx context.Context) {
		all, err := l.source.Settings(ctx)
		l.tasks.show(ctx, func() {
			if err != nil {
				l.OnProblem(err)
				return
			}
			l.all = all
			l.filter()
		})
	})
}

// Find shows those keys that have a text in their name, value or meaning.
func (l *SettingsList) Find(text string) {
	l.text = strings.ToLower(strings.TrimSpace(text))
	l.filter()
}

func (l *SettingsList) filter() {
	l.shown = nil
	for _, s := range l.all.Keys {
		if strings.Contains(strings.ToLower(s.Key()+" "+s.Value+" "+s.Meaning+" "+say.T(s.Meaning)), l.text) {
			l.shown = append(l.shown, s)
		}
	}
	l.OnChange()
}

// Path is where the file is.
func (l *SettingsList) Path() string { return l.all.Path }

// Len is the number of keys that are shown.
func (l *SettingsList) Len() int { return len(l.shown) }

// At gives the setting in row i.
func (l *SettingsList) At(i int) Setting { return l.shown[i] }

// Key gives the key of row i.
func (l *SettingsList) Key(i int) int64 { return keyOf(l.shown[i].Key()) }

// Index gives the row of a key.
func (l *SettingsList) Index(key int64) int {
	for i := range l.shown {
		if l.Key(i) == key {
			return i
		}
	}
	return -1
}

// Check asks whether a value makes sense, and then says what is wrong with it.
func (l *SettingsList) Check(s Setting, value string, then func(error)) {
	l.tasks.run(func(ctx context.Context) {
		err := l.source.CheckSetting(ctx, s.Section, s.Name, value)
		l.tasks.show(ctx, func() { then(err) })
	})
}

// Set writes a value, and then says how that ended.
func (l *SettingsList) Set(s Setting, value string, then func(error)) {
	l.tasks.run(func(ctx context.Context) {
		err := l.source.SetSetting(context.WithoutCancel(ctx), s.Section, s.Name, value)
		l.tasks.show(ctx, func() {
			then(err)
			l.Load()
		})
	})
}

// SendTest sends a test message, by somebody who logs in unless name is "", and then gives its subject.
func (l *SettingsList) SendTest(address, name, password string, then func(subject string, err error)) {
	l.tasks.run(func(ctx context.Context) {
		subject, err := l.source.SendTest(ctx, address, name, password)
		l.tasks.show(ctx, func() { then(subject, err) })
	})
}

// Arrived asks for a message that came, and then says in words what it is.
func (l *SettingsList) Arrived(id int64, get func(ctx context.Context, ids ...int64) ([]spool.Record, error), then func(words string)) {
	l.tasks.run(func(ctx context.Context) {
		records, err := get(ctx, id)
		l.tasks.show(ctx, func() {
			if err == nil && len(records) == 1 {
				r := &records[0]
				from := r.Origin.Protocol
				if program := Program(r.Origin); program != "" {
					from = program
				} else if r.Origin.Client != "" {
					from += " " + r.Origin.Client
				}
				then(say.T("Arrived at %s: “%s”, by %s", r.Arrival.Local().Format("15:04:05"), Short(Subject(r), 60), from))
			}
		})
	})
}
