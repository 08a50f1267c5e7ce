package dsn

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"strconv"
	"strings"

	"postroom.dev/mta"
)

// quoted is what must be known of the original before the first byte of the report is written.
type quoted struct {
	boundary string
	eight    bool // the quoted bytes go beyond ASCII
	body     bool // quote the body too
}

// examine reads what will be quoted once and chooses a boundary that neither it nor the report's own text holds.
func examine(r *Report, own string) (quoted, error) {
	seen := sieve{find: []byte(boundary(r, "")), hash: sha256.New()}
	io.WriteString(&seen, own)
	io.WriteString(&seen, "\n")
	seen.eight = false
	q := quoted{
		boundary: string(seen.find),
		// A BINARYMIME body could not be quoted byte for byte in lines (RFC 3030 §3).
		body: r.Kind != Receipt && !r.HeaderOnly && r.Envelope.Return != mta.ReturnHeaders && r.Envelope.Body != mta.BodyBinaryMIME,
	}
	if r.Content != nil {
		if err := r.original(&seen, q.body); err != nil {
			return q, err
		}
	}
	q.eight = seen.eight
	if seen.found {
		// A text cannot hold its own hash, so no random numbers are needed.
		q.boundary = boundary(r, hex.EncodeToString(seen.hash.Sum(nil)[:12]))
	}
	return q, nil
}

// boundary is sendmail's ID.TIME/HOST, with extra before it, in the letters of RFC 2046 §5.1.1 and not longer than the
// 70 that it allows.
func boundary(r *Report, extra string) string {
	b := extra + r.ID + "." + strconv.FormatInt(r.Time.Unix(), 10) + "/" + r.Host
	b = strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("'()+_,-./:=?", c) {
			return c
		}
		return '-'
	}, b)
	if len(b) > 70 {
		b = b[:70]
	}
	return b
}

// sieve looks for a boundary and for octets beyond ASCII in what is written to it, and hashes it.
type sieve struct {
	find  []byte
	last  []byte // the end of what was written, where a boundary may begin
	hash  hash.Hash
	found bool
	eight bool
}

func (s *sieve) Write(p []byte) (int, error) {
	s.hash.Write(p)
	if !s.found {
		over := min(len(p), len(s.find)-1)
		s.found = bytes.Contains(append(s.last, p[:over]...), s.find) || bytes.Contains(p, s.find)
		s.last = append(s.last, p[max(0, len(p)-len(s.find)+1):]...)
		s.last = append(s.last[:0], s.last[max(0, len(s.last)-len(s.find)+1):]...)
	}
	if !s.eight {
		for _, c := range p {
			if c >= 0x80 {
				s.eight = true
				break
			}
		}
	}
	return len(p), nil
}

// quote writes the last part, with the empty line that ends its own header.
func (r *Report) quote(b *bufio.Writer, q quoted) error {
	line(b, "--"+q.boundary)
	if q.body {
		line(b, "Content-Type: message/rfc822")
	} else {
		line(b, "Content-Type: text/rfc822-headers")
	}
	if q.eight {
		line(b, "Content-Transfer-Encoding: 8bit")
	}
	line(b, "")
	return r.original(b, q.body)
}

// original writes the original as it is quoted: the return path, the added fields, the header, and the body if asked for. Each
// line ends in CRLF. A line that is no field ends the header, as it does for sendmail; an empty line is put before it.
func (r *Report) original(w io.Writer, body bool) error {
	content, err := r.Content.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	io.WriteString(w, "Return-Path: "+printable(r.Envelope.Sender.Path())+"\r\n")
	in := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(r.Envelope.Added), content), 32<<10)
	head, size, start := true, 0, true
	for {
		piece, err := in.ReadSlice('\n')
		whole := err == nil
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) && !errors.Is(err, io.EOF) {
			return err
		}
		if head && start && len(piece) > 0 {
			text := bytes.TrimRight(piece, "\r\n")
			if len(text) == 0 || !isField(text) {
				head = false
				if len(text) > 0 && body {
					io.WriteString(w, "\r\n")
				}
			}
		}
		if size += len(piece); !body && (!head || size > maxHeader) {
			return nil
		}
		end := piece
		if whole {
			end = bytes.TrimSuffix(piece[:len(piece)-1], []byte("\r"))
		} else if err != nil && errors.Is(err, bufio.ErrBufferFull) && piece[len(piece)-1] == '\r' {
			end = piece[:len(piece)-1] // its LF may be next
			if err := in.UnreadByte(); err != nil {
				return err
			}
		}
		if _, err := w.Write(end); err != nil {
			return err
		}
		start = whole
		if whole || errors.Is(err, io.EOF) && len(piece) > 0 {
			io.WriteString(w, "\r\n")
		}
		if errors.Is(err, io.EOF) {
			if head && body {
				io.WriteString(w, "\r\n") // there is no body, but the header ends here
			}
			return nil
		}
	}
}

// isField says that a line belongs to a header: a continuation, or a name and a colon.
func isField(text []byte) bool {
	if text[0] == ' ' || text[0] == '\t' {
		return true
	}
	name, _, ok := bytes.Cut(text, []byte(":"))
	name = bytes.TrimRight(name, " \t")
	return ok && len(name) > 0 && !bytes.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c == 0x7f })
}
