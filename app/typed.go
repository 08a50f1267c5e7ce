package app

import (
	"errors"
	"io"
	"net"
)

// typed is an SMTP session as somebody types it, or a script prints it. Where its first line ends with LF alone, each LF gets the
// CR that RFC 5321 §2.3.8 asks for: nobody can end a message otherwise. A program that writes CR LF is passed on octet for octet.
type typed struct {
	from io.Reader

	begun, bare bool // a line has ended; it ended with LF alone
	last        byte
	rest        []byte // to be given
	err         error  // to be given then
}

func (t *typed) Read(p []byte) (int, error) {
	for len(t.rest) == 0 {
		if t.err != nil {
			return 0, t.err
		}
		buf := make([]byte, 4096)
		var n int
		n, t.err = t.from.Read(buf)
		t.rest = t.ends(buf[:n])
	}
	n := copy(p, t.rest)
	t.rest = t.rest[n:]
	return n, nil
}

// ends gives text with its line ends.
func (t *typed) ends(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for _, c := range text {
		if c == '\n' && !t.begun {
			t.begun, t.bare = true, t.last != '\r'
		}
		if c == '\n' && t.bare && t.last != '\r' {
			out = append(out, '\r')
		}
		out, t.last = append(out, c), c
	}
	return out
}

// halves is net.Pipe of which one direction can be closed, as with a socket: the end of what is typed is not the end of the
// replies. There is no deadline for reading at the server's end.
func halves() (client, server net.Conn) {
	client, server = net.Pipe()
	r, w := io.Pipe()
	return clientHalf{client, w}, serverHalf{server, r}
}

type clientHalf struct {
	net.Conn
	out *io.PipeWriter
}

func (c clientHalf) Write(p []byte) (int, error) { return c.out.Write(p) }
func (c clientHalf) CloseWrite() error           { return c.out.Close() }
func (c clientHalf) Close() error                { return errors.Join(c.out.Close(), c.Conn.Close()) }

type serverHalf struct {
	net.Conn
	in *io.PipeReader
}

func (s serverHalf) Read(p []byte) (int, error) { return s.in.Read(p) }
func (s serverHalf) Close() error               { return errors.Join(s.in.Close(), s.Conn.Close()) }
