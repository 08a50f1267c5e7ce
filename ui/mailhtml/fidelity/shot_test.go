package fidelity

import (
	"context"
	"errors"
	"image/color"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// mostOff is how many of ten thousand pixels may be off: those of round corners and of sharp edges that lie between two pixels.
const mostOff = 20

func page(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", GradientPage))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// nearly wants this document drawn as in a PNG file.
func nearly(t *testing.T, file []byte) {
	t.Helper()
	m, err := Shot(page(t), false)
	if err != nil {
		t.Fatal(err)
	}
	off, all, err := OffPixels(m, file)
	if err != nil {
		t.Fatal(err)
	}
	if off*10_000 > all*mostOff {
		t.Errorf("%d of %d pixels have another colour than in Chromium", off, all)
	}
	t.Logf("%d of %d pixels differ", off, all)
}

func TestGradientsHaveTheColoursOfChromium(t *testing.T) {
	kept, err := os.ReadFile(filepath.Join("testdata", GradientShot))
	if err != nil {
		t.Fatal(err)
	}
	nearly(t, kept)
}

func TestChromiumStillDrawsGradientsSo(t *testing.T) {
	path, err := filepath.Abs(filepath.Join("testdata", GradientPage))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	file, err := AskShot(ctx, t.TempDir(), path)
	if errors.Is(err, ErrNoChromium) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	nearly(t, file)
}

func TestADarkScreenHasTheGradientsOfItsOwn(t *testing.T) {
	m, err := Shot(page(t), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []struct {
		x, y int
		want color.RGBA
	}{{2, 2, color.RGBA{0x10, 0x18, 0x20, 255}}, {160, 20, color.RGBA{0x20, 0x30, 0x40, 255}}} {
		if got := m.RGBAAt(p.x, p.y); got != p.want {
			t.Errorf("%d,%d is %v, not %v", p.x, p.y, got, p.want)
		}
	}
}
