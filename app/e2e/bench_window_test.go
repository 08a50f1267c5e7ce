package e2e

import (
	"database/sql"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
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
// messages a second arrive. The times are how long a function waited for the goroutine that paints (tag uiwatch).
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
	b.Run("first-paint", func(b *testing.B) { firstPaint(b, p.home) })

	watch := filepath.Join(b.TempDir(), "beats")
	screen := display(b, "1280x800")
	cmd := exec.Command(builtProgram(b, "postroom"), "--home", p.home)
	cmd.Env = []string{"DISPLAY=" + screen, "HOME=" + filepath.Dir(p.home), "PATH=" + os.Getenv("PATH"), "POSTROOM_UI_WATCH=" + watch}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	p.cmd, p.smtp = cmd, ""
	defer p.stop()
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
			break
		}
	}
	x := func(args ...string) {
		c := exec.Command(xdotool, args...)
		c.Env = []string{"DISPLAY=" + screen}
		if out, err := c.CombinedOutput(); err != nil {
			b.Fatalf("xdotool: %v: %s", err, out)
		}
	}
	phase := func(name string, do func() time.Duration) {
		b.Run(name, func(b *testing.B) {
			from, cpu := fileSize(b, watch), p.cpu(b)
			took := do()
			share := (p.cpu(b) - cpu) / float64(took.Milliseconds())
			waits, busy := beatsSince(b, watch, from)
			n := len(waits)
			if n == 0 {
				b.Fatal("nothing was measured")
			}
			p50, p95 := waits[n/2], waits[n*95/100]
			fmt.Printf("%s: waits p50 %.1f ms, p95 %.1f ms, longest %.1f ms; %.0f %% of a core; %.0f MB\n", b.Name(), p50, p95, waits[n-1], 100*share, p.proc(b, "VmRSS:"))
			most := slices.SortedFunc(maps.Keys(busy), func(x, y string) int { return busy[y] - busy[x] })
			for _, text := range most[:min(len(most), 3)] {
				fmt.Printf("%s: over 50 ms, %d times: %s\n", b.Name(), busy[text], text)
			}
			b.ReportMetric(p95, "ms-p95")
			b.ReportMetric(0, "ns/op")
		})
	}
	rest := func(d time.Duration) func() time.Duration {
		return func() time.Duration { time.Sleep(d); return d }
	}
	phase("loading", func() time.Duration { // until it is quiet
		began := time.Now()
		for before := p.cpu(b); time.Since(began) < patience; {
			time.Sleep(time.Second)
			now := p.cpu(b)
			if now-before < 80 {
				break
			}
			before = now
		}
		return time.Since(began)
	})
	phase("idle", rest(5*time.Second))
	x("mousemove", "400", "400")
	phase("scrolling", func() time.Duration {
		began := time.Now()
		x("click", "--repeat", "250", "--delay", "16", "5")
		return time.Since(began)
	})
	phase("arriving-500-a-second", func() time.Duration {
		ticks := time.NewTicker(2 * time.Millisecond)
		defer ticks.Stop()
		took, err := load{sessions: 5, messages: 4000, size: 2 << 10, delivered: func(int) { <-ticks.C }}.send(p.smtp)
		if err != nil {
			b.Error(err)
		}
		return took
	})
	x("key", "Home")
	phase("arriving-at-the-top", func() time.Duration {
		ticks := time.NewTicker(2 * time.Millisecond)
		defer ticks.Stop()
		took, err := load{sessions: 5, messages: 4000, size: 2 << 10, delivered: func(int) { <-ticks.C }}.send(p.smtp)
		if err != nil {
			b.Error(err)
		}
		return took
	})
}

func fileSize(b *testing.B, path string) int64 {
	b.Helper()
	fi, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	return fi.Size()
}

// beatsSince reads what was measured since, in milliseconds and in order, and what kept the painting goroutine long, with how often.
func beatsSince(b *testing.B, path string, from int64) (waits []float64, busy map[string]int) {
	b.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	busy = map[string]int{}
	for line := range strings.Lines(string(text[from:])) {
		number, what, _ := strings.Cut(strings.TrimSpace(line), " ")
		us, err := strconv.ParseFloat(number, 64)
		if err != nil {
			continue // half a line
		}
		waits = append(waits, us/1000)
		if what != "" {
			busy[what]++
		}
	}
	slices.Sort(waits)
	return waits, busy
}
