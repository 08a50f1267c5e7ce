package control

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Listing is what mailq asks for. The answer to POST /v1/mailq is a row of frames, each a letter, a length of 4 octets, and so
// many octets: o for standard output, e for standard error, and last x with the exit status in figures.
type Listing struct {
	Select  []string      `json:"select"`
	Verbose bool          `json:"verbose"`
	Order   string        `json:"order"`   // QueueSortOrder
	Max     int           `json:"max"`     // MaxQueueRunSize
	MinAge  time.Duration `json:"min_age"` // MinQueueAge
	Zone    string        `json:"zone"`    // TZ of the caller, where HasZone
	HasZone bool          `json:"has_zone"`
}

// maxFrame is how long a frame may be, in octets.
const maxFrame = 1 << 20

// Mailq has the program behind conn list its queue. It is not one of Client's methods because its start is most of what a
// mailq costs: one request in HTTP/1.0, and no machinery around it. begun says that something was written to stdout or
// stderr before an error came.
func Mailq(conn net.Conn, l Listing, stdout, stderr io.Writer) (exit int, begun bool, err error) {
	text, err := json.Marshal(l)
	if err != nil {
		return 0, false, err
	}
	if _, err := fmt.Fprintf(conn, "POST /v1/mailq HTTP/1.0\r\nHost: postroom\r\nContent-Length: %d\r\n\r\n%s", len(text), text); err != nil {
		return 0, false, err
	}
	in := bufio.NewReaderSize(conn, 64<<10)
	for status := ""; ; {
		line, err := in.ReadString('\n')
		if err != nil {
			return 0, false, fmt.Errorf("control socket: %w", err)
		}
		if status == "" {
			status = line
		}
		if line == "\r\n" {
			if len(status) < 12 || status[9:12] != "200" {
				return 0, false, fmt.Errorf("control socket: mailq: %q", status)
			}
			break
		}
	}
	for {
		var head [5]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return 0, begun, fmt.Errorf("control socket: mailq: the answer breaks off: %w", err)
		}
		n := int64(binary.BigEndian.Uint32(head[1:]))
		to := stdout
		switch {
		case n > maxFrame:
			return 0, begun, fmt.Errorf("control socket: mailq: a frame of %d octets", n)
		case head[0] == 'e':
			to = stderr
		case head[0] == 'x':
			figures, err := io.ReadAll(io.LimitReader(in, n))
			if err != nil {
				return 0, begun, err
			}
			exit, err = strconv.Atoi(string(figures))
			return exit, begun, err
		}
		begun = true
		if _, err := io.CopyN(to, in, n); err != nil {
			return 0, begun, err
		}
	}
}

// Lister lists the queue as mailq prints it.
type Lister interface {
	Mailq(ctx context.Context, l Listing, stdout, stderr io.Writer) (exit int, err error)
}

func (s server) mailq(w http.ResponseWriter, r *http.Request) {
	lister, ok := s.desk.(Lister)
	if !ok {
		http.NotFound(w, r)
		return
	}
	var l Listing
	if err := json.NewDecoder(r.Body).Decode(&l); err != nil {
		answer(w, nil, err)
		return
	}
	exit, err := lister.Mailq(r.Context(), l, frames{w, 'o'}, frames{w, 'e'})
	if err != nil {
		answer(w, nil, err)
		return
	}
	_, _ = io.WriteString(frames{w, 'x'}, strconv.Itoa(exit)) // nobody is left to tell
}

// frames writes to one of the streams of an answer.
type frames struct {
	w      io.Writer
	stream byte
}

func (f frames) Write(p []byte) (n int, err error) {
	for len(p) > 0 && err == nil {
		part := p[:min(len(p), maxFrame)]
		head := [5]byte{f.stream}
		binary.BigEndian.PutUint32(head[1:], uint32(len(part)))
		if _, err = f.w.Write(head[:]); err == nil {
			_, err = f.w.Write(part)
			n += len(part)
		}
		p = p[len(part):]
	}
	return n, err
}
