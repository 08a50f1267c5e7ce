package sendmail

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// debugLevel gives the level that the value of -d sets for category 0, the only one that prints something here:
// "0.10" and "0-99.1,8.5" do, "8.5" does not. Without a level it is 1.
func debugLevel(v string) (level int) {
	for part := range strings.SplitSeq(v, ",") {
		categories, text, leveled := strings.Cut(part, ".")
		first, _, _ := strings.Cut(categories, "-")
		if n, err := strconv.Atoi(first); err != nil || n != 0 {
			continue
		}
		level = 1
		if leveled {
			level, _ = strconv.Atoi(text)
		}
	}
	return level
}

// What this program can do, in sendmail's words.
const (
	compiled = "LOG NAMED_BIND NETINET NETINET6 NETUNIX PIPELINING"
	system   = "HASFLOCK HASLSTAT HASURANDOMDEV REQUIRES_DIR_FSYNC"
)

// identity prints what -d0 asks for: version and options from level 1, the names of this host from level 4, files
// from level 10. sendmail warns of an unqualified host name only in some modes; here the names that
// are shown are followed by the warning.
func (j *job) identity() error {
	out := j.Stdout
	if j.debugFile != nil {
		f, err := appendTo(*j.debugFile)
		if err != nil {
			return err
		}
		defer f.Close()
		out = f
	}
	host := j.hostname()
	short, domain, qualified := strings.Cut(host, ".")
	fmt.Fprintf(out, "Version %s\n Compiled with:%s\n", strings.ReplaceAll(j.Software, "/", " "), wrapped(compiled))
	if j.debug >= 10 {
		fmt.Fprintf(out, "    OS Defines:%s\n", wrapped(system))
	}
	if j.debug >= 4 {
		fmt.Fprintf(out, "Canonical name: %s\n UUCP nodename: %s\n", host, host)
		if qualified {
			fmt.Fprintf(out, "\ta.k.a.: %s\n\ta.k.a.: [127.0.0.1]\n", short)
		}
	}
	if j.debug >= 10 {
		fmt.Fprintf(out, "     Conf file:\t%s (selected)\n      Pid file:\t%s (selected)\n", j.Home.Settings, j.Home.PID)
	}
	if !qualified {
		domain = "<null>"
	}
	fmt.Fprintf(out, "\n============ SYSTEM IDENTITY (after readcf) ============\n"+
		"      (short domain name) $w = %s\n  (canonical domain name) $j = %s\n"+
		"         (subdomain name) $m = %s\n              (node name) $k = %s\n"+
		"========================================================\n\n", short, host, domain, host)
	if !qualified {
		fmt.Fprintf(out, "WARNING: local host name (%s) is not qualified; see cf/README: WHO AM I?\n", host)
	}
	return nil
}

// wrapped sets words in lines as sendmail does.
func wrapped(words string) string {
	var b strings.Builder
	column := 7
	for word := range strings.FieldsSeq(words) {
		if column+len(word) > 63 {
			b.WriteString("\n\t\t")
			column = 0
		} else {
			b.WriteByte(' ')
		}
		b.WriteString(word)
		column += len(word) + 1
	}
	return b.String()
}

// appendTo opens the file of -X or -D.
func appendTo(path string) (io.WriteCloser, error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, &Exit{exCantCreate, "cannot open " + printable(path) + ": " + cause(err)}
	}
	return f, nil
}
