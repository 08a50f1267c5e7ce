package picture

import (
	"bytes"
	"encoding/base64"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"
)

func pngOf(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.White, color.Black})); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// webpOf is a WebP picture of one pixel, lossless.
const webpOf = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="

func TestPicturesAreKnownByTheirFirstOctets(t *testing.T) {
	var j, g bytes.Buffer
	if err := errors.Join(jpeg.Encode(&j, image.NewGray(image.Rect(0, 0, 3, 4)), nil), gif.Encode(&g, image.NewGray(image.Rect(0, 0, 5, 6)), nil)); err != nil {
		t.Fatal(err)
	}
	w, err := base64.StdEncoding.DecodeString(webpOf)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name          string
		file          []byte
		width, height float32
	}{
		{"PNG", pngOf(t, 7, 8), 7, 8}, {"JPEG", j.Bytes(), 3, 4}, {"GIF", g.Bytes(), 5, 6}, {"WebP", w, 1, 1},
	} {
		a := NewAlbum()
		if err := a.Add("cid:x", c.file); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if w, h, ok := a.Size("cid:x"); w != c.width || h != c.height || !ok {
			t.Errorf("%s is %v by %v, %v", c.name, w, h, ok)
		}
		if img := a.Image("cid:x"); img == nil || img.Bounds().Dx() != int(c.width) {
			t.Errorf("%s is not decoded", c.name)
		}
	}
}

func TestPicturesThatAreNotTaken(t *testing.T) {
	a := NewAlbum()
	if err := a.Add("x", []byte("<html><svg xmlns='http://www.w3.org/2000/svg'/></html>")); !errors.Is(err, ErrFormat) {
		t.Errorf("HTML: %v", err)
	}
	if err := a.Add("x", append(pngOf(t, 1, 1), make([]byte, MaxFile)...)); !errors.Is(err, ErrLarge) {
		t.Errorf("a large file: %v", err)
	}
	huge := pngOf(t, 1, 1) // the head says 30,000 by 30,000
	copy(huge[16:24], []byte{0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30})
	sum := crc32.ChecksumIEEE(huge[12:29])
	copy(huge[29:33], []byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
	if err := a.Add("x", huge); !errors.Is(err, ErrLarge) {
		t.Errorf("a huge picture: %v", err)
	}
	if err := a.Add("x", pngOf(t, 1, 1)[:20]); err == nil {
		t.Error("a head cut short was taken")
	}
	if _, _, ok := a.Size("x"); ok || a.Image("x") != nil {
		t.Error("there is a picture after all")
	}
}

func TestAPictureThatIsBrokenBehindItsHeadIsNotThereOnceThatIsKnown(t *testing.T) {
	a := NewAlbum()
	whole := pngOf(t, 50, 50)
	if err := a.Add("x", whole[:len(whole)-20]); err != nil {
		t.Fatal(err)
	}
	if a.Image("x") != nil {
		t.Error("half a picture was decoded")
	}
	if _, _, ok := a.Size("x"); ok {
		t.Error("it still has a size")
	}
}

func TestDataAddresses(t *testing.T) {
	file := base64.StdEncoding.EncodeToString(pngOf(t, 2, 3))
	for _, c := range []struct {
		source string
		ok     bool
	}{
		{"data:image/png;base64," + file, true},
		{"DATA:;BASE64, " + file[:10] + "\r\n " + file[10:], true},
		{"data:image/png;base64,%" + file, false},
		{"data:image/png," + file, false},
		{"data:", false}, {"cid:x", false}, {"data:text/html,<b>", false},
	} {
		a := NewAlbum()
		if err := a.AddData(c.source); (err == nil) != c.ok {
			t.Errorf("%.40q: %v", c.source, err)
		}
	}
}

func FuzzAlbum(f *testing.F) {
	f.Add(pngOf(f, 2, 2))
	f.Add([]byte("GIF89a"))
	if w, err := base64.StdEncoding.DecodeString(webpOf); err == nil {
		f.Add(w)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a := NewAlbum()
		if a.Add("x", b) == nil {
			a.Image("x")
		}
		_ = a.AddData(string(b)) // whatever it says
	})
}
