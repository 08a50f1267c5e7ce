package e2e

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

const million = 1_000_000

// fillByHand makes a million records of a store that no program has open: by SMTP it would take minutes.
func fillByHand(b *testing.B, home string) {
	b.Helper()
	for _, step := range []struct{ file, text string }{
		{"store.db", `INSERT INTO message(id, queue_id, size, read) WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < %[1]d) SELECT i, 'h' || i, 300, i %% 3 = 0 FROM n;
			INSERT INTO record(id, envelope, subject, from_, to_, cc, date, message_id, bytes)
			SELECT id, '{"ID":"' || queue_id || '","Sender":{"Local":"s","Domain":"load.example"},"Recipients":[{"Address":{"Local":"n' || (id %% 500) || '","Domain":"example.com"},"State":"caught"}],"Arrival":"2026-01-01T00:00:00Z","Origin":{"Protocol":"ESMTP","UID":-1}}',
				'message ' || id, 'Sender ' || (id * 7919 %% 1000) || ' <s@load.example>', 'n@example.com', '', '', '', CAST('Subject: message ' || id || X'0D0A0D0A' || 'text' AS BLOB) FROM message WHERE id >= 10;
			INSERT INTO rcpt(address, record, state) SELECT 'n' || (id %% 500) || '@example.com', id, 'caught' FROM message WHERE id >= 10 ORDER BY 1, 2;`},
		{"search.db", `INSERT INTO entry(id, attachments, arrived, size, from_, subject, facets, snippet) WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < %[1]d)
				SELECT i, 0, 1767225600000 + i, 300, 'sender ' || (i * 7919 %% 1000), 'message ' || i, '[]', 'text' FROM n;
			INSERT INTO words(rowid, "from", "to", cc, subject, body) SELECT id, 'sender', 'n', '', 'message ' || (id %% 1000), 'text' FROM entry WHERE id >= 10;`},
	} {
		db, err := sql.Open("sqlite", filepath.Join(home, "store", step.file)+"?_pragma=synchronous(OFF)&_pragma=cache_size(-200000)")
		if err != nil {
			b.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		if _, err := db.Exec("BEGIN;" + fmt.Sprintf(step.text, million) + "COMMIT;"); err != nil {
			b.Fatalf("%s: %v", step.file, err)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWindow measures the window over a million records: until it has painted, at rest, while its list is scrolled, and while 500
// messages a second arrive. Program, X server, software GL and the load all share the machine: beside our frames stand those of a window of
// Fyne's with nothing in it but texts, which are what a frame costs there at least.
func BenchmarkWindow(b *testing.B) {
	xdotool, err := exec.LookPath("xdotool")
	if err != nil {
		b.Skip("no xdotool")
	}
	p := benchServer(b)
	if _, err := (load{sessions: 1, messages: 1, size: 1 << 10}).send(p.smtp); err != nil {
		b.Fatal(err)
	}
	p.settle(b)
	p.stop()
	began := time.Now()
	fillByHand(b, p.home)
	fmt.Printf("%s: a million records made in %v\n", b.Name(), time.Since(began).Round(time.Second))
	screen := display(b, "1280x800")
	b.Run("bare-window", func(b *testing.B) { bareWindow(b, screen) })
	b.Run("first-paint", func(b *testing.B) { firstPaint(b, p.home) })
	b.Run("idle", func(b *testing.B) { // not watched: watching is work
		p.openWindow(b, screen)
		defer p.stop()
		p.quieten(b)
		cpu := p.cpu(b)
		time.Sleep(10 * time.Second)
		share := (p.cpu(b) - cpu) / 100
		fmt.Printf("%s: %.1f %% of a core; %.0f MB\n", b.Name(), share, p.proc(b, "VmRSS:"))
		b.ReportMetric(share, "%-core")
		b.ReportMetric(0, "ns/op")
	})

	watch := filepath.Join(b.TempDir(), "beats")
	p.openWindow(b, screen, "POSTROOM_UI_WATCH="+watch)
	defer p.stop()
	x := func(args ...string) {
		c := exec.Command(xdotool, args...)
		c.Env = []string{"DISPLAY=" + screen}
		if out, err := c.CombinedOutput(); err != nil {
			b.Fatalf("xdotool: %v: %s", err, out)
		}
	}
	phase := func(name string, do func()) {
		b.Run(name, func(b *testing.B) { p.measure(b, watch, do) })
	}
	arriving := func() {
		ticks := time.NewTicker(2 * time.Millisecond)
		defer ticks.Stop()
		if _, err := (load{sessions: 5, messages: 4000, size: 2 << 10, delivered: func(int) { <-ticks.C }}).send(p.smtp); err != nil {
			b.Error(err)
		}
	}
	phase("loading", func() { p.quieten(b) })
	phase("resting", func() { time.Sleep(5 * time.Second) })
	x("mousemove", "400", "400")
	phase("scrolling", func() { x("click", "--repeat", "250", "--delay", "16", "5") })
	phase("scrolled-down-500-a-second", arriving)
	x("key", "Home")
	phase("at-the-top-500-a-second", arriving)
}

// openWindow starts the program with its window, and waits until that has painted.
func (p *server) openWindow(b *testing.B, screen string, env ...string) {
	b.Helper()
	cmd := exec.Command(builtProgram(b, "postroom"), "--home", p.home)
	cmd.Env = append(env, "DISPLAY="+screen, "HOME="+filepath.Dir(p.home), "PATH="+os.Getenv("PATH"))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	p.cmd, p.smtp = cmd, ""
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.Fatal("the window does not paint")
		}
		if _, err := dialHome(p.home, "control.sock"); err != nil {
			continue
		}
		s := p.status(b)
		if len(s.Listeners) > 0 && s.Listeners[0].Protocol == "SMTP" {
			p.smtp = s.Listeners[0].Address
		}
		if !s.Painted.IsZero() && p.smtp != "" {
			return
		}
	}
}

// quieten waits until the program has read all it reads at its start.
func (p *server) quieten(b *testing.B) {
	b.Helper()
	began := time.Now()
	for before := p.cpu(b); time.Since(began) < patience; {
		time.Sleep(time.Second)
		now := p.cpu(b)
		if now-before < 80 {
			break
		}
		before = now
	}
}
