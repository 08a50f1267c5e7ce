package daemon

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDue(t *testing.T) {
	for _, test := range []struct {
		rule string
		last time.Time
		min  time.Duration
		want bool
	}{
		{"never tried", time.Time{}, time.Hour, true},
		{"no minimum age", noon, 0, true},
		{"too young", noon.Add(-59 * time.Minute), time.Hour, false},
		{"old enough", noon.Add(-time.Hour), time.Hour, true},
		{"tried in the future: the clock was set back", noon.Add(time.Hour), time.Hour, true},
	} {
		if got := due(noon, test.last, test.min); got != test.want {
			t.Errorf("%s: %v", test.rule, got)
		}
	}
}

func TestWaitIsNeverLongerThanTheInterval(t *testing.T) {
	for _, test := range []struct {
		rule string
		last time.Time
		want time.Duration
	}{
		{"just run", noon, 30 * time.Minute},
		{"half way", noon.Add(-20 * time.Minute), 10 * time.Minute},
		{"overdue", noon.Add(-5 * time.Hour), 0},
		{"clock set back", noon.Add(48 * time.Hour), 30 * time.Minute},
	} {
		if got := wait(noon, test.last, 30*time.Minute); got != test.want {
			t.Errorf("%s: %v, want %v", test.rule, got, test.want)
		}
	}
}

// began takes all that can begin.
func began(p *plan) (all []string) {
	for t, granted := p.next(); t != nil; t, granted = p.next() {
		all = append(all, fmt.Sprint(t.id, granted))
	}
	return all
}

func TestThePlan(t *testing.T) {
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	for _, test := range []struct {
		rule  string
		turns []*turn
		want  []string
	}{
		{"the most urgent first, then the oldest, then by id", []*turn{
			{id: "d", priority: 5, arrived: at(2)}, {id: "c", priority: 5, arrived: at(1)}, {id: "a", priority: 9}, {id: "b", priority: -9}, {id: "e", priority: 5, arrived: at(2)},
		}, []string{"b[]", "c[]", "d[]", "e[]", "a[]"}},
		{"two at a time to one host, others go on", []*turn{
			{id: "a", hosts: []string{"esmtp x"}}, {id: "b", hosts: []string{"esmtp x"}}, {id: "c", hosts: []string{"esmtp x"}}, {id: "d", hosts: []string{"esmtp y"}},
		}, []string{"a[esmtp x]", "b[esmtp x]", "d[esmtp y]"}},
		{"three at a time in all, this machine does not count", []*turn{
			{id: "a", hosts: []string{"esmtp x"}}, {id: "b", hosts: []string{"esmtp y"}}, {id: "c", hosts: []string{"esmtp z"}}, {id: "d", hosts: []string{"esmtp v"}}, {id: "e", hosts: []string{"local "}},
		}, []string{"a[esmtp x]", "b[esmtp y]", "c[esmtp z]", "e[local ]"}},
		{"a message goes to those of its hosts that are free", []*turn{
			{id: "a", hosts: []string{"esmtp x"}}, {id: "b", hosts: []string{"esmtp x"}}, {id: "c", hosts: []string{"esmtp x", "local "}},
		}, []string{"a[esmtp x]", "b[esmtp x]", "c[local ]"}},
		{"a message is in one hand only", []*turn{
			{id: "a", hosts: []string{"esmtp x"}}, {id: "a", hosts: []string{"esmtp y"}},
		}, []string{"a[esmtp x]"}},
	} {
		p := newPlan(2, 3)
		p.add(test.turns...)
		if d := cmp.Diff(test.want, began(p)); d != "" {
			t.Errorf("%s (-want +got):\n%s", test.rule, d)
		}
	}
}

func TestAMessageComesAgainForTheHostThatWasBusy(t *testing.T) {
	p := newPlan(1, 4)
	a, b := &turn{id: "a", hosts: []string{"esmtp x"}}, &turn{id: "b", hosts: []string{"esmtp x", "esmtp y"}}
	p.add(a, b)
	if got := began(p); !slices.Equal(got, []string{"a[esmtp x]", "b[esmtp y]"}) {
		t.Fatal(got)
	}
	p.done(b)
	if got := began(p); got != nil {
		t.Fatalf("%v while the host is busy", got)
	}
	p.done(a)
	if got := began(p); !slices.Equal(got, []string{"b[esmtp x]"}) {
		t.Fatal(got)
	}
}

func TestEveryMessageGoesToEachOfItsHostsOnceWithinTheLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		perHost, total := rapid.IntRange(1, 3).Draw(t, "perHost"), rapid.IntRange(1, 5).Draw(t, "total")
		p := newPlan(perHost, total)
		want := map[string]int{}
		for i := range rapid.IntRange(0, 40).Draw(t, "messages") {
			hosts := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"esmtp a", "esmtp b", "esmtp c", "esmtp d", "local ", "catch "}), 0, 4, rapid.ID[string]).Draw(t, "hosts")
			id := fmt.Sprint(i / rapid.IntRange(1, 2).Draw(t, "same")) // now and then two runs have one message
			for _, h := range hosts {
				want[id+h]++
			}
			p.add(&turn{id: id, priority: rapid.Int64Range(0, 5).Draw(t, "priority"), hosts: hosts})
		}
		type hand struct {
			*turn
			granted []string
		}
		var hands []hand
		got, busy, ids := map[string]int{}, map[string]int{}, map[string]int{}
		for {
			for m, granted := p.next(); m != nil; m, granted = p.next() {
				hands = append(hands, hand{m, granted})
				ids[m.id]++
				for _, h := range granted {
					got[m.id+h]++
					busy[h]++
				}
				remote := 0
				for h, n := range busy {
					if n > perHost {
						t.Fatalf("%d at a time to %s", n, h)
					}
					if isRemote(h) {
						remote += n
					}
				}
				if remote > total || ids[m.id] > 1 {
					t.Fatalf("%d at a time, message in %d hands", remote, ids[m.id])
				}
			}
			if len(hands) == 0 {
				break
			}
			i := rapid.IntRange(0, len(hands)-1).Draw(t, "done")
			h := hands[i]
			if len(h.granted) > 1 && rapid.Bool().Draw(t, "one host first") {
				p.free(h.turn, h.granted[0])
				busy[h.granted[0]]--
				hands[i].granted = h.granted[1:]
				continue
			}
			hands = slices.Delete(hands, i, i+1)
			ids[h.id]--
			for _, g := range h.granted {
				busy[g]--
			}
			p.done(h.turn)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
	})
}
