package mimetree

import "strings"

// interpret reads the Content fields of a part. kind is its type when it says none.
func (p *Part) interpret(kind string) (problems []string) {
	var typ, disposition value
	var haveType, haveEncoding, haveDisposition bool
	for _, f := range p.Fields {
		if len(f.Name) < 10 || !strings.EqualFold(f.Name[:8], "content-") {
			continue
		}
		switch strings.ToLower(f.Name[8:]) {
		case "type":
			if haveType {
				problems = append(problems, "second Content-Type field: the first one counts")
				continue
			}
			typ, haveType = parseValue(f.Body), true
		case "transfer-encoding":
			if !haveEncoding {
				p.Encoding, haveEncoding = parseValue(f.Body).word, true
			}
		case "disposition":
			if !haveDisposition {
				disposition, haveDisposition = parseValue(f.Body), true
			}
		case "id":
			if p.ContentID == "" {
				p.ContentID = strings.Trim(f.Text(), "<> ")
			}
		}
	}
	p.Type, p.Params = typ.word, typ.params
	major, minor, ok := strings.Cut(p.Type, "/")
	if !ok || major == "" || minor == "" {
		if haveType {
			problems = append(problems, "Content-Type without a type: read as "+kind)
		}
		p.Type = kind
	}
	switch p.Encoding {
	case "", "7bit", "8bit", "binary", "base64", "quoted-printable", "x-uuencode", "uuencode", "x-uue":
	default:
		problems = append(problems, "unknown Content-Transfer-Encoding "+clip(p.Encoding)+": shown as it is")
	}
	switch disposition.word {
	case "", "inline", "attachment":
		p.Disposition = disposition.word
	default:
		p.Disposition = "attachment" // RFC 2183 §2.8
	}
	for _, name := range []string{disposition.params["filename"], disposition.params["name"], p.Params["name"], p.Params["filename"]} {
		if name != "" && p.Filename == "" {
			p.Filename = safeFilename(name)
		}
	}
	return problems
}

// clip quotes a word of the message for a problem's text.
func clip(s string) string {
	s = oneLine(strings.ToValidUTF8(s, "\uFFFD"))
	if r := []rune(s); len(r) > 40 {
		s = string(r[:40]) + "…"
	}
	return "\"" + s + "\""
}
