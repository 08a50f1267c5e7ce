package model

import (
	"context"
	"errors"
	"strconv"
	"time"
)

// Port is an address that takes mail, as the settings file has it, and what came of it.
type Port struct {
	Section int // which [[listener]], from 0; -1 for an address of [smtp] listen

	// What the file says; "" as [smtp] has it.
	Address, Protocol, TLS, Auth, Mode string
	Strict, AuthNeedsTLS, RequireAuth  string // "", "true", "false"
	Hide                               string // names of extensions, with blanks between

	// What it comes to.
	Name      string // "SMTPS"
	Shown     string // the address with the real port, which a test mail goes to
	TLSNow    string
	AuthNow   string
	StrictNow bool
	Listening bool
	Why       string // it does not
}

// ErrLoginNeeded says that a listener takes mail only from those who log in.
var ErrLoginNeeded = errors.New("this listener takes mail only from those who log in")

// Certificate is what listeners with TLS show, and what an application needs to believe it.
type Certificate struct {
	Text     string // of all of it, as postroom setup tls prints it
	CA       string // the path of our CA's file; "" where the certificate is the user's own
	CAText   []byte // what is in that file
	NotAfter time.Time
}

// PortsSource is what the list of listeners asks of the program.
type PortsSource interface {
	Ports(ctx context.Context) ([]Port, error)
	CheckPort(ctx context.Context, was *Port, p Port) error
	SetPort(ctx context.Context, was *Port, p Port) error
	RemovePort(ctx context.Context, was Port) error
	Certificate(ctx context.Context) (Certificate, error)
}

// PortList is the listeners as a list shows them.
type PortList struct {
	OnChange  func()
	OnProblem func(error)

	source PortsSource
	tasks  *tasks
	check  *Latest[struct{}]
	all    []Port
}

// NewPortList makes a list that is empty until Load.
func NewPortList(source PortsSource, post Post) *PortList {
	return &PortList{OnChange: func() {}, OnProblem: func(error) {}, source: source, tasks: newTasks(post), check: NewLatest[struct{}](post)}
}

// Close waits for what was ordered.
func (l *PortList) Close() {
	l.check.Close()
	l.tasks.close()
}

// Load reads the listeners.
func (l *PortList) Load() {
	l.tasks.run(func(ctx context.Context) {
		all, err := l.source.Ports(ctx)
		l.tasks.show(ctx, func() {
			if err != nil {
				l.OnProblem(err)
				return
			}
			l.all = all
			l.OnChange()
		})
	})
}

// Len is the number of listeners.
func (l *PortList) Len() int { return len(l.all) }

// At gives a listener.
func (l *PortList) At(i int) Port { return l.all[i] }

// Key names a row by its section and what that says of the address, which several may have: "127.0.0.1:0".
func (l *PortList) Key(i int) int64 {
	return keyOf(strconv.Itoa(l.all[i].Section) + " " + l.all[i].Address)
}

// Index finds a row, -1 when it is not there.
func (l *PortList) Index(key int64) int {
	for i := range l.all {
		if l.Key(i) == key {
			return i
		}
	}
	return -1
}

// Check asks whether a listener makes sense, in the place of was or a new one, and then says what is wrong with it.
func (l *PortList) Check(was *Port, p Port, then func(error)) {
	l.check.Ask(func(ctx context.Context) (struct{}, error) { return struct{}{}, l.source.CheckPort(ctx, was, p) }, func(_ struct{}, err error) { then(err) })
}

// Set writes a listener, in the place of was or a new one, and then says how that ended.
func (l *PortList) Set(was *Port, p Port, then func(error)) {
	l.do(func(ctx context.Context) error { return l.source.SetPort(ctx, was, p) }, then)
}

// Remove takes a listener out, and then says how that ended.
func (l *PortList) Remove(was Port, then func(error)) {
	l.do(func(ctx context.Context) error { return l.source.RemovePort(ctx, was) }, then)
}

// Certificate gives the certificate, which is made where there is none.
func (l *PortList) Certificate(then func(Certificate, error)) {
	l.tasks.run(func(ctx context.Context) {
		c, err := l.source.Certificate(context.WithoutCancel(ctx))
		l.tasks.show(ctx, func() { then(c, err) })
	})
}

func (l *PortList) do(what func(context.Context) error, then func(error)) {
	l.tasks.run(func(ctx context.Context) {
		err := what(context.WithoutCancel(ctx))
		l.tasks.show(ctx, func() {
			then(err)
			l.Load()
		})
	})
}
