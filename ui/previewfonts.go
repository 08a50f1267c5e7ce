//go:build !nogui

package ui

import (
	"bytes"
	"io"
	"log"
	"os"
	"path/filepath"
	"sync"

	"fyne.io/fyne/v2/theme"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/fontscan"

	"postroom.dev/ui/mailhtml/typeset"
)

// systemFaces finds faces among the system's fonts for characters that the mail fonts lack, and Fyne's emoji, as Fyne itself does for the window's text.
// The fonts are looked for once, when the first such character comes.
type systemFaces struct {
	mu    sync.Mutex
	fonts *fontscan.FontMap
	emoji *font.Face
	asked bool
}

func newSystemFaces() typeset.Fallback { return (&systemFaces{}).face }

func (s *systemFaces) face(r rune, picture bool) *font.Face {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.asked {
		s.asked = true
		if emoji := theme.DefaultEmojiFont(); emoji != nil {
			if f, err := font.ParseTTF(bytes.NewReader(emoji.Content())); err == nil {
				s.emoji = f
			}
		}
		fonts := fontscan.NewFontMap(log.New(io.Discard, "", 0))
		dir, err := os.UserCacheDir()
		if err != nil {
			dir = os.TempDir()
		}
		if fonts.UseSystemFonts(filepath.Join(dir, "postroom")) == nil {
			fonts.SetQuery(fontscan.Query{Families: []string{fontscan.SansSerif}})
			s.fonts = fonts
		}
	}
	if picture {
		if has(s.emoji, r) {
			return s.emoji
		}
		return nil
	}
	if s.fonts != nil {
		if f := s.fonts.ResolveFace(r); has(f, r) {
			return f
		}
	}
	if has(s.emoji, r) {
		return s.emoji
	}
	return nil
}

func has(f *font.Face, r rune) bool {
	if f == nil {
		return false
	}
	_, ok := f.NominalGlyph(r)
	return ok
}
