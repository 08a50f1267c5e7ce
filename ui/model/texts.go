package model

import (
	"bytes"
	"fmt"
	"strings"

	"postroom.dev/spool/mimetree"
)

// HeaderLines gives a message's header: the fields that Postroom adds, each
// marked, then those received. decode gives a field's value for reading; nil leaves fields as they stand, folded
// and encoded.
func HeaderLines(added, received []mimetree.Field, decode func(mimetree.Field) string) []Line {
	var out []Line
	for i, fields := range [][]mimetree.Field{added, received} {
		for _, f := range fields {
			name := Span{Text: oneLine(f.Name) + ": ", Tone: Accent}
			mark := []Span(nil)
			if i == 0 {
				name.Tone = OK
				mark = []Span{{Text: "   added by Postroom", Tone: Dim}}
			}
			if decode != nil {
				out = append(out, append(Line{name, {Text: oneLine(decode(f))}}, mark...))
				continue
			}
			for j, part := range strings.Split(f.Body, "\n") {
				part = strings.TrimSuffix(part, "\r")
				if j == 0 {
					out = append(out, append(Line{name, {Text: strings.TrimPrefix(part, " ")}}, mark...))
				} else {
					out = append(out, Line{{Text: part}})
				}
			}
		}
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
		s = fmt.Sprintf("part %s: %s", p.Part, s)
	}
	if n := len(problems) - 1; n > 0 {
		s += ", and " + Counted(n, "more problem")
	}
	for _, p := range problems {
		if p.Lost {
			return s + ". Something of the message cannot be shown; Raw has all of it"
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
			l, line = append(l, Span{Text: fmt.Sprintf("%8s  ", stamp), Tone: Dim}), rest
		} else {
			l = append(l, Span{Text: strings.Repeat(" ", 10)})
		}
		who, said, ok := strings.Cut(line, ":")
		switch said = strings.TrimPrefix(said, " "); {
		case ok && who == "C":
			l = append(l, Span{Text: "C  ", Tone: Accent}, Span{Text: said})
		case ok && who == "S" && strings.HasPrefix(said, "4"):
			l = append(l, Span{Text: "S  ", Tone: Warn}, Span{Text: said, Tone: Warn})
		case ok && who == "S" && strings.HasPrefix(said, "5"):
			l = append(l, Span{Text: "S  ", Tone: Bad}, Span{Text: said, Tone: Bad})
		case ok && who == "S":
			l = append(l, Span{Text: "S  ", Tone: OK}, Span{Text: said, Tone: Dim})
		default:
			l = append(l, Span{Text: "·  " + strings.TrimPrefix(line, "* "), Tone: Warn})
		}
		out = append(out, l)
	}
	return out
}
