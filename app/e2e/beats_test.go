package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// beats is what a watched window wrote in some time (tag uiwatch), in milliseconds. A function that is posted to the goroutine that paints
// waits for frames and for other functions: the first is how fast GL is, the second what the program does there itself.
type beats struct {
	frames, apart []float64      // how long each frame took, and from the beginning of one to that of the next
	waits, ours   []float64      // how long functions waited, and without the frames
	busy          map[string]int // what kept functions over 50 ms, and how often
	stuck         []string       // the same where it was not frames, with how long
}

func readBeats(t testing.TB, r io.Reader) beats {
	t.Helper()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	out := beats{busy: map[string]int{}}
	last := 0.0
	for line := range strings.Lines(string(text)) {
		var kind string
		var at, took, painting float64
		n, _ := fmt.Sscan(line, &kind, &at, &took, &painting)
		switch {
		case n >= 3 && kind == "frame":
			out.frames = append(out.frames, took/1000)
			if last > 0 {
				out.apart = append(out.apart, (at-last)/1000)
			}
			last = at
		case n == 4 && kind == "wait":
			out.waits, out.ours = append(out.waits, took/1000), append(out.ours, (took-painting)/1000)
			what := strings.SplitN(strings.TrimSpace(line), " ", 5)
			if len(what) < 5 {
				continue
			}
			out.busy[what[4]]++
			if took-painting > 50_000 {
				out.stuck = append(out.stuck, fmt.Sprintf("%.0f ms, %s", (took-painting)/1000, what[4]))
			}
		}
	}
	return out
}

// spread gives median, 95th percentile and maximum.
func spread(ms []float64) string {
	if len(ms) == 0 {
		return "none"
	}
	return fmt.Sprintf("p50 %.1f, p95 %.1f, longest %.1f ms", quantile(ms, 50), quantile(ms, 95), quantile(ms, 100))
}

// quantile gives the number that percent of all are not above, 0 where there is none.
func quantile(ms []float64, percent int) float64 {
	if len(ms) == 0 {
		return 0
	}
	ms = slices.Sorted(slices.Values(ms))
	return ms[min(len(ms)*percent/100, len(ms)-1)]
}

// measure prints how the window fared while something was done.
func (p *server) measure(b *testing.B, watch string, do func()) {
	f, err := os.Open(watch)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Seek(0, io.SeekEnd); err != nil {
		b.Fatal(err)
	}
	began, cpu := time.Now(), p.cpu(b)
	do()
	share := (p.cpu(b) - cpu) / float64(time.Since(began).Milliseconds())
	got := readBeats(b, f)
	if len(got.waits) == 0 {
		b.Fatal("nothing was measured")
	}
	fmt.Printf("%s: functions wait %s; without frames %s\n", b.Name(), spread(got.waits), spread(got.ours))
	fmt.Printf("%s: %d frames take %s; apart %s; %.0f %% of a core; %.0f MB\n", b.Name(), len(got.frames), spread(got.frames), spread(got.apart), 100*share, p.proc(b, "VmRSS:"))
	most := slices.SortedFunc(maps.Keys(got.busy), func(x, y string) int { return got.busy[y] - got.busy[x] })
	for _, text := range most[:min(len(most), 3)] {
		fmt.Printf("%s: over 50 ms, %d times: %s\n", b.Name(), got.busy[text], text)
	}
	b.ReportMetric(quantile(got.waits, 95), "ms-wait-p95")
	b.ReportMetric(quantile(got.frames, 95), "ms-frame-p95")
	b.ReportMetric(0, "ns/op")
}

// bareWindow prints what frames take of which nothing is ours.
func bareWindow(b *testing.B, screen string) {
	bare := filepath.Join(b.TempDir(), "bare")
	if out, err := exec.Command("go", "build", "-o", bare, "./testdata/bare").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for _, texts := range []string{"0", "100"} {
		cmd := exec.Command(bare, texts)
		cmd.Env = []string{"DISPLAY=" + screen, "HOME=" + b.TempDir(), "PATH=" + os.Getenv("PATH")}
		out, err := cmd.Output()
		if err != nil {
			b.Fatal(err)
		}
		got := readBeats(b, bytes.NewReader(out))
		used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		fmt.Printf("%s: with %s texts, %d frames take %s; apart %s; %v of processor time in all\n", b.Name(), texts, len(got.frames), spread(got.frames), spread(got.apart), used.Round(time.Millisecond))
		b.ReportMetric(quantile(got.frames, 95), "ms-frame-p95-"+texts+"-texts")
	}
	b.ReportMetric(0, "ns/op")
}

// standstill is what nothing may keep the goroutine that paints, in milliseconds, on any machine: as long as anybody here waits for it.
const standstill = 30_000

// reportBeats notes in build/busy.txt what kept the goroutine that paints over 50 ms while the test ran, but for frames. It fails the test
// for a standstill only: on a machine that does other things at once, anything may take long.
func reportBeats(t *testing.T, watch string) {
	t.Helper()
	f, err := os.Open(watch)
	if err != nil {
		t.Errorf("the window was not watched: %v", err)
		return
	}
	defer f.Close()
	got := readBeats(t, f)
	if len(got.stuck) == 0 {
		return
	}
	if longest := quantile(got.ours, 100); longest > standstill {
		t.Errorf("the window stood still for %.0f ms", longest)
	}
	text := fmt.Sprintf("%s: of %d functions %d were kept over 50 ms:\n\t%s\n", t.Name(), len(got.waits), len(got.stuck), strings.Join(got.stuck, "\n\t"))
	t.Log(text)
	dir := filepath.Join("..", "..", "build")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := os.OpenFile(filepath.Join(dir, "busy.txt"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Error(err)
		return
	}
	_, err = out.WriteString(text)
	if err = errors.Join(err, out.Close()); err != nil {
		t.Error(err)
	}
}
