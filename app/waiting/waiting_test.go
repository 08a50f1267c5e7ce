package waiting

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/daemon"
	"postroom.dev/mta/route"
	"postroom.dev/spool"
	"postroom.dev/spool/queue"
	"postroom.dev/spool/spooltest"
)

var noon = time.Date(2026, 1, 14, 12, 0, 0, 0, time.UTC)

// room is a queue directory with a list of it.
type room struct {
	*List
	t        *testing.T
	dir      string
	store    *spooltest.Memory
	standing daemon.Standing
	router   *route.Router
}

func newRoom(t *testing.T) *room {
	t.Helper()
	dir := t.TempDir()
	group, err := queue.OpenAll(dir, func(int) int { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	r := &room{t: t, dir: dir, store: spooltest.NewMemory(), standing: daemon.Standing{
		Last: noon.Add(-10 * time.Minute), Next: noon.Add(20 * time.Minute), Interval: 30 * time.Minute, Return: 5 * 24 * time.Hour,
	}}
	r.route("[127.0.0.1]:2525")
	r.List = New(Config{
		Index: queue.NewIndex(group), Records: r.store, Now: func() time.Time { return noon },
		Standing: func() daemon.Standing { return r.standing }, Router: func() *route.Router { return r.router },
	})
	return r
}

// route sends all mail that leaves to a host.
func (r *room) route(smartHost string) {
	r.t.Helper()
	router, err := route.New(route.Config{Hostname: "desk.example", External: route.ExternalRelay, SmartHost: smartHost})
	if err != nil {
		r.t.Fatal(err)
	}
	r.router = router
}

// mail is a waiting message.
type mail struct {
	id, sender, to, status, held string
	age                          time.Duration
	tries                        int
	size                         int
}

// put writes a message as sendmail would.
func (r *room) put(all ...mail) {
	r.t.Helper()
	for _, m := range all {
		kind, quarantine := "qf", ""
		if m.held != "" {
			kind, quarantine = "hf", "q"+m.held+"\n"
		}
		tried := int64(0)
		if m.tries > 0 {
			tried = noon.Add(-10 * time.Minute).Unix()
		}
		var text strings.Builder
		fmt.Fprintf(&text, "V8\nT%d\nK%d\nN%d\nP%d\n%s", noon.Add(-m.age).Unix(), tried, m.tries, 30000+m.size, quarantine)
		if m.status != "" {
			fmt.Fprintf(&text, "M%s\n", m.status)
		}
		fmt.Fprintf(&text, "Fbs\nS%s\n", m.sender)
		for to := range strings.FieldsSeq(m.to) {
			if m.status != "" {
				fmt.Fprintf(&text, "M%s\n", m.status)
			}
			fmt.Fprintf(&text, "RPFD:%s\n", to)
		}
		text.WriteString("H??Subject: hi\n.\n")
		r.write("df"+m.id, strings.Repeat("x", m.size))
		r.write(kind+m.id, text.String())
	}
}

func (r *room) write(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// ids lists the ids that a query finds.
func (r *room) ids(q spool.WaitingQuery) string {
	r.t.Helper()
	list, err := r.List.List(r.t.Context(), q)
	if err != nil {
		r.t.Fatal(err)
	}
	var ids []string
	for _, w := range r.rows(list.Keys...) {
		ids = append(ids, w.ID)
	}
	return strings.Join(ids, " ")
}

func (r *room) rows(keys ...int64) []spool.Waiting {
	r.t.Helper()
	rows, err := r.Rows(r.t.Context(), keys...)
	if err != nil {
		r.t.Fatal(err)
	}
	return rows
}

func three(r *room) {
	r.put(
		mail{id: "a0001", sender: "<zoe@shop.example>", to: "<ada@partner.example>", status: "Deferred: Connection refused by [127.0.0.1].", age: time.Hour, tries: 3, size: 10},
		mail{id: "a0002", sender: "<ann@shop.example>", to: "<bob@partner.example> <root@desk.example>", age: 2 * time.Minute, size: 300},
		mail{id: "a0003", sender: "<kim@shop.example>", to: "<eve@Other.example>", held: daemon.HeldByUser, age: 24 * time.Hour, size: 20},
	)
}

func TestTheQueueIsListedInEveryOrder(t *testing.T) {
	r := newRoom(t)
	three(r)
	for _, c := range []struct {
		by   spool.WaitingSort
		want string
	}{
		{spool.ByPriority, "a0001 a0003 a0002"},
		{spool.ByID, "a0001 a0002 a0003"},
		{spool.ByState, "a0002 a0001 a0003"},
		{spool.ByArrival, "a0003 a0001 a0002"},
		{spool.BySize, "a0001 a0003 a0002"},
		{spool.ByTries, "a0002 a0003 a0001"},
		{spool.ByNextTry, "a0001 a0002 a0003"},
		{spool.ByExpiry, "a0001 a0002 a0003"},
		{spool.BySender, "a0002 a0003 a0001"},
		{spool.ByRcpt, "a0001 a0002 a0003"},
		{spool.ByHost, "a0001 a0002 a0003"},
		{spool.ByReply, "a0002 a0003 a0001"},
	} {
		if got := r.ids(spool.WaitingQuery{Sort: c.by}); got != c.want {
			t.Errorf("by %q: %s, want %s", c.by, got, c.want)
		}
	}
	if got := r.ids(spool.WaitingQuery{Sort: spool.BySender, Down: true}); got != "a0001 a0003 a0002" {
		t.Errorf("the other way round: %s", got)
	}
	if got := r.ids(spool.WaitingQuery{Down: true}); got != "a0002 a0003 a0001" {
		t.Errorf("the order of a run the other way round: %s", got)
	}
}

func TestAListIsOfWhatIsAskedFor(t *testing.T) {
	r := newRoom(t)
	three(r)
	for _, c := range []struct {
		name string
		q    spool.WaitingQuery
		want string
	}{
		{"a piece of an id", spool.WaitingQuery{Text: "A0003"}, "a0003"},
		{"a sender", spool.WaitingQuery{Text: "ann@"}, "a0002"},
		{"a second recipient", spool.WaitingQuery{Text: "root@desk"}, "a0002"},
		{"a reply", spool.WaitingQuery{Text: "connection REFUSED"}, "a0001"},
		{"a reason to hold", spool.WaitingQuery{Text: "by the user"}, "a0003"},
		{"nothing", spool.WaitingQuery{Text: "no such thing"}, ""},
		{"a host", spool.WaitingQuery{Host: "local"}, "a0002"},
		{"the host of all that leaves", spool.WaitingQuery{Host: "[127.0.0.1]:2525"}, "a0001 a0003 a0002"},
		{"a reason", spool.WaitingQuery{Reason: "Connection refused by [127.0.0.1]."}, "a0001"},
		{"a domain", spool.WaitingQuery{Domain: "other.example"}, "a0003"},
		{"a domain and a text", spool.WaitingQuery{Domain: "partner.example", Text: "zoe"}, "a0001"},
	} {
		if got := r.ids(c.q); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestARowSaysHowAMessageStands(t *testing.T) {
	r := newRoom(t)
	three(r)
	r.put(mail{id: "a0004", sender: "<>", to: "<x@y.example>", held: "too many links"})
	r.write("qfa0005", "not a control file\n")
	r.write("dfa0005", "x")
	r.write("Qfa0006", "V8\nT1\n")
	r.standing.InHand = map[string]bool{"a0002": true}
	draft, err := r.store.Create()
	if err != nil {
		t.Fatal(err)
	}
	ada, bob := address.Address{Local: "ada", Domain: "partner.example"}, address.Address{Local: "bob", Domain: "x.example"}
	if _, err := draft.Commit(t.Context(), &mta.Envelope{
		ID: "a0001", Recipients: []mta.Recipient{{Address: ada, State: mta.Deferred}, {Address: bob, State: mta.Relayed}, {Address: bob, State: mta.Bounced}},
		Origin: mta.Origin{Protocol: "ESMTP", Name: "app"},
	}); err != nil {
		t.Fatal(err)
	}
	list, err := r.List.List(t.Context(), spool.WaitingQuery{Sort: spool.ByID})
	if err != nil {
		t.Fatal(err)
	}
	rows := r.rows(list.Keys...)
	if len(rows) != 6 || list.All != 6 {
		t.Fatalf("%d rows of %d", len(rows), list.All)
	}
	for i, want := range []spool.WaitingState{spool.WaitsDeferred, spool.WaitsSending, spool.WaitsHeld, spool.WaitsQuarantined, spool.WaitsBroken, spool.WaitsLost} {
		if rows[i].State != want {
			t.Errorf("%s is %s, want %s", rows[i].ID, rows[i].State, want)
		}
	}
	first := rows[0]
	if first.Done != 2 || first.Left != 1 || first.Origin.Name != "app" || first.Tries != 3 || first.Size != 10 || first.Host != "[127.0.0.1]:2525" ||
		!first.NextTry.Equal(noon.Add(20*time.Minute)) || !first.Expires.Equal(noon.Add(-time.Hour+5*24*time.Hour)) || first.Reply != "Deferred: Connection refused by [127.0.0.1]." {
		t.Errorf("the first row is %+v", first)
	}
	if second := rows[1]; second.Done != -1 || second.Hosts != 2 || second.Left != 2 {
		t.Errorf("the second row is %+v", second)
	}
	if third := rows[2]; !third.NextTry.IsZero() || !third.Expires.IsZero() || third.Why != daemon.HeldByUser {
		t.Errorf("the held row is %+v", third)
	}
	if rows[3].Why != "too many links" || !strings.Contains(rows[4].Why, "line 1") || rows[4].Done != -1 {
		t.Errorf("the reasons are %q and %q", rows[3].Why, rows[4].Why)
	}
}

func TestMessagesArePutTogetherByWhatTheyWaitFor(t *testing.T) {
	r := newRoom(t)
	for i := range 5 {
		r.put(mail{id: fmt.Sprintf("b%04d", i), sender: "<a@b.example>", to: fmt.Sprintf("<user%d@d%d.example>", i, i%2), tries: 1, size: 100, age: time.Duration(i) * 4 * time.Minute,
			status: fmt.Sprintf("Deferred: 451 4.7.1 <user%d@d%d.example>: Greylisted, try again in %d seconds", i, i%2, 200+i)})
	}
	r.put(mail{id: "b0009", sender: "<a@b.example>", to: "root"})
	groups := func(by spool.WaitingBy) string {
		all, err := r.Groups(t.Context(), by, spool.WaitingQuery{})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, g := range all {
			out = append(out, fmt.Sprintf("%s: %d, %d octets, %s", g.Name, g.Count, g.Size, strings.Join(g.Domains, " ")))
		}
		return strings.Join(out, "\n")
	}
	for by, want := range map[spool.WaitingBy]string{
		spool.GroupHost:   "[127.0.0.1]:2525: 5, 500 octets, d0.example d1.example\nlocal: 1, 0 octets, ",
		spool.GroupReason: "451 4.7.1 <…>: Greylisted, try again in N seconds: 5, 500 octets, d0.example d1.example\nnot tried yet: 1, 0 octets, ",
		spool.GroupDomain: "d0.example: 3, 300 octets, d0.example\nd1.example: 2, 200 octets, d1.example\n(local): 1, 0 octets, ",
	} {
		if got := groups(by); got != want {
			t.Errorf("by %s:\n%s\nwant:\n%s", by, got, want)
		}
	}
	all, err := r.Groups(t.Context(), spool.GroupDomain, spool.WaitingQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := all[0].Ages[:4], []int{1, 1, 1, 0}; !slices.Equal(got, want) { // 0, 8 and 16 minutes old
		t.Errorf("ages %v, want %v", got, want)
	}
	if got := r.ids(spool.WaitingQuery{Domain: noDomain}); got != "b0009" {
		t.Errorf("without a domain: %q", got)
	}
}

func TestAListThatIsTheSameIsNotSentAgain(t *testing.T) {
	r := newRoom(t)
	three(r)
	ask := func(since uint64) spool.WaitingList {
		t.Helper()
		list, err := r.List.List(t.Context(), spool.WaitingQuery{Since: since})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	r.Index.Watch()
	defer r.Index.Close()
	ask(0)
	first := ask(0) // the watch has begun
	if again := ask(first.Version); !again.Same || again.Keys != nil {
		t.Errorf("nothing happened, and the answer is %+v", again)
	}
	for name, change := range map[string]func(){
		"a message comes":      func() { r.put(mail{id: "a0009", sender: "<a@b.example>", to: "<c@d.example>"}) },
		"a message is in hand": func() { r.standing.InHand = map[string]bool{"a0001": true} },
		"a run begins":         func() { r.standing.Busy = true },
		"tables lead elsewhere": func() {
			r.route("elsewhere.example")
		},
		"the clock is moved": func() { r.standing.Next = r.standing.Next.Add(-time.Hour) },
	} {
		before := ask(0).Version
		change()
		if list := ask(before); list.Same {
			t.Errorf("%s, and the list is called the same", name)
		}
	}
	if row := r.rows(KeyOf("a0001"))[0]; row.Host != "elsewhere.example" {
		t.Errorf("the host is %q still", row.Host)
	}
}

func TestWhatIsGoneIsLeftOut(t *testing.T) {
	r := newRoom(t)
	three(r)
	r.ids(spool.WaitingQuery{})
	for _, name := range []string{"qfa0001", "dfa0001"} {
		if err := os.Remove(filepath.Join(r.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.ids(spool.WaitingQuery{}); got != "a0003 a0002" {
		t.Errorf("left are %q", got)
	}
	if rows := r.rows(KeyOf("a0001"), KeyOf("a0002")); len(rows) != 1 {
		t.Errorf("%d rows", len(rows))
	}
	if _, _, err := r.ControlFile(t.Context(), KeyOf("a0001")); err == nil {
		t.Error("a control file that is gone was read")
	}
	path, text, err := r.ControlFile(t.Context(), KeyOf("a0002"))
	if err != nil || filepath.Base(path) != "qfa0002" || !strings.HasPrefix(string(text), "V8\n") {
		t.Errorf("%s: %q, %v", path, text, err)
	}
}

func BenchmarkFirstLook(b *testing.B) {
	all := make([]*queue.Message, 100_000)
	for i := range all {
		m := &queue.Message{Kind: "qf", ID: fmt.Sprintf("6AN%05xAA%04d", i, i%10000), Size: 9}
		m.Summary.Priority, m.Summary.Status = int64(30000+i), fmt.Sprintf("Deferred: 451 4.7.1 <u%d@d.example>: Greylisted, try again in %d seconds", i, i)
		all[i] = m
	}
	for b.Loop() {
		k := &look{parts: [][]*queue.Message{all}}
		k.fill(nil)
		found := k.find(spool.WaitingQuery{})
		k.sort(found, spool.WaitingQuery{})
	}
}
