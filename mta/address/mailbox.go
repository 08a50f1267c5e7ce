package address

import "strings"

// Parse reads one mailbox as sendmail's -f does: the name and the comments of
// "Shop <shop@host> (a comment)" are dropped, "" and "<>" are the null path. Errors are those of this package.
func Parse(s string) (Address, error) {
	if len(s) > 4*MaxPath {
		return Address{}, ErrTooLong
	}
	toks, err := scan(s)
	if err != nil {
		return Address{}, err
	}
	_, spec := cutAngle(toks)
	return mailbox(spec)
}

// ParsePath reads the path at the start of s, what stands behind "FROM:" or
// "TO:", and gives what follows it: "<@a,@b:u@h> SIZE=1" is u@h and " SIZE=1" (RFC
// 5321 §4.1.1.2). Blanks before it are skipped; without angle brackets the path ends at a
// blank, as sendmail has it. Nothing there is ErrEmpty; "<>" is the null path.
func ParsePath(s string) (a Address, rest string, err error) {
	s = strings.TrimLeft(s, " \t")
	if s == "" {
		return Address{}, "", ErrEmpty
	}
	n, err := pathEnd(s)
	if err != nil {
		return Address{}, "", err
	}
	if n > MaxPath {
		return Address{}, s[n:], ErrTooLong
	}
	toks, err := scan(s[:n])
	if err != nil {
		return Address{}, s[n:], err
	}
	name, spec := cutAngle(toks)
	if len(name) > 0 { // user<a@b>: no path
		return Address{}, s[n:], ErrSyntax
	}
	a, err = mailbox(spec)
	return a, s[n:], err
}

// pathEnd says where the path at the start of s ends.
func pathEnd(s string) (int, error) {
	inAngle := s[0] == '<'
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case !inAngle && (c == ' ' || c == '\t'):
			return i, nil
		case c == '<':
			depth++
		case c == '>' && inAngle:
			if depth--; depth == 0 {
				if strings.HasPrefix(s[i+1:], ">") {
					return 0, &UnbalancedError{'>'}
				}
				return i + 1, nil
			}
		}
	}
	if quoted {
		return 0, &UnbalancedError{'"'}
	}
	if inAngle {
		return 0, &UnbalancedError{'<'}
	}
	return len(s), nil
}

// cutAngle gives what stands in the innermost angle brackets and what stands
// before them; without brackets all is spec. Comments are left out of spec alone:
// a list takes its name from them. toks are balanced.
func cutAngle(toks []token) (name, spec []token) {
	first, open := -1, -1
	for i, t := range toks {
		switch t.kind {
		case '<':
			open = i
			if first < 0 {
				first = i
			}
		case '>':
			return trim(toks[:first]), trim(toks[open+1 : i])
		}
	}
	return nil, trim(toks)
}

// trim drops comments, blanks at both ends and doubled blanks.
func trim(toks []token) []token {
	out := make([]token, 0, len(toks))
	for _, t := range toks {
		if t.kind == comment || t.kind == blank && (len(out) == 0 || out[len(out)-1].kind == blank) {
			continue
		}
		out = append(out, t)
	}
	if n := len(out); n > 0 && out[n-1].kind == blank {
		out = out[:n-1]
	}
	return out
}

// mailbox reads trimmed tokens: [route ":"] local ["@" domain]. None are the null path.
func mailbox(toks []token) (Address, error) {
	if len(toks) == 0 {
		return Address{}, nil
	}
	if toks[0].kind == '@' { // a source route, RFC 5321 appendix C
		colon := index(toks, ':')
		switch {
		case len(toks) == 1:
			return Address{}, ErrGroup // what sendmail says of "<@>"
		case colon < 0:
			return Address{}, ErrUserRequired
		}
		if toks = trim(toks[colon+1:]); len(toks) == 0 {
			return Address{}, ErrUserRequired
		}
	}
	if last := toks[len(toks)-1].kind; last == ';' && index(toks, ':') > 0 {
		return Address{}, ErrGroup
	}
	at := index(toks, '@')
	if at < 0 {
		local, err := join(toks, true)
		if err == nil && local == "" {
			err = ErrUserRequired // `""` alone: the zero Address is the null path
		}
		if err != nil {
			return Address{}, err
		}
		return check(Address{Local: local})
	}
	domain := toks[at+1:]
	if index(domain, '@') >= 0 || index(domain, ',') >= 0 {
		return Address{}, ErrRoute
	}
	if len(trim(toks[:at])) == 0 {
		return Address{}, ErrUserRequired
	}
	local, err := join(toks[:at], true)
	if err != nil {
		return Address{}, err
	}
	host, err := join(domain, false)
	if err != nil {
		return Address{}, err
	}
	switch {
	case host == "":
		return Address{}, ErrHostnameRequired
	case host[0] == '.' || strings.Contains(strings.TrimRight(host, "."), ".."): // RFC 5321 §4.1.2 has no empty label; sendmail takes dots at the end
		return Address{}, ErrHostName
	}
	return check(Address{Local: local, Domain: host})
}

// join makes a local part or a domain of its tokens. Blanks may stand beside a dot only, RFC 5322 §4.4.
func join(toks []token, local bool) (string, error) {
	var s strings.Builder
	toks = trim(toks)
	for i, t := range toks {
		switch {
		case t.kind == blank:
			if !strings.HasSuffix(toks[i-1].text, ".") && !strings.HasPrefix(toks[i+1].text, ".") {
				return "", ErrSyntax
			}
			continue
		case local && t.kind == ',':
			return "", ErrRoute
		case local && (t.kind == quoted || t.kind == word || t.kind == ':'):
		case !local && t.kind == literal && len(toks) == 1:
		case !local && t.kind == word && isHost(t.text):
		default:
			return "", ErrSyntax
		}
		s.WriteString(t.text)
	}
	return s.String(), nil
}

// isHost says that a word may stand in a domain. Whether such a host exists is not asked.
func isHost(s string) bool {
	for i := range len(s) {
		if s[i] != '.' && !isAtext(s[i]) {
			return false
		}
	}
	return true
}

// check keeps the limits.
func check(a Address) (Address, error) {
	if len(a.Local) > MaxLocal || len(a.Domain) > MaxDomain {
		return Address{}, ErrTooLong
	}
	return a, nil
}

// index finds the first token of a kind, -1 when there is none.
func index(toks []token, k kind) int {
	for i, t := range toks {
		if t.kind == k {
			return i
		}
	}
	return -1
}
