package charset

import (
	"strings"
	"unicode/utf16"
)

// utf7 reads RFC 2152: runs of base64 UTF-16 between "+" and whatever is not base64.
func utf7(b []byte) string {
	var s strings.Builder
	for i := 0; i < len(b); {
		if b[i] != '+' {
			if b[i] < 0x80 {
				s.WriteByte(b[i])
			} else {
				s.WriteString(replacement) // RFC 2152 has no such octets
			}
			i++
			continue
		}
		i++
		if i < len(b) && b[i] == '-' {
			s.WriteByte('+')
			i++
			continue
		}
		var units []uint16
		var bits uint32
		var n uint
		for ; i < len(b); i++ {
			v := sextet(b[i])
			if v < 0 {
				break
			}
			bits, n = bits<<6|uint32(v), n+6
			if n >= 16 {
				n -= 16
				units = append(units, uint16(bits>>n))
				bits &= 1<<n - 1
			}
		}
		s.WriteString(string(utf16.Decode(units)))
		if i < len(b) && b[i] == '-' {
			i++
		}
	}
	return s.String()
}

// sextet is the value of a base64 letter, -1 for any other octet.
func sextet(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}
