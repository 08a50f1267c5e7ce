package daemon

import (
	"context"
	"testing"

	"postroom.dev/mta/deliver"
	"postroom.dev/mta/route"
	"postroom.dev/spool/queue"
)

func TestMailThatStandsInLineGoesByTheRulesOfItsTurn(t *testing.T) {
	for name, verbose := range map[string]func(string){"in a run": nil, "in a run that is looked at": func(string) {}} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, func(c *Config) { c.PerHost, c.Total = 1, 1 })
			catching, err := route.New(route.Config{Hostname: "mail.example.com", LocalDomains: []string{"example.com"}})
			if err != nil {
				t.Fatal(err)
			}
			f.remote.enter = func(context.Context, deliver.Job) { f.SetRules(Rules{Router: catching}) }
			f.submit(to("6AMC00AA000001", "ada@example.net"))
			f.submit(to("6AMC00AB000001", "bob@example.net", "cid@example.com"))
			if err := f.Run(t.Context(), queue.Selection{}, verbose); err != nil {
				t.Fatal(err)
			}
			f.same("sent to the host", f.remote.got(), []string{"6AMC00AA000001 ada@example.net"})
			f.same("second", f.states("6AMC00AB000001"), "bob@example.net caught, cid@example.com delivered")
		})
	}
}

func TestMoreRoomForAHostLetsThoseInWhoWait(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.PerHost, c.Total = 1, 1 })
	rules := *f.rules()
	both, entered := make(chan struct{}), make(chan struct{}, 2)
	f.remote.enter = func(ctx context.Context, _ deliver.Job) {
		entered <- struct{}{}
		select {
		case <-both:
		case <-ctx.Done():
		}
	}
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.submit(to("6AMC00AB000001", "bob@example.net"))
	ended := make(chan error, 1)
	go func() { ended <- f.Run(t.Context(), queue.Selection{}, nil) }()
	<-entered
	rules.PerHost, rules.Total = 2, 2
	f.SetRules(rules)
	<-entered // the second one, while the first is still there
	close(both)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	f.same("sent", len(f.remote.got()), 2)
}
