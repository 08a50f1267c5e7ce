// Package assets holds the files that the program carries with it: fonts, icons and the program's mark.
//
// Fonts and icons are other people's work; their licences lie beside them and are embedded too. An icon is a Lucide drawing of
// 24 by 24 units in which currentColor stands wherever a colour belongs, so that one file serves every colour.
// The package knows nothing of windows: it gives bytes.
package assets

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"image/color"
	"io/fs"
	"strings"
)

//go:embed fonts icons translations icon.svg icon.png
var files embed.FS

// ErrNoIcon says that there is no icon of that name.
var ErrNoIcon = errors.New("no such icon")

// FS gives all files, by the names they have in this directory: "fonts/Inter-Regular.otf".
func FS() fs.FS { return files }

// Font gives a font file by its name without the directory. The names are constants below, so a missing one is a mistake in the
// program: the result is then nil.
func Font(name string) []byte {
	b, err := files.ReadFile("fonts/" + name)
	if err != nil {
		return nil
	}
	return b
}

// The fonts. DejaVu Sans Mono has no ligatures: in a transcript "TO:<" must stay four characters.
const (
	InterRegular  = "Inter-Regular.otf"
	InterSemiBold = "Inter-SemiBold.otf"
	InterItalic   = "Inter-Italic.otf"
	Mono          = "DejaVuSansMono.ttf"
)

// The fonts that mail is shown in: as wide as Arial, Times New Roman and Courier New, which mail is written for.
const (
	MailSans            = "LiberationSans-Regular.ttf"
	MailSansBold        = "LiberationSans-Bold.ttf"
	MailSansItalic      = "LiberationSans-Italic.ttf"
	MailSansBoldItalic  = "LiberationSans-BoldItalic.ttf"
	MailSerif           = "LiberationSerif-Regular.ttf"
	MailSerifBold       = "LiberationSerif-Bold.ttf"
	MailSerifItalic     = "LiberationSerif-Italic.ttf"
	MailSerifBoldItalic = "LiberationSerif-BoldItalic.ttf"
	MailMono            = "LiberationMono-Regular.ttf"
	MailMonoBold        = "LiberationMono-Bold.ttf"
)

// Icon gives the icon with this Lucide name as an SVG file drawn in one colour. ErrNoIcon.
func Icon(name string, c color.NRGBA) ([]byte, error) {
	b, err := files.ReadFile("icons/" + name + ".svg")
	if err != nil {
		return nil, fmt.Errorf("assets: icon %q: %w", name, ErrNoIcon)
	}
	return bytes.ReplaceAll(b, []byte("currentColor"), fmt.Appendf(nil, "#%02x%02x%02x", c.R, c.G, c.B)), nil
}

// Icons gives the names of all icons, sorted.
func Icons() []string {
	entries, err := files.ReadDir("icons")
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".svg"); ok {
			names = append(names, name)
		}
	}
	return names
}

// MarkPNG gives the program's mark, 256 by 256 pixels.
func MarkPNG() []byte {
	b, err := files.ReadFile("icon.png")
	if err != nil {
		return nil
	}
	return b
}
