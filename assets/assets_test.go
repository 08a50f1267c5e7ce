package assets

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"strings"
	"testing"
)

func TestEveryIconIsDrawnInTheColourAskedFor(t *testing.T) {
	names := Icons()
	if len(names) < 40 {
		t.Fatalf("%d icons", len(names))
	}
	for _, name := range names {
		b, err := Icon(name, color.NRGBA{R: 0x12, G: 0xab, B: 0x0f, A: 255})
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte("currentColor")) || !bytes.Contains(b, []byte(`"#12ab0f"`)) {
			t.Errorf("%s: colour not put in:\n%s", name, b)
		}
		checkShapes(t, name, b)
	}
}

// checkShapes wants well-formed XML in which every shape names its own fill and stroke.
func checkShapes(t *testing.T, name string, svg []byte) {
	t.Helper()
	d, shapes := xml.NewDecoder(bytes.NewReader(svg)), 0
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		el, ok := tok.(xml.StartElement)
		if !ok || el.Name.Local == "svg" {
			continue
		}
		shapes++
		has := map[string]bool{}
		for _, a := range el.Attr {
			has[a.Name.Local] = true
		}
		if !has["fill"] || !has["stroke"] {
			t.Errorf("%s: <%s> without fill or stroke", name, el.Name.Local)
		}
	}
	if shapes == 0 {
		t.Errorf("%s: nothing drawn", name)
	}
}

func TestAnUnknownIconIsAnError(t *testing.T) {
	if _, err := Icon("no-such-thing", color.NRGBA{}); !errors.Is(err, ErrNoIcon) {
		t.Errorf("error %v", err)
	}
}

func TestEveryFontIsThereWithItsLicence(t *testing.T) {
	for _, name := range []string{InterRegular, InterSemiBold, InterItalic, Mono} {
		if len(Font(name)) < 100_000 {
			t.Errorf("%s: %d bytes", name, len(Font(name)))
		}
		family, _, _ := strings.Cut(strings.TrimSuffix(strings.TrimSuffix(name, ".otf"), ".ttf"), "-")
		if _, err := fs.Stat(FS(), "fonts/"+family+"-LICENSE.txt"); err != nil {
			t.Error(err)
		}
	}
	if Font("Comic.ttf") != nil {
		t.Error("a font that is not there")
	}
	if _, err := fs.Stat(FS(), "icons/LICENSE"); err != nil {
		t.Error(err)
	}
}

func TestTheMarkIsAPictureOf256Pixels(t *testing.T) {
	m, err := png.DecodeConfig(bytes.NewReader(MarkPNG()))
	if err != nil || m.Width != 256 || m.Height != 256 {
		t.Errorf("%v %v", m, err)
	}
}
