package fidelity

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"postroom.dev/ui/mailhtml"
	"postroom.dev/ui/mailhtml/css"
	"postroom.dev/ui/mailhtml/display"
	"postroom.dev/ui/mailhtml/layout"
	"postroom.dev/ui/mailhtml/paint"
)

// The size of a shot, in pixels.
const shotWidth, shotHeight = 320, 440

// The page of gradients and how Chromium draws it, in testdata.
const (
	GradientPage = "gradients/page.html"
	GradientShot = "gradients/chromium.png"
)

// AskShot has Chromium draw a document, as a PNG file. ErrNoChromium where there is none.
func AskShot(ctx context.Context, dir, page string) ([]byte, error) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		return nil, ErrNoChromium
	}
	shot := filepath.Join(dir, "shot.png")
	cmd := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
		"--force-device-scale-factor=1", "--force-color-profile=srgb", "--window-size="+strconv.Itoa(shotWidth)+","+strconv.Itoa(shotHeight),
		"--host-resolver-rules=MAP * ~NOTFOUND", "--user-data-dir="+filepath.Join(dir, "profile"), "--screenshot="+shot, "file://"+page)
	cmd.Env = append(os.Environ(), "HOME="+dir)
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("chromium: %w", err)
	}
	return os.ReadFile(shot)
}

// Shot draws the beginning of a document here.
func Shot(source string, dark bool) (*image.RGBA, error) {
	faces := Faces()
	res, err := mailhtml.Parse(source).Lay(context.Background(), layout.Options{
		Screen: css.Screen{Width: shotWidth, Height: shotHeight, Dark: dark}, Measurer: faces,
	})
	if err != nil {
		return nil, err
	}
	return paint.New(faces, nil).Paint(res.List, display.Rect{W: shotWidth, H: shotHeight}, 1), nil
}

// OffPixels counts the pixels of a picture that are not nearly as in a PNG file: off by more than 3 of 255 in any channel.
func OffPixels(m *image.RGBA, file []byte) (off, all int, err error) {
	other, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		return 0, 0, err
	}
	if other.Bounds() != m.Rect {
		return 0, 0, fmt.Errorf("the picture is of %v, not of %v", other.Bounds(), m.Rect)
	}
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			r, g, b, _ := other.At(x, y).RGBA()
			c := m.RGBAAt(x, y)
			for _, d := range [3]int{int(c.R) - int(r>>8), int(c.G) - int(g>>8), int(c.B) - int(b>>8)} {
				if d > 3 || d < -3 {
					off++
					break
				}
			}
		}
	}
	return off, m.Rect.Dx() * m.Rect.Dy(), nil
}
