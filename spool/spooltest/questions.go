package spooltest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/spool"
)

func idsAscend(f *fixture) {
	var last int64
	for i := range 10 {
		id := f.add(fmt.Sprint(i), "a@b")
		if id <= last {
			f.Errorf("id %d after %d", id, last)
		}
		last = id
		if i%2 == 1 { // the newest: its id must not come again
			if _, err := f.Delete(f.ctx(), id); err != nil {
				f.Fatal(err)
			}
		}
	}
}

// find gives a page's ids and its Next.
func (f *fixture) find(q spool.Query) (ids []int64, next int64) {
	f.Helper()
	p, err := f.Find(f.ctx(), q)
	if err != nil {
		f.Fatalf("find %+v: %v", q, err)
	}
	for _, r := range p.Records {
		ids = append(ids, r.ID)
	}
	return ids, p.Next
}

func findAll(f *fixture) {
	ids, next := f.find(spool.Query{})
	f.same("page of an empty store", []int64(nil), ids)
	f.same("next", int64(0), next)
	want := f.addMany(5)
	ids, next = f.find(spool.Query{})
	f.same("page", want, ids)
	f.same("next", int64(0), next)
	f.same("ids", want, f.ids(spool.Query{}))
}

func findDefaultLimit(f *fixture) {
	want := f.addMany(60)
	ids, next := f.find(spool.Query{})
	f.same("page", want[:50], ids)
	f.same("next", want[49], next)
	f.same("ids have no limit", want, f.ids(spool.Query{}))
	f.same("ids with a limit", want[:7], f.ids(spool.Query{Limit: 7}))
}

func findPages(f *fixture) {
	want := f.addMany(20)
	for _, limit := range []int{1, 3, 7, 10, 20, 21} {
		var got []int64
		for before := int64(0); ; {
			ids, next := f.find(spool.Query{Limit: limit, Before: before})
			if len(ids) > limit || len(ids) == 0 {
				f.Fatalf("a page of %d with limit %d", len(ids), limit)
			}
			got = append(got, ids...)
			if next == 0 {
				break
			}
			f.same("next is the page's last id", ids[len(ids)-1], next)
			before = next
		}
		f.same(fmt.Sprintf("all pages of %d", limit), want, got)
	}
}

func findBounds(f *fixture) {
	all := f.addMany(6)
	f.same("before", all[3:], f.ids(spool.Query{Before: all[2]}))
	f.same("after", all[:2], f.ids(spool.Query{After: all[2]}))
	f.same("both", all[2:4], f.ids(spool.Query{Before: all[1], After: all[4]}))
	f.same("nothing between neighbours", []int64(nil), f.ids(spool.Query{Before: all[1], After: all[2]}))
	ids, next := f.find(spool.Query{After: all[2], Limit: 1})
	f.same("the newest after", all[:1], ids)
	f.same("next", all[0], next)
}

func findRcpt(f *fixture) {
	a := f.add("1", "Ann@Example.com", "bob@example.com")
	b := f.add("2", "ann@example.com", "ANN@example.com")
	f.add("3", "ann@example.com.au", "joann@example.com")
	bare := f.add("4", "Postmaster")
	f.same("a recipient in any case, each record once", []int64{b, a}, f.ids(spool.Query{Rcpt: "aNN@eXAMPLE.com"}))
	f.same("one of several", []int64{a}, f.ids(spool.Query{Rcpt: "bob@example.com"}))
	f.same("a local part alone", []int64{bare}, f.ids(spool.Query{Rcpt: "postmaster"}))
	f.same("nobody", []int64(nil), f.ids(spool.Query{Rcpt: "sender@example.com"}))
	f.same("with a bound and a limit", []int64{a}, f.ids(spool.Query{Rcpt: "ann@example.com", Before: b, Limit: 1}))

	env := Envelope("5", "ann@example.net", "bob@example.net")
	for i := range env.Recipients {
		env.Recipients[i].Via = []address.Address{{Local: "Team", Domain: "localhost"}, {Local: "half"}}
	}
	list := f.addEnvelope("Subject: x\r\n\r\n", env)
	f.same("the alias that it was sent to", []int64{list}, f.ids(spool.Query{Rcpt: "team@LOCALHOST"}))
	f.same("one behind the alias", []int64{list}, f.ids(spool.Query{Rcpt: "bob@example.net"}))
	f.same("an alias in between", []int64(nil), f.ids(spool.Query{Rcpt: "half"}))
}

func findState(f *fixture) {
	add := func(states ...mta.State) int64 {
		env := Envelope(f.queueID(), slices.Repeat([]string{"a@b"}, len(states))...)
		for i, s := range states {
			env.Recipients[i].State = s
		}
		return f.addEnvelope("x", env)
	}
	a, b, c := add(mta.Caught), add(mta.Deferred, mta.Caught), add(mta.Deferred, mta.Deferred, mta.Bounced)
	f.same("caught", []int64{b, a}, f.ids(spool.Query{State: mta.Caught}))
	f.same("deferred", []int64{c, b}, f.ids(spool.Query{State: mta.Deferred}))
	f.same("bounced", []int64{c}, f.ids(spool.Query{State: mta.Bounced}))
	f.same("held", []int64(nil), f.ids(spool.Query{State: mta.Held}))
	ids, next := f.find(spool.Query{State: mta.Deferred, Limit: 1})
	f.same("page", []int64{c}, ids)
	f.same("next", c, next)
}

func findUnread(f *fixture) {
	ids := f.addMany(4)
	if _, err := f.SetRead(f.ctx(), true, ids[1], ids[2]); err != nil {
		f.Fatal(err)
	}
	f.same("unread", []int64{ids[0], ids[3]}, f.ids(spool.Query{Unread: true}))
	if !f.record(ids[1]).Read || f.record(ids[0]).Read {
		f.Error("records show other marks")
	}
}

func findCombined(f *fixture) {
	var want []int64
	for i := range 16 {
		env := Envelope(f.queueID(), []string{"a@x", "b@x"}[i%2])
		env.Recipients[0].State = []mta.State{mta.Caught, mta.Held}[i/2%2]
		id := f.addEnvelope("Subject: "+[]string{"blue", "green"}[i/4%2]+"\r\n\r\n", env)
		read := i/8 == 1
		if _, err := f.SetRead(f.ctx(), read, id); err != nil {
			f.Fatal(err)
		}
		if i%2 == 1 && i/2%2 == 1 && i/4%2 == 1 && !read {
			want = append(want, id)
		}
	}
	if err := f.Settle(f.ctx()); err != nil {
		f.Fatal(err)
	}
	f.same("all conditions", want, f.ids(spool.Query{Text: "green", Rcpt: "b@x", State: mta.Held, Unread: true}))
	f.same("without the text", 2, len(f.ids(spool.Query{Rcpt: "b@x", State: mta.Held, Unread: true})))
	f.same("text and unread", 4, len(f.ids(spool.Query{Text: "green", Unread: true})))
	f.same("excluded text and recipient", 4, len(f.ids(spool.Query{Text: "-green", Rcpt: "b@x"})))
}

func getOrder(f *fixture) {
	ids := f.addMany(4)
	records, err := f.Get(f.ctx(), ids[2], 9999, ids[0], ids[3], -1, ids[2])
	if err != nil {
		f.Fatal(err)
	}
	var got []int64
	for _, r := range records {
		got = append(got, r.ID)
	}
	f.same("order", []int64{ids[2], ids[0], ids[3], ids[2]}, got)
	if records, err := f.Get(f.ctx()); err != nil || len(records) != 0 {
		f.Errorf("of no ids: %d records, %v", len(records), err)
	}
}

func questionCanceled(f *fixture) {
	id := f.add("x", "a@b")
	ctx, cancel := context.WithCancel(f.ctx())
	cancel()
	_, findErr := f.Find(ctx, spool.Query{})
	_, idsErr := f.IDs(ctx, spool.Query{})
	_, getErr := f.Get(ctx, id)
	_, contentErr := f.Content(ctx, id)
	_, readErr := f.SetRead(ctx, true, id)
	_, deleteErr := f.Delete(ctx, id)
	for _, err := range []error{findErr, idsErr, getErr, contentErr, readErr, deleteErr, f.AddSession(ctx, mta.Session{ID: "s"})} {
		if !errors.Is(err, context.Canceled) {
			f.Errorf("%v, want canceled", err)
		}
	}
	if r := f.record(id); r.Read {
		f.Error("marked all the same")
	}
}

func searchGrammar(f *fixture) {
	a := f.add("From: Ada Lovelace <ada@example.com>\r\nTo: team@example.com\r\nSubject: Invoice number seven\r\n\r\nplease pay the Blue bill\r\n", "hidden@bcc.example")
	b := f.add("From: Bob <bob@example.com>\r\nCc: ada@example.com\r\nSubject: lunch\r\n\r\nseven is fine, the bill is blue. AND so on\r\n", "bob@example.com")
	for _, tt := range []struct {
		rule, text string
		want       []int64
	}{
		{"a word in a subject", "lunch", []int64{b}},
		{"a word in a text, in any case", "PAY", []int64{a}},
		{"an address", "ada@example.com", []int64{b, a}},
		{"all words must occur", "seven bill", []int64{b, a}},
		{"all words must occur, in different places", "lovelace pay", []int64{a}},
		{"a word that does not occur", "seven nowhere", nil},
		{"white space asks for all", "  ", []int64{b, a}},
		{"a phrase", `"blue bill"`, []int64{a}},
		{"a phrase is in order", `"bill blue"`, nil},
		{"from:", "from:ada", []int64{a}},
		{"from: with an address", "from:ada@example.com", []int64{a}},
		{"cc:", "cc:ada", []int64{b}},
		{"to:", "to:team", []int64{a}},
		{"to: finds envelope recipients", "to:hidden@bcc.example", []int64{a}},
		{"subject:", "subject:seven", []int64{a}},
		{"body:", "body:seven", []int64{b}},
		{"a field with a phrase", `subject:"number seven"`, []int64{a}},
		{"a field with a phrase out of order", `subject:"seven number"`, nil},
		{"exclusion", "seven -lunch", []int64{a}},
		{"exclusion alone", "-lunch", []int64{a}},
		{"exclusion of a field", "-from:bob", []int64{a}},
		{"exclusion of a phrase", `bill -"blue bill"`, []int64{b}},
		{"two exclusions", "-lunch -invoice", nil},
		{"a last word of three letters is a prefix", "inv", []int64{a}},
		{"a last word of two letters is not", "in", nil},
		{"an earlier word is no prefix", "inv seven", nil},
		{"a last word in a field is a prefix", "subject:inv", []int64{a}},
		{"a phrase is no prefix", `"inv"`, nil},
		{"an excluded word is no prefix", "-inv", []int64{b, a}},
		{"a prefix in an address", "ada@exam", []int64{b, a}},
		{"operators are words", "and", []int64{b}},
		{"operators do not operate", "lunch OR invoice", nil},
		{"special characters do not operate", "seven* ^(bill)", []int64{b, a}},
		{"is:unread", "is:unread", []int64{b, a}},
		{"-is:unread", "-is:unread", nil},
		{"has:attachment", "has:attachment", nil},
		{"-has:attachment", "-has:attachment lunch", []int64{b}},
	} {
		f.same(tt.rule+": "+tt.text, tt.want, f.search(tt.text))
	}
	if _, err := f.SetRead(f.ctx(), true, a); err != nil {
		f.Fatal(err)
	}
	f.same("is:unread after reading", []int64{b}, f.search("is:unread"))
	f.same("-is:unread after reading", []int64{a}, f.search("-is:unread seven"))
}

func searchScripts(f *fixture) {
	texts := []string{"您好，请查收新的邮件通知", "新しいメールが届きました", "مرحبا بكم في البريد", "новое Письмо пришло", "rocket 🚀 launch🎉now", "Ελληνικά γράμματα", "ยินดีต้อนรับ", "Crème brûlée, Straße", "새로운 메일", "שלום עולם"}
	ids := make([]int64, len(texts))
	for i, text := range texts {
		ids[i] = f.add("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"+text+"\r\n", "a@b")
	}
	for i, found := range [][]string{
		{"邮件", "新的邮件", "查收", "邮", `"请查收新的"`}, {"メール", "届きました", "新しい"}, {"البريد", "مَرحَبًا", "مرح"}, {"письмо", "ПИСЬМО", "пис"},
		{"🚀", "🎉", "rocket 🚀", "now"}, {"ΓΡΆΜΜΑΤΑ", "ελλ"}, {"ต้อนรับ", "ยินดี"}, {"creme", "BRÛLÉE", "straße"}, {"메일"}, {"שלום", "שָׁלוֹם"},
	} {
		for _, text := range found {
			f.same(text, []int64{ids[i]}, f.search(text))
		}
	}
	for _, text := range []string{"件邮", "邮通", "ルメ", "😀", "писмьо"} {
		f.same(text+" is nowhere", []int64(nil), f.search(text))
	}
}

func searchRefuses(f *fixture) {
	for _, text := range []string{`"open`, "from:", "has:wings", "is:", "&", strings.Repeat("word ", 500), strings.Repeat("x", 10_000)} {
		_, findErr := f.Find(f.ctx(), spool.Query{Text: text})
		_, idsErr := f.IDs(f.ctx(), spool.Query{Text: text})
		for _, err := range []error{findErr, idsErr} {
			if !errors.Is(err, spool.ErrQuery) {
				f.Errorf("%.20q: %v, want ErrQuery", text, err)
			} else if err.Error() == spool.ErrQuery.Error() {
				f.Errorf("%.20q: no reason given", text)
			}
		}
	}
	for _, text := range []string{`a"b`, `'; DROP TABLE x; --`, "a\x00b", "\xff\xfe x", "NEAR(a b)", "a* b^ (c", `x:y:"z"`, "{a b}:c"} {
		f.search(text) // understood as words
	}
}

func searchPages(f *fixture) {
	all := f.addMany(10)
	other := f.add("Subject: other\r\n\r\n", "b@example.com")
	f.search("number")
	ids, next := f.find(spool.Query{Text: "number", Limit: 4})
	f.same("first page", all[:4], ids)
	ids, next = f.find(spool.Query{Text: "number", Limit: 4, Before: next})
	f.same("second page", all[4:8], ids)
	ids, next = f.find(spool.Query{Text: "number", Limit: 4, Before: next})
	f.same("last page", all[8:], ids)
	f.same("next", int64(0), next)
	f.same("with after", all[:3], f.ids(spool.Query{Text: "number", After: all[3]}))
	f.same("with a recipient", []int64{other}, f.ids(spool.Query{Text: "-number", Rcpt: "b@example.com"}))
}

func searchDeleted(f *fixture) {
	ids := f.addMany(3)
	f.search("number")
	if _, err := f.Delete(f.ctx(), ids[1]); err != nil {
		f.Fatal(err)
	}
	f.same("at once", []int64{ids[0], ids[2]}, f.search("number"))
	f.same("by exclusion", []int64{ids[0], ids[2]}, f.search("-nowhere"))
	f.same("by attachment", []int64{ids[0], ids[2]}, f.search("-has:attachment"))
}

func searchParts(f *fixture) {
	html := f.add("Subject: x\r\nContent-Type: text/html\r\n\r\n<html><style>p { color: crimson }</style><p class=secretclass>Visible <b>words</b></p></html>\r\n", "a@b")
	file := f.add("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"+
		"soft=\r\nwrapped\r\n--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nattachedword\r\n--b--\r\n", "a@b")
	f.same("text of markup", []int64{html}, f.search(`"visible words"`))
	f.same("tags are not text", []int64(nil), f.search("secretclass"))
	f.same("an encoded text is decoded", []int64{file}, f.search("softwrapped"))
	f.same("attachments are not text", []int64(nil), f.search("attachedword"))
	f.same("has:attachment", []int64{file}, f.search("has:attachment"))
	f.same("-has:attachment", []int64{html}, f.search("-has:attachment"))
	f.same("record", 1, f.record(file).Attachments)
}

func settle(f *fixture) {
	for range 5 {
		f.addMany(20)
		if err := f.Settle(f.ctx()); err != nil {
			f.Fatal(err)
		}
		f.same("found", f.Counts().All, len(f.ids(spool.Query{Text: "number"})))
	}
	ids := f.ids(spool.Query{})
	if _, err := f.Delete(f.ctx(), ids[:30]...); err != nil {
		f.Fatal(err)
	}
	if err := f.Settle(f.ctx()); err != nil {
		f.Errorf("after the newest records were deleted: %v", err)
	}
}
