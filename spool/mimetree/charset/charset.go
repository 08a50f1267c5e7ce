// Package charset turns the bytes of mail into UTF-8: by the name of their
// character set, by a guess where none is given, and out of RFC 2047 encoded words.
//
// It never refuses bytes: what a character set cannot say becomes U+FFFD, and an
// unknown character set is read as Guess reads it, with ErrUnknown beside the text. Every
// string that leaves the package is valid UTF-8. Names are those of the
// WHATWG encoding standard, which is how mail readers treat them: "iso-8859-1" means
// windows-1252 and "gb2312" means GB 18030; to them come the names that
// mail uses and browsers do not, among them UTF-7 (RFC 2152) and HZ (RFC 1843).
//
// Whoever calls limits the length; the package's own memory is a small multiple of it.
package charset

import (
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// ErrUnknown says that no character set has that name.
var ErrUnknown = errors.New("charset: unknown character set")

const replacement = "\uFFFD"

// Decode gives b, written in the named character set, as UTF-8. The name is
// taken without regard to case, blanks and quotes; "" and "us-ascii" mean Guess.
// Where the name is unknown the text is Guess's and the error ErrUnknown.
func Decode(name string, b []byte) (string, error) {
	switch name = normal(name); name {
	case "", "us-ascii", "ascii", "ansi_x3.4-1968", "7bit", "8bit", "default", "unknown-8bit", "x-unknown":
		return Guess(b), nil
	case "utf-8", "utf8", "unicode-1-1-utf-8", "utf8mb4", "x-utf-8":
		return strings.ToValidUTF8(string(b), replacement), nil
	case "utf-7", "utf7", "unicode-1-1-utf-7", "x-unicode-2-0-utf-7":
		return utf7(b), nil
	}
	enc := find(name)
	if enc == nil {
		return Guess(b), ErrUnknown
	}
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil { // x/text replaces what it cannot read; what is left is an odd end
		return strings.ToValidUTF8(string(out), replacement) + replacement, nil
	}
	return strings.ToValidUTF8(string(out), replacement), nil
}

// Guess gives b as UTF-8 when it is valid UTF-8, and read as windows-1252 otherwise.
func Guess(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var s strings.Builder
	s.Grow(len(b) + len(b)/4)
	for _, c := range b {
		if c < utf8.RuneSelf {
			s.WriteByte(c)
		} else {
			s.WriteRune(charmap.Windows1252.DecodeByte(c))
		}
	}
	return s.String()
}

// normal is a name as the tables hold it.
func normal(name string) string {
	return strings.ToLower(strings.Trim(name, " \t\r\n\"'"))
}

// find gives the encoding behind a normal name, nil when there is none.
func find(name string) encoding.Encoding {
	switch name {
	case "gb2312", "gbk", "x-gbk", "cn-gb", "gb_2312-80", "gb18030", "cp936", "ms936", "windows-936", "euc-cn":
		return simplifiedchinese.GB18030 // the superset of the three
	case "hz-gb-2312", "hz":
		return simplifiedchinese.HZGB2312
	case "utf-16", "utf16":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM) // RFC 2781 §4.3
	case "cp932", "ms932", "windows-932":
		name = "shift_jis"
	case "cp949", "ms949", "windows-949":
		name = "euc-kr"
	case "cp950", "ms950", "windows-950":
		name = "big5"
	case "iso-8859-8-i", "iso-8859-8-e":
		name = "iso-8859-8"
	}
	if strings.HasPrefix(name, "cp125") {
		name = "windows-" + name[2:]
	}
	if enc, err := htmlindex.Get(name); err == nil && enc != encoding.Replacement {
		return enc
	}
	if enc, err := ianaindex.MIME.Encoding(name); err == nil && enc != nil {
		return enc
	}
	return nil
}
