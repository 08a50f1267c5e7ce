package qf

import (
	"strconv"
	"strings"

	"postroom.dev/mta"
)

// The octet at the start of a "!" line.
const (
	byNotify = 0x01
	byReturn = 0x02
	byTrace  = 0x10
)

// deliverBy is a BY parameter as a "!" line has it: an octet that says what to do, a blank, and seconds from the T line's time on.
func deliverBy(by mta.DeliverBy) string {
	var flag byte
	switch by.Mode {
	case mta.ByNotify:
		flag = byNotify
	case mta.ByReturn:
		flag = byReturn
	default:
		return ""
	}
	if by.Trace {
		flag |= byTrace
	}
	return string([]byte{flag}) + " " + strconv.FormatInt(by.Seconds, 10)
}

// byOf is the inverse. What makes no sense is no parameter.
func byOf(s string) mta.DeliverBy {
	if len(s) < 3 || s[1] != ' ' {
		return mta.DeliverBy{}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(s[2:]), 10, 64)
	if err != nil {
		return mta.DeliverBy{}
	}
	by := mta.DeliverBy{Seconds: n, Trace: s[0]&byTrace != 0}
	switch s[0] &^ byTrace {
	case byNotify:
		by.Mode = mta.ByNotify
	case byReturn:
		by.Mode = mta.ByReturn
	default:
		return mta.DeliverBy{}
	}
	return by
}
