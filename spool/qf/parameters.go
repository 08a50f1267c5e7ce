package qf

import (
	"fmt"
	"net/netip"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// mailbox reads an address of a control file: a@b, <a@b>, Name <a@b>, a@b (comment). What cannot be read as a
// mailbox is put whole into Local, so that no recipient gets lost.
func mailbox(s string) address.Address {
	a, err := address.Parse(s)
	if err != nil {
		return address.Address{Local: s}
	}
	return a
}

// plain prints an address as the sendmail command leaves it in a control file; SMTP leaves its path.
func plain(a address.Address) string {
	if a.IsNull() {
		return "<>"
	}
	return a.String()
}

// The letters of NOTIFY. N says that the parameter was given; without it F and D hold.
func notifyFlags(n mta.Notify) string {
	switch {
	case n == 0:
		return "FD"
	case n&mta.NotifyNever != 0:
		return "N"
	}
	flags := "N"
	if n&mta.NotifySuccess != 0 {
		flags += "S"
	}
	if n&mta.NotifyFailure != 0 {
		flags += "F"
	}
	if n&mta.NotifyDelay != 0 {
		flags += "D"
	}
	return flags
}

func notify(flags string) mta.Notify {
	if !strings.Contains(flags, "N") {
		return 0
	}
	var n mta.Notify
	for letter, bit := range map[string]mta.Notify{"S": mta.NotifySuccess, "F": mta.NotifyFailure, "D": mta.NotifyDelay} {
		if strings.Contains(flags, letter) {
			n |= bit
		}
	}
	if n == 0 {
		return mta.NotifyNever
	}
	return n
}

// xtext encodes as RFC 3461 §4: printable US-ASCII except + and =, the rest as +XX.
func xtext(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < '!' || c > '~' || c == '+' || c == '=' {
			fmt.Fprintf(&b, "+%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// unxtext decodes; a + that begins no code stays.
func unxtext(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '+' && i+2 < len(s) {
			hi, lo := strings.IndexByte(hex, s[i+1]), strings.IndexByte(hex, s[i+2])
			if hi >= 0 && lo >= 0 {
				b.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// client prints the $_ macro of an SMTP client: "host [1.2.3.4]".
func client(o mta.Origin) string {
	host := o.Client
	if a, err := netip.ParseAddrPort(o.Client); err == nil {
		host = a.Addr().String()
	}
	return strings.TrimSpace(o.Name + " [" + host + "]")
}
