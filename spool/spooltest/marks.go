package spooltest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
)

// changed fails unless a mark was changed of these.
func (f *fixture) changed(what string, want []int64, got []int64, err error) {
	f.Helper()
	if err != nil {
		f.Fatalf("%s: %v", what, err)
	}
	f.same(what, want, got)
}

func starring(f *fixture) {
	ids := f.addMany(4)
	got, err := f.SetStarred(f.ctx(), true, ids[0], 9999, ids[2], ids[0])
	f.changed("starred", []int64{ids[0], ids[2]}, got, err)
	got, err = f.SetStarred(f.ctx(), true, ids[0], ids[1])
	f.changed("starred again", []int64{ids[1]}, got, err)
	got, err = f.SetStarred(f.ctx(), false, ids[2], ids[3])
	f.changed("taken", []int64{ids[2]}, got, err)
	f.same("is:starred", []int64{ids[0], ids[1]}, f.search("is:starred"))
	f.same("-is:starred", []int64{ids[2], ids[3]}, f.search("-is:starred"))
	f.same("with words", []int64{ids[1]}, f.search("is:starred number 2"))
	f.same("records", []bool{true, true, false, false}, []bool{f.record(ids[0]).Starred, f.record(ids[1]).Starred, f.record(ids[2]).Starred, f.record(ids[3]).Starred})
	f.same("a page", []int64{ids[1]}, f.ids(spool.Query{Text: "is:starred", Before: ids[0], Limit: 5}))
	f.same("tally", 2, f.tally().Starred)
}

func (f *fixture) tally() spool.Tally {
	f.Helper()
	if err := f.Settle(f.ctx()); err != nil {
		f.Fatal(err)
	}
	t, err := f.Tally(f.ctx())
	if err != nil {
		f.Fatal(err)
	}
	return t
}

func (f *fixture) tag(name string, ids ...int64) {
	f.Helper()
	if _, err := f.SetTag(f.ctx(), name, true, ids...); err != nil {
		f.Fatal(err)
	}
}

func tagging(f *fixture) {
	ids := f.addMany(4)
	got, err := f.SetTag(f.ctx(), " To  do ", true, ids[0], ids[1], 9999)
	f.changed("put on", []int64{ids[0], ids[1]}, got, err)
	got, err = f.SetTag(f.ctx(), "to DO", true, ids[1], ids[2])
	f.changed("put on in another case", []int64{ids[2]}, got, err)
	f.tag("Abc", ids[1])
	got, err = f.SetTag(f.ctx(), "to do", false, ids[0], ids[3])
	f.changed("taken off", []int64{ids[0]}, got, err)
	got, err = f.SetTag(f.ctx(), "nowhere", false, ids...)
	f.changed("a tag that is not there taken off", nil, got, err)
	f.same("found", []int64{ids[1], ids[2]}, f.search(`tag:"to do"`))
	f.same("found in another case", []int64{ids[1]}, f.search("tag:ABC"))
	f.same("not found", []int64{ids[0], ids[3]}, f.search(`-tag:"to do"`))
	f.same("both", []int64{ids[1]}, f.search(`tag:abc tag:"to do"`))
	f.same("an unknown tag", []int64(nil), f.search("tag:other"))
	f.same("of a record, by name", []string{"Abc", "To do"}, f.record(ids[1]).Tags)
	tags := f.tally().Tags
	for i := range tags {
		tags[i].Color = 0
	}
	f.same("tally", []spool.Tag{{Name: "Abc", Count: 1}, {Name: "To do", Count: 2}}, tags)
	if f.tally().Tags[0].Color == f.tally().Tags[1].Color {
		f.Error("two tags have one colour while others are free")
	}
}

func changingTags(f *fixture) {
	ids := f.addMany(2)
	f.tag("one", ids[0])
	f.tag("two", ids[1])
	if err := f.ChangeTag(f.ctx(), "ONE", spool.Tag{Name: "uno", Color: 7}); err != nil {
		f.Fatal(err)
	}
	f.same("renamed", []string{"uno"}, f.record(ids[0]).Tags)
	f.same("found by the new name", []int64{ids[0]}, f.search("tag:uno"))
	f.same("not by the old one", []int64(nil), f.search("tag:one"))
	f.same("colour", 7, f.tally().Tags[1].Color)
	if err := f.ChangeTag(f.ctx(), "uno", spool.Tag{Name: "Uno", Color: 7}); err != nil {
		f.Errorf("another case: %v", err)
	}
	if err := f.ChangeTag(f.ctx(), "uno", spool.Tag{Name: "TWO"}); !errors.Is(err, spool.ErrName) {
		f.Errorf("a name that is taken: %v", err)
	}
	if err := f.ChangeTag(f.ctx(), "uno", spool.Tag{Name: "uno", Color: spool.TagColors}); !errors.Is(err, spool.ErrName) {
		f.Errorf("a colour that is none: %v", err)
	}
	if err := f.ChangeTag(f.ctx(), "nobody", spool.Tag{Name: "x"}); !errors.Is(err, spool.ErrNoMark) {
		f.Errorf("a tag that is not there: %v", err)
	}
	if err := f.RemoveTag(f.ctx(), "two"); err != nil {
		f.Fatal(err)
	}
	if err := f.RemoveTag(f.ctx(), "two"); !errors.Is(err, spool.ErrNoMark) {
		f.Errorf("removed again: %v", err)
	}
	f.same("removed", 0, len(f.record(ids[1]).Tags))
	f.tag("two", ids[0])
	f.same("made again, it is on what it was put on", []int64{ids[0]}, f.search("tag:two"))
}

func refusingNames(f *fixture) {
	id := f.add("x", "a@b")
	for _, name := range []string{"", "  ", "a\"b", "a\x1b[2J", strings.Repeat("x", spool.MaxName+1)} {
		if _, err := f.SetTag(f.ctx(), name, true, id); !errors.Is(err, spool.ErrName) {
			f.Errorf("tag %.20q: %v", name, err)
		}
		if err := f.SaveSearch(f.ctx(), spool.Search{Name: name, Text: "x"}); !errors.Is(err, spool.ErrName) {
			f.Errorf("search %.20q: %v", name, err)
		}
	}
	for _, text := range []string{"", `"open`, "subjekt:x"} {
		if err := f.SaveSearch(f.ctx(), spool.Search{Name: "n", Text: text}); !errors.Is(err, spool.ErrQuery) {
			f.Errorf("search for %q: %v", text, err)
		}
	}
	f.same("searches", 0, len(f.tally().Searches))
}

func marksOfDeleted(f *fixture) {
	ids := f.addMany(2)
	f.tag("work", ids...)
	if _, err := f.SetStarred(f.ctx(), true, ids...); err != nil {
		f.Fatal(err)
	}
	if _, err := f.Delete(f.ctx(), ids[0]); err != nil {
		f.Fatal(err)
	}
	f.same("tag", []int64{ids[1]}, f.search("tag:work"))
	t := f.tally()
	f.same("counted", []int{1, 1}, []int{t.Starred, t.Tags[0].Count})
}

func savingSearches(f *fixture) {
	save := func(name, text string) {
		f.Helper()
		if err := f.SaveSearch(f.ctx(), spool.Search{Name: name, Text: text}); err != nil {
			f.Fatal(err)
		}
	}
	save("Orders", "subject:order")
	save("bills", "larger:1k")
	save("ORDERS", "order -is:read")
	f.same("by name", []spool.Search{{Name: "bills", Text: "larger:1k"}, {Name: "ORDERS", Text: "order -is:read"}}, f.tally().Searches)
	if err := f.RemoveSearch(f.ctx(), "orders"); err != nil {
		f.Fatal(err)
	}
	if err := f.RemoveSearch(f.ctx(), "orders"); !errors.Is(err, spool.ErrNoMark) {
		f.Errorf("removed again: %v", err)
	}
	f.same("the other stays", 1, len(f.tally().Searches))
}

// known is an envelope of which much is known.
func (f *fixture) known(program, user, port, dir string, arrived time.Time, rcpt ...string) *mta.Envelope {
	env := Envelope(f.queueID(), rcpt...)
	env.Arrival = arrived
	env.Origin.User, env.Origin.Dir = user, dir
	env.Origin.Listener = "/home/run/submit.sock"
	if port != "" {
		env.Origin.Listener = "127.0.0.1:" + port
	}
	if program != "" {
		env.Origin.Argv = []string{"/usr/bin/" + program, "send.php"}
	}
	return env
}

func searchConditions(f *fixture) {
	now := time.Now().Truncate(time.Millisecond)
	day := 24 * time.Hour
	a := f.addEnvelope("Subject: a\r\n\r\n", f.known("php", "www-data", "", "/srv/shop/public", now.Add(-10*day), "ann@x"))
	b := f.addEnvelope("Subject: b\r\n\r\n"+strings.Repeat("x", 5000), f.known("", "carol", "1025", "", now.Add(-2*day), "bob@x"))
	c := f.addEnvelope("Subject: c\r\n\r\n", f.known("python3", "", "2525", "/srv/blog", now.Add(-time.Minute), "ann@x", "bob@x"))
	for _, tt := range []struct {
		text string
		want []int64
	}{
		{"program:PHP", []int64{a}}, {"program:ph", nil}, {"-program:php", []int64{c, b}}, {"program:php program:python3", nil},
		{"user:www-data", []int64{a}}, {"user:carol", []int64{b}}, {"port:2525", []int64{c}}, {"-port:2525", []int64{b, a}}, {"port:25", nil},
		{"dir:/srv", []int64{c, a}}, {"dir:/srv/shop/", []int64{a}}, {"dir:public", []int64{a}}, {"-dir:/srv", []int64{b}}, {"dir:/srv -dir:blog", []int64{a}},
		{"rcpt:ANN@x", []int64{c, a}}, {"-rcpt:ann@x", []int64{b}}, {"rcpt:ann@x rcpt:bob@x", []int64{c}}, {"rcpt:ann", nil},
		{"after:3d", []int64{c, b}}, {"before:3d", []int64{a}}, {"-after:3d", []int64{a}}, {"after:3d before:1h", []int64{b}}, {"before:2000-01-01", nil}, {"after:2h", []int64{c}},
		{"larger:1k", []int64{b}}, {"smaller:1k", []int64{c, a}}, {"-larger:1k", []int64{c, a}}, {"-smaller:1k", []int64{b}}, {"larger:1k smaller:10k", []int64{b}},
		{"is:caught", []int64{c, b, a}}, {"-is:caught", nil}, {"is:bounced", nil}, {"-state:bounced", []int64{c, b, a}},
		{"subject:c port:2525 after:1d rcpt:bob@x smaller:1M is:unread -has:attachment program:python3", []int64{c}},
		{"subject:a port:2525", nil},
	} {
		f.same(tt.text, tt.want, f.search(tt.text))
	}
}

func orders(f *fixture) {
	type m struct{ from, subject, pad string }
	var ids []int64
	for i, x := range []m{
		{"Bob <bob@x>", "Re: apples", "xxxx"}, {"ada@x", "zebra", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}, {`"Carol C" <c@x>`, "Apples", ""}, {"ada@x", "mango", strings.Repeat("y", 3000)},
		{"bob <other@x>", "berry", "xx"},
	} {
		ids = append(ids, f.add(fmt.Sprintf("From: %s\r\nSubject: %s\r\n\r\n%d%s", x.from, x.subject, i, x.pad), "a@b"))
	}
	if err := f.Settle(f.ctx()); err != nil {
		f.Fatal(err)
	}
	for _, tt := range []struct {
		by   spool.OrderBy
		want []int // ascending
	}{
		{spool.OrderArrival, []int{0, 1, 2, 3, 4}}, {spool.OrderFrom, []int{1, 3, 0, 4, 2}}, {spool.OrderSubject, []int{0, 2, 4, 3, 1}}, {spool.OrderSize, []int{4, 2, 0, 1, 3}},
	} {
		var want []int64
		for _, i := range tt.want {
			want = append(want, ids[i])
		}
		for _, ascending := range []bool{true, false} {
			o := spool.Order{By: tt.by, Ascending: ascending}
			f.same(fmt.Sprintf("ids in the order %+v", o), want, f.ids(spool.Query{Order: o}))
			for _, limit := range []int{1, 2, 5} {
				var got []int64
				for q := (spool.Query{Order: o, Limit: limit}); ; {
					p, err := f.Find(f.ctx(), q)
					if err != nil {
						f.Fatal(err)
					}
					for _, r := range p.Records {
						got = append(got, r.ID)
					}
					if p.Next == 0 {
						break
					}
					q.Before, q.Past = p.Next, p.Past
				}
				f.same(fmt.Sprintf("pages of %d in the order %+v", limit, o), want, got)
			}
			slices.Reverse(want)
		}
	}
	f.same("a search in order", []int64{ids[2], ids[4], ids[0]}, f.ids(spool.Query{Text: "smaller:70 -zebra", Order: spool.Order{By: spool.OrderFrom}}))
}

func ordersFollow(f *fixture) {
	o := spool.Order{By: spool.OrderSubject, Ascending: true}
	b := f.add("Subject: b\r\n\r\n", "a@b")
	f.search("b")
	f.same("one", []int64{b}, f.ids(spool.Query{Order: o}))
	a, c := f.add("Subject: a\r\n\r\n", "a@b"), f.add("Subject: c\r\n\r\n", "a@b")
	f.search("b")
	f.same("with those that came", []int64{a, b, c}, f.ids(spool.Query{Order: o}))
	f.tag("x", a, c)
	f.same("of a tag", []int64{c, a}, f.ids(spool.Query{Text: "tag:x", Order: spool.Order{By: spool.OrderSubject}}))
	if _, err := f.Delete(f.ctx(), a); err != nil {
		f.Fatal(err)
	}
	f.same("without the deleted one", []int64{b, c}, f.ids(spool.Query{Order: o}))
	f.same("an order that is not known is that of arrival", []int64{c, b}, f.ids(spool.Query{Order: spool.Order{By: "colour"}}))
}

func tally(f *fixture) {
	now := time.Now()
	ids := []int64{
		f.addEnvelope("x", f.known("php", "www-data", "", "/srv/shop", now, "Ann@x", "bob@x")),
		f.addEnvelope("y", f.known("php", "", "1025", "", now, "ann@x")),
		f.addEnvelope("z", f.known("", "carol", "1025", "", now, "dan@x")),
	}
	bounced := Envelope(f.queueID(), "ann@x", "eve@x")
	bounced.Recipients[0].State, bounced.Recipients[1].State = mta.Bounced, mta.Bounced
	f.addEnvelope("w", bounced)
	t := f.tally()
	f.same("mailboxes", []spool.Group{{Value: "ann@x", Count: 3}, {Value: "bob@x", Count: 1}, {Value: "dan@x", Count: 1}, {Value: "eve@x", Count: 1}}, t.Mailboxes)
	f.same("programs", []spool.Group{{Value: "php", Count: 2}}, t.Programs)
	f.same("users", []spool.Group{{Value: "carol", Count: 1}, {Value: "www-data", Count: 1}}, t.Users)
	f.same("ports", []spool.Group{{Value: "1025", Count: 2}}, t.Ports)
	f.same("directories", []spool.Group{{Value: "/srv/shop", Count: 1}}, t.Dirs)
	f.same("states", map[mta.State]int{mta.Bounced: 1}, t.States)
	if _, err := f.Delete(f.ctx(), ids[1:]...); err != nil {
		f.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) { // cleared away a little later
		t = f.tally()
		cleared := len(t.Ports) == 0
		f.same("programs and ports are counted of one moment", cleared, t.Programs[0].Count == 1)
		if cleared || time.Now().After(deadline) {
			break
		}
	}
	f.same("programs after a deletion", []spool.Group{{Value: "php", Count: 1}}, t.Programs)
	f.same("ports after a deletion", 0, len(t.Ports))
	f.same("mailboxes after a deletion", 2, t.Mailboxes[0].Count)
}
