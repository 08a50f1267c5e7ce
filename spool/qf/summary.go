package qf

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// Summary is what a queue's listing and a run's order need of a control file: everything but the header
// and the notices. Values are as in the file, without the code letter, cut at 2 KB where one line is longer.
type Summary struct {
	Version    int
	Time       time.Time // submission; the zero Time when the file does not say
	LastTry    time.Time // zero for none
	Tries      int
	Priority   int64  // NoPriority when the file does not say
	Body       string // "7BIT", "8BITMIME" or ""
	Status     string // of the message as a whole
	Quarantine string
	Flags      string
	Sender     string // "" when HasSender is false, or for an empty S line
	HasSender  bool
	Recipients []SummaryRecipient
	Host       string // the domain of the first recipient that has one, in lower case
	Problem    string // the first thing that keeps sendmail from running the file: "line 4: unknown code O"; "" for none
}

// SummaryRecipient is one R line.
type SummaryRecipient struct {
	Address     string
	Status      string // M line in front of it
	Controlling string // C line in front of it, "" where the one before goes on
}

// NoPriority is what sendmail takes for the priority of a file without a P line when it sorts and lists.
const NoPriority = 0x7fffffff

// maxValue is how much of one line a Summary keeps.
const maxValue = 2048

// Summarize reads what a Summary has from the text of a control file, several times as fast as [Parse]. It reads as
// sendmail's own listing does: line by line, each for itself, so that a file that sendmail would not run is
// listed all the same. Beyond [MaxRecipients] recipients are left out, with a Problem.
func Summarize(text []byte) Summary {
	p := summarizer{s: Summary{Priority: NoPriority}, crlf: bytes.HasSuffix(text, []byte("\r\n"))}
	if len(text) == 0 {
		p.problem("empty file")
		return p.s
	}
	// The envelope stands before the header: one string holds all its values.
	end := len(text)
	if i := bytes.Index(text, []byte("\nH")); i >= 0 {
		end = i + 1
	}
	for envelope := string(text[:end]); envelope != ""; {
		line, rest, _ := strings.Cut(envelope, "\n")
		envelope = rest
		p.take(line)
	}
	for text = text[end:]; len(text) > 0; {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		text = rest
		if len(line) > 0 && (line[0] == 'H' || line[0] == ' ' || line[0] == '\t') {
			p.line++
			continue
		}
		p.take(string(line))
	}
	return p.finish()
}

type summarizer struct {
	s       Summary
	crlf    bool
	line    int
	ended   bool
	status  string // M line that waits for its recipient
	control string // C line that waits for its recipient
}

func (p *summarizer) problem(text string) {
	if p.s.Problem == "" {
		p.s.Problem = "line " + strconv.Itoa(max(p.line, 1)) + ": " + text
	}
}

func (p *summarizer) take(line string) {
	p.line++
	if p.crlf {
		line = strings.TrimSuffix(line, "\r")
	}
	if line == "" {
		p.problem("empty line")
		return
	}
	code, v := line[0], line[1:min(len(line), maxValue)]
	if p.ended {
		p.problem("text after the final dot")
	}
	s := &p.s
	switch code {
	case 'V':
		if s.Version = int(p.number(v)); s.Version > 8 {
			p.problem("version " + v + " is newer than 8")
		}
	case 'T':
		s.Time = p.time(v)
	case 'K':
		s.LastTry = p.time(v)
	case 'N':
		s.Tries = int(p.number(v))
	case 'P':
		s.Priority = p.number(v)
	case 'B':
		if s.Body = v; v != "7BIT" && v != "8BITMIME" {
			p.problem("body type " + v + " is neither 7BIT nor 8BITMIME")
		}
	case 'q':
		s.Quarantine = v
	case 'F':
		s.Flags = v
	case 'S':
		s.Sender, s.HasSender = v, true
	case 'M':
		if s.HasSender {
			p.status = v
		} else {
			s.Status = v
		}
	case 'C':
		p.control = v
	case 'R':
		p.recipient(v)
	case '.':
		p.ended = p.ended || line == "."
	case 'H', ' ', '\t', 'Q', 'r', 'I', '$', 'Z', 'A', '!', 'd', 'D', 'E', 'L':
	default:
		p.problem("unknown code " + strconv.Quote(string(rune(code))))
	}
}

func (p *summarizer) recipient(v string) {
	if p.s.Version > 0 {
		_, address, found := strings.Cut(v, ":")
		if !found {
			p.problem("recipient without flags and colon; sendmail loses it")
			return
		}
		v = address
	}
	if len(p.s.Recipients) >= MaxRecipients {
		p.problem("more than " + strconv.Itoa(MaxRecipients) + " recipients; the rest is left out")
		return
	}
	p.s.Recipients = append(p.s.Recipients, SummaryRecipient{v, p.status, p.control})
	p.status, p.control = "", ""
	if at := strings.LastIndexByte(v, '@'); at >= 0 && p.s.Host == "" {
		host, _, _ := strings.Cut(v[at+1:], ">")
		p.s.Host = strings.ToLower(strings.TrimSpace(host))
	}
}

func (p *summarizer) finish() Summary {
	switch {
	case !p.ended:
		p.problem("the final dot is missing; sendmail does not run this file")
	case !p.s.HasSender:
		p.problem("no sender; a queue run of sendmail stops at this file")
	case len(p.s.Recipients) == 0:
		p.problem("no recipient; sendmail would delete this message")
	}
	return p.s
}

// number reads as atol does, and says so where the line is no number.
func (p *summarizer) number(v string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
	if err != nil {
		p.problem(strconv.Quote(v) + " is not a number")
		return 0
	}
	return n
}

func (p *summarizer) time(v string) time.Time {
	n := p.number(v)
	if n <= 0 || n > 253402300799 {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}
