package fidelity

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postroom.dev/ui/mailhtml"
	"postroom.dev/ui/mailhtml/css"
	"postroom.dev/ui/mailhtml/display"
	"postroom.dev/ui/mailhtml/layout"
	"postroom.dev/ui/mailhtml/paint"
)

// folders gives the folders of kept templates.
func folders(t testing.TB) []string {
	t.Helper()
	found, err := filepath.Glob("testdata/*/LICENSE")
	if err != nil || len(found) < 5 {
		t.Fatalf("%d folders, %v", len(found), err)
	}
	for i, f := range found {
		found[i] = filepath.Dir(f)
	}
	return found
}

// compared compares a kept folder.
func compared(t testing.TB, dir string) []Row {
	t.Helper()
	templates, err := Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	all, err := ReadGeometry(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != len(templates)*len(Widths) {
		t.Fatalf("%s: %d templates at %d widths, but Chromium laid out %d: update them", dir, len(templates), len(Widths), len(all))
	}
	rows, err := CompareAll(templates, all, Faces())
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// worse are the templates that do not pass, and how many lines of theirs are broken otherwise than in Chromium.
var worse = map[string]int{"foundation/order@800": 1, "saleor/admin-staff-confirm-order@800": 3}

func TestRealTemplatesAreLaidOutAsInChromium(t *testing.T) {
	n := 0
	for _, dir := range folders(t) {
		for _, r := range compared(t, dir) {
			n++
			name := fmt.Sprintf("%s/%s@%d", filepath.Base(dir), r.Name, r.Width)
			miss := r.Score.Lines - r.Score.SameLines
			if miss > worse[name] || 10*r.Score.NearBoxes < 9*r.Score.Boxes {
				t.Errorf("%s: %d of %d lines, %d of %d boxes; %.600v", name, r.Score.SameLines, r.Score.Lines, r.Score.NearBoxes, r.Score.Boxes, r.Score.Different)
			}
			if miss < worse[name] {
				t.Errorf("%s has become better: %d lines differ, not %d", name, miss, worse[name])
			}
		}
	}
	if n < 80 {
		t.Errorf("only %d comparisons", n)
	}
}

func TestThePageHasTheResults(t *testing.T) {
	results, err := Results("../../../docs/preview.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range folders(t) {
		rows := compared(t, dir)
		if !strings.Contains(results, Table(rows)) || !strings.Contains(results, Sum(rows)) {
			t.Errorf("docs/preview.md has other results for %s: go run ./ui/mailhtml/fidelity/compare -update", filepath.Base(dir))
		}
	}
}

// TestChromiumAnswersAsKept asks the Chromium of this machine about one folder.
func TestChromiumAnswersAsKept(t *testing.T) {
	templates, err := Folder("testdata/mailgun")
	if err != nil {
		t.Fatal(err)
	}
	want, err := ReadGeometry("testdata/mailgun")
	if err != nil {
		t.Fatal(err)
	}
	fonts, err := filepath.Abs("../../../assets/fonts")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	got, err := Ask(ctx, t.TempDir(), fonts, Jobs(templates))
	if errors.Is(err, ErrNoChromium) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	far := 0
	for i, g := range got {
		if len(g.Boxes) != len(want[i].Boxes) || len(g.Lines) != len(want[i].Lines) {
			t.Errorf("%s: %d boxes and %d lines, not %d and %d", g.Name, len(g.Boxes), len(g.Lines), len(want[i].Boxes), len(want[i].Lines))
			continue
		}
		for k, b := range g.Boxes {
			for e := range b {
				if math.Abs(b[e]-want[i].Boxes[k][e]) > Near {
					far++
				}
			}
		}
	}
	if far > 0 {
		t.Errorf("%d edges lie elsewhere than when Chromium was last asked", far)
	}
}

// BenchmarkPreview lays out every kept template at the width of a window and draws its first view, as the Preview tab does.
func BenchmarkPreview(b *testing.B) {
	for _, dir := range folders(b) {
		templates, err := Folder(dir)
		if err != nil {
			b.Fatal(err)
		}
		for _, j := range Jobs(templates) {
			if j.Width != Widths[0] {
				continue
			}
			b.Run(filepath.Base(dir)+"/"+j.Name, func(b *testing.B) {
				faces := Faces()
				for b.Loop() {
					res, err := mailhtml.Parse(j.HTML).Lay(context.Background(), layout.Options{
						Screen: css.Screen{Width: 700, Height: 600}, Measurer: faces,
						Picture: func(string) (float32, float32, bool) { return pictureWidth, pictureHeight, true },
					})
					if err != nil {
						b.Fatal(err)
					}
					paint.New(faces, nil).Paint(res.List, display.Rect{W: 700, H: 600}, 1)
				}
			})
		}
	}
}
