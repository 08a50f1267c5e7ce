package daemon

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"postroom.dev/mta/deliver"
	"postroom.dev/spool/queue"
)

const foreignControl = "V8\nT1795339455\nSgeo@example.com\nRPFD:ada@example.net\nH??Subject: theirs\n.\n"

func TestAStartDoesNotWaitForTheRecordsOfOthersMail(t *testing.T) {
	f := newFixture(t)
	var want []string
	for i := range 40 {
		id := fmt.Sprintf("AA%05d", i)
		f.foreign(id, foreignControl)
		want = append(want, id+" ada@example.net")
	}
	f.foreign("AB00000", strings.ReplaceAll(foreignControl, "example.net", "far.example")) // for another host, behind all of them
	want = append(want, "AB00000 ada@far.example")
	inHand, goOn := make(chan bool, 40), make(chan bool)
	f.step = func(step string) {
		if step == "adopt" {
			inHand <- true
			<-goOn
		}
	}
	if err := f.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	adopted, ran := make(chan error), make(chan error)
	go func() { adopted <- f.Adopt(t.Context()) }()
	for range adopters {
		<-inHand
	}
	f.submit(to("6AMC00AA000001", "bob@example.com")) // mail is taken meanwhile
	started := make(chan bool, 100)
	f.remote.enter = func(context.Context, deliver.Job) { started <- true }
	go func() { ran <- f.Run(t.Context(), queue.Selection{}, nil) }()
	<-started // one whose turn had not come is sent before it
	if a := f.Adopting(); a.Done != 0 || a.Of != 41 {
		t.Errorf("%+v", a)
	}
	close(goOn)
	if err := errors.Join(<-adopted, <-ran); err != nil {
		t.Fatal(err)
	}
	f.same("each was sent once, also those that were in hand", f.remote.got(), want)
	f.same("files", f.files(), []string{})
	f.same("how far", f.Adopting(), Adoption{Done: 41, Of: 41})
	f.same("record", f.states("AA00039"), "ada@example.net relayed")
	f.same("problems", f.told(), []string{})
}

func TestAnAdoptionThatIsBrokenOffGoesOnWithTheNextStart(t *testing.T) {
	f := newFixture(t)
	for i := range 3 {
		f.foreign(fmt.Sprintf("AA%05d", i), foreignControl)
	}
	if err := f.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Adopt(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	f.start()
	if err := errors.Join(f.Reconcile(t.Context()), f.Adopt(t.Context())); err != nil {
		t.Fatal(err)
	}
	f.same("how far", f.Adopting(), Adoption{Done: 3, Of: 3})
	f.same("record", f.states("AA00002"), "ada@example.net queued")
	f.start()
	if err := errors.Join(f.Reconcile(t.Context()), f.Adopt(t.Context())); err != nil {
		t.Fatal(err)
	}
	f.same("what has a record gets no other", f.Adopting(), Adoption{})
	f.same("calls", f.remote.count(), 0)
}
