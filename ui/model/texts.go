package model

import (
	"bytes"
	"fmt"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/spool/mimetree"
	"postroom.dev/ui/say"
)

// HeaderLines gives a message's header: the fields that Postroom adds, each
// marked, then those received; below a field that rewriting changes, the field as it leaves. The envelope's sender stands before
// them where it leaves as another. decode gives a field's value for reading; nil leaves fields as they stand, folded and encoded.
func HeaderLines(env *mta.Envelope, added, received []mimetree.Field, decode func(mimetree.Field) string) []Line {
	var out []Line
	if !env.SentFrom.IsNull() {
		plain := func(f mimetree.Field) string { return f.Body }
		out = fieldLines(out, "", mimetree.Field{Name: "MAIL FROM", Body: env.Sender.Path()}, Dim, say.T("the envelope's sender"), plain)
		out = fieldLines(out, "> ", mimetree.Field{Name: "MAIL FROM", Body: env.SentFrom.Path()}, Warn, say.T("as it leaves"), plain)
		out = append(out, nil)
	}
	for i, fields := range [][]mimetree.Field{added, received} {
		for _, f := range fields {
			mark, tone := "", Accent
			if i == 0 {
				mark, tone = say.T("added by Postroom"), OK
			}
			out = fieldLines(out, "", f, tone, mark, decode)
			for _, c := range env.Rewritten {
				if c.Added == (i == 0) && int64(c.Offset) == f.Offset {
					left, _, _ := mimetree.ParseHeader(append(bytes.Clone(c.Out), "\r\n"...))
					for _, f := range left {
						out = fieldLines(out, "> ", f, Warn, say.T("as it leaves"), decode)
					}
				}
			}
		}
	}
	return out
}

// fieldLines gives the lines of a field, before each a sign, with a mark behind the first.
func fieldLines(out []Line, sign string, f mimetree.Field, tone Tone, mark string, decode func(mimetree.Field) string) []Line {
	parts := strings.Split(f.Body, "\n")
	if decode != nil {
		parts = []string{" " + oneLine(decode(f))}
	}
	for i, part := range parts {
		line := Line{}
		if part = strings.TrimSuffix(part, "\r"); sign != "" {
			line = Line{{Text: sign, Tone: tone, Margin: true}}
		}
		if i == 0 {
			line = append(line, Span{Text: oneLine(f.Name) + ": ", Tone: tone})
			part = strings.TrimPrefix(part, " ")
		}
		line = append(line, Span{Text: part})
		if i == 0 && mark != "" {
			line = append(line, Span{Text: "   " + mark, Tone: Dim})
		}
		out = append(out, line)
	}
	return out
}

// PartRow is one part of a message in the order of the tree.
type PartRow struct {
	Depth    int
	Number   string
	Type     string
	Name     string // file name as the message has it
	Size     int64  // octets of the content, decoded where that is known
	Encoding string
	Problems []string
	Leaf     bool // has content of its own that can be saved
}

// SafeName gives the name under which the part is saved.
func (r PartRow) SafeName() string {
	ext := ".bin"
	switch r.Type {
	case "text/plain":
		ext = ".txt"
	case "text/html":
		ext = ".html"
	case "text/calendar":
		ext = ".ics"
	case "message/rfc822":
		ext = ".eml"
	default:
		kind, sub, _ := strings.Cut(r.Type, "/")
		sub, _, _ = strings.Cut(sub, "+")
		if (kind == "image" || sub == "pdf" || sub == "zip" || sub == "json" || sub == "xml") && len(sub) <= 5 {
			ext = "." + sub
		}
	}
	fallback := SafeName("part-"+r.Number+ext, "part"+ext)
	return SafeName(r.Name, fallback)
}

// PartRows flattens the tree. sizes are the decoded octets by number, where they are known. It puts each problem beside its part. Problems of parts that the tree does not have
// stand beside the root.
func PartRows(root *mimetree.Part, sizes map[string]int64, problems []mimetree.Problem) []PartRow {
	if root == nil {
		return nil
	}
	var out []PartRow
	at := map[string]int{}
	var walk func(p *mimetree.Part, depth int)
	walk = func(p *mimetree.Part, depth int) {
		if _, ok := at[p.Number]; !ok {
			at[p.Number] = len(out)
		}
		size, ok := sizes[p.Number]
		if !ok {
			size = p.End - p.Body
		}
		out = append(out, PartRow{
			Depth: depth, Number: p.Number, Type: p.Type, Name: oneLine(p.Filename), Size: size,
			Encoding: p.Encoding, Leaf: !strings.HasPrefix(p.Type, "multipart/") || len(p.Parts) == 0,
		})
		for _, c := range p.Parts {
			walk(c, depth+1)
		}
	}
	walk(root, 0)
	for _, p := range problems {
		i := at[p.Part] // 0, the root, where there is no such part
		out[i].Problems = append(out[i].Problems, p.Text)
	}
	return out
}

// ProblemSummary says in one line what is wrong with a message, "" for nothing.
func ProblemSummary(problems []mimetree.Problem) string {
	if len(problems) == 0 {
		return ""
	}
	p := problems[0]
	s := p.Text
	if p.Part != "" {
		s = say.T("part %s: %s", p.Part, s)
	}
	if n := len(problems) - 1; n > 0 {
		s = say.N(n, "%s, and %s more problem", "%s, and %s more problems", s, Count(n))
	}
	for _, p := range problems {
		if p.Lost {
			return say.T("%s. Something of the message cannot be shown; Raw has all of it", s)
		}
	}
	return s
}

// TranscriptLines colours the transcript of an SMTP session: "+0.012 C: " begins
// a line of the client, "+0.013 S: " one of the server, "+0.010 * " a remark; the number is seconds since the start and may be
// missing.
func TranscriptLines(transcript []byte) []Line {
	text := strings.TrimRight(string(bytes.ToValidUTF8(transcript, []byte("\uFFFD"))), "\r\n")
	if text == "" {
		return nil
	}
	var out []Line
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		var l Line
		if stamp, rest, ok := strings.Cut(line, " "); ok && strings.HasPrefix(stamp, "+") {
			l, line = append(l, Span{Text: fmt.Sprintf("%8s  ", stamp), Tone: Dim, Margin: true}), rest
		} else {
			l = append(l, Span{Text: strings.Repeat(" ", 10), Margin: true})
		}
		who, said, ok := strings.Cut(line, ":")
		switch said = strings.TrimPrefix(said, " "); {
		case ok && who == "C":
			l = append(l, Span{Text: "C  ", Tone: Accent, Margin: true}, Span{Text: said})
		case ok && who == "S" && strings.HasPrefix(said, "4"):
			l = append(l, Span{Text: "S  ", Tone: Warn, Margin: true}, Span{Text: said, Tone: Warn})
		case ok && who == "S" && strings.HasPrefix(said, "5"):
			l = append(l, Span{Text: "S  ", Tone: Bad, Margin: true}, Span{Text: said, Tone: Bad})
		case ok && who == "S":
			l = append(l, Span{Text: "S  ", Tone: OK, Margin: true}, Span{Text: said, Tone: Dim})
		default:
			l = append(l, Span{Text: "·  ", Tone: Warn, Margin: true}, Span{Text: strings.TrimPrefix(line, "* "), Tone: Warn})
		}
		out = append(out, l)
	}
	return out
}

// Refused gives the first line of a transcript in which the server says no, for now or for good, or else the last remark where nothing
// more is said: what the client met. It is -1 where all went well.
func Refused(lines []Line) int {
	for i, l := range lines {
		if last := l[len(l)-1]; l[1].Text == "S  " && (last.Tone == Bad || last.Tone == Warn) {
			return i
		}
	}
	if n := len(lines) - 1; n > 0 && lines[n][1].Text == "·  " {
		return n
	}
	return -1
}
