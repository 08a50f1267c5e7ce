package sendmail

import (
	"strconv"
	"strings"

	"postroom.dev/mta"
)

// call is what a command line asks for.
type call struct {
	mode       byte    // -b
	fromHeader bool    // -t
	ignoreDots bool    // -i
	verbose    bool    // -v
	delivery   byte    // -od: b i q d; 0 when not given
	errors     byte    // -oe: p q m w e
	sender     *string // -f, -r; nil when not given
	fullName   string  // -F
	notify     mta.Notify
	ret        mta.Return
	envID      *string // -V, xtext as given
	body       mta.BodyType
	hops       int    // -h
	protocol   string // -p PROTOCOL:HOST
	peer       string
	queue      runs    // -q
	quarantine *string // -Q: the reason, "." to release
	place      Place   // -A, -C, -oQ
	aliasFile  string  // -oA
	config     *string // -C
	debug      int     // -d: the level of category 0
	debugSeen  bool
	debugFile  *string // -D
	traffic    *string // -X
	operands   []string
	notes      []string // lines for standard error that do not end the call
}

// modes are sendmail's operation modes; a is an old name for m. A queue run has no letter of its own.
const modes = "adDpPtvihHCsm"

// maxHops is sendmail's MaxHopCount.
const maxHops = 25

// readCall reads a command line. The error is a *Exit.
func readCall(argv []string) (*call, error) {
	c := &call{mode: modeOfName(argv), errors: 'p'}
	options, operands, err := split(argv)
	if err != nil {
		return c, err
	}
	c.operands = operands
	for _, o := range options {
		if err := c.apply(o); err != nil {
			return c, err
		}
	}
	if err := c.checkMode(); err != nil {
		return c, err
	}
	// Somebody who wants to watch wants a delivery to watch.
	if c.verbose && c.delivery != 0 {
		c.delivery = 'i'
	}
	return c, nil
}

// queueMode is the mode of a call that delivers nothing of its own but runs or changes the queue: -q, -Q.
const queueMode = 'q'

// checkMode looks at what -b, -q and -Q say together.
func (c *call) checkMode() error {
	delivers := c.mode == 'm' || c.mode == 'a'
	code := ""
	if c.mode == 's' {
		code = "550 " // sendmail speaks SMTP by then
	}
	switch {
	case c.queue.asked && !delivers && strings.IndexByte("dDpP", c.mode) < 0:
		return usage("%sCan not use -q with -b%c", code, c.mode)
	case c.quarantine != nil && !delivers:
		return usage("%sCan not use -Q with -b%c", code, c.mode)
	case delivers && (c.queue.asked || c.quarantine != nil):
		c.mode = queueMode
	}
	return nil
}

// modeOfName gives the operation mode that belongs to the name sendmail was called by.
func modeOfName(argv []string) byte {
	if len(argv) == 0 {
		return 'm'
	}
	name := argv[0][strings.LastIndexAny(argv[0], `/\`)+1:]
	switch name {
	case "mailq":
		return 'p'
	case "newaliases":
		return 'i'
	case "smtpd":
		return 'd'
	case "hoststat":
		return 'h'
	case "purgestat":
		return 'H'
	}
	return 'm'
}

// apply does what one option says. Options that only make sense for an MTA that delivers by itself (n m c s G L
// M p) are taken and change nothing, as a submission by sendmail shows no change either.
func (c *call) apply(o option) error {
	switch o.letter {
	case 't':
		c.fromHeader = true
	case 'i':
		c.ignoreDots = true
	case 'v':
		c.verbose = true
	case 'b':
		return c.setMode(o.value)
	case 'f', 'r':
		if c.sender != nil {
			return usage(`More than one "from" person`)
		}
		c.sender = &o.value
	case 'F':
		c.fullName = o.value
	case 'N':
		return c.setNotify(o.value)
	case 'R':
		return c.setReturn(o.value)
	case 'V':
		if !isXtext(o.value) {
			return usage("Invalid syntax in -V flag")
		}
		c.envID = &o.value
	case 'B':
		c.body = mta.BodyType(strings.ToUpper(o.value))
		if c.body != mta.Body7Bit && c.body != mta.Body8BitMIME {
			return usage("Illegal body type %s", printable(o.value))
		}
	case 'h':
		return c.setHops(o.value)
	case 'p':
		c.protocol, c.peer, _ = strings.Cut(o.value, ":")
	case 'e':
		c.setErrorMode(o.value)
	case 'o':
		return c.setLetter(o.value)
	case 'O':
		return c.setLong(o.value)
	case 'T':
		c.notes = append(c.notes, "Invalid time unit `T'", "Invalid time unit `T'")
	case 'q':
		return c.queue.add(o.value)
	case 'Q':
		c.quarantine = &o.value
	case 'A':
		c.place.Client = strings.HasPrefix(o.value, "c")
	case 'U', 'I':
		return &Exit{exUsage, ""}
	case 'C':
		c.config = &o.value
	case 'X':
		c.traffic = &o.value
	case 'd':
		c.debug, c.debugSeen = max(c.debug, debugLevel(o.value)), true
	case 'D':
		if c.debugSeen {
			return usage("-D file must be before -d")
		}
		c.debugFile = &o.value
	}
	return nil
}

func (c *call) setMode(v string) error {
	mode := byte(' ')
	if v != "" {
		mode = v[0]
	}
	switch {
	case mode == 'z':
		return usage("Frozen configurations unsupported")
	case strings.IndexByte(modes, mode) < 0:
		return usage("Invalid operation mode %s", printable(string(rune(mode))))
	}
	c.mode = mode
	return nil
}

// setNotify reads -N; several add up, as in sendmail.
func (c *call) setNotify(v string) error {
	if strings.EqualFold(v, "never") {
		c.notify = mta.NotifyNever
		return nil
	}
	for word := range strings.SplitSeq(v, ",") {
		bit := mta.Notify(0)
		switch strings.ToLower(word) {
		case "success":
			bit = mta.NotifySuccess
		case "failure":
			bit = mta.NotifyFailure
		case "delay":
			bit = mta.NotifyDelay
		default:
			return usage("Invalid -N argument")
		}
		c.notify = c.notify&^mta.NotifyNever | bit
	}
	return nil
}

func (c *call) setReturn(v string) error {
	if c.ret != "" {
		return usage("Duplicate -R flag")
	}
	c.ret = mta.Return(strings.ToUpper(v))
	if c.ret != mta.ReturnFull && c.ret != mta.ReturnHeaders {
		return usage("Invalid -R value")
	}
	return nil
}

func (c *call) setHops(v string) error {
	n := 0
	if v != "" {
		var err error
		if n, err = strconv.Atoi(v); err != nil {
			return usage("Bad hop count (%s)", printable(v))
		}
	}
	c.hops = n
	return nil
}

// isXtext says that s is xtext: RFC 3461 §4.
func isXtext(s string) bool {
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case b <= ' ' || b > '~' || b == '=':
			return false
		case b != '+':
		case i+2 >= len(s) || !isUpperHex(s[i+1]) || !isUpperHex(s[i+2]):
			return false
		default:
			i += 2
		}
	}
	return true
}

func isUpperHex(b byte) bool { return '0' <= b && b <= '9' || 'A' <= b && b <= 'F' }

// decodeXtext undoes xtext, which isXtext has looked at.
func decodeXtext(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '+' {
			n, _ := strconv.ParseUint(s[i+1:i+3], 16, 8)
			b = append(b, byte(n))
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

// xtext encodes s: RFC 3461 §4.
func xtext(s string) string {
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || c == '+' || c == '=' {
			b = append(b, '+', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}
