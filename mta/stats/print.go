package stats

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"time"

	"postroom.dev/mta/maillog"
)

// Form says how Counts are printed.
type Form struct {
	Program  bool // mailstats -p, -P: for programs, without headings and units
	Nameless bool // mailstats -o: without the mailers' names
}

// Print prints c as mailstats does, mailers that counted nothing left out.
func (c *Counts) Print(w io.Writer, f Form, now time.Time) error {
	b := bufio.NewWriter(w)
	since := c.Since
	if since.IsZero() {
		since = now
	}
	unit := "K"
	if f.Program {
		unit = ""
		fmt.Fprintf(b, "%d %d\n", since.Unix(), now.Unix())
	} else {
		fmt.Fprintf(b, "Statistics from %s\n", since.In(now.Location()).Format("Mon Jan _2 15:04:05 2006"))
		b.WriteString(" M   msgsfr  bytes_from   msgsto    bytes_to  msgsrej msgsdis msgsqur")
		if !f.Nameless {
			b.WriteString("  Mailer")
		}
		b.WriteString("\n")
	}
	row := func(label string, m Mailer) {
		fmt.Fprintf(b, "%s %8d %10d%s %8d %10d%s   %6d  %6d  %6d", label, m.From, m.FromK, unit, m.To, m.ToK, unit, m.Rejected, m.Discarded, m.Quarantined)
	}
	var total Mailer
	mailers := slices.Clone(c.Mailers)
	slices.SortStableFunc(mailers, func(x, y Mailer) int { return c.Number(x.Name) - c.Number(y.Name) })
	for _, m := range mailers {
		if m == (Mailer{Name: m.Name}) {
			continue
		}
		row(fmt.Sprintf("%2d", c.Number(m.Name)), m)
		if !f.Nameless {
			b.WriteString("  " + clean(m.Name, 100))
		}
		b.WriteString("\n")
		total.From, total.FromK, total.To, total.ToK = total.From+m.From, total.FromK+m.FromK, total.To+m.To, total.ToK+m.ToK
		total.Rejected, total.Discarded, total.Quarantined = total.Rejected+m.Rejected, total.Discarded+m.Discarded, total.Quarantined+m.Quarantined
	}
	if !f.Program {
		b.WriteString("=====================================================================\n")
	}
	row(" T", total)
	if f.Program {
		fmt.Fprintf(b, "\n C %8d %8d %6d\n", c.In, c.Out, c.Rejected)
	} else {
		fmt.Fprintf(b, "\n C %8d %10s  %8d %10s    %6d\n", c.In, "", c.Out, "", c.Rejected)
	}
	return b.Flush()
}

// PrintHosts prints hosts as hoststat does. Without any there is nothing to print, not even a heading. Verbose (-v) cuts
// the results at 78 characters and not at 25.
func PrintHosts(w io.Writer, hosts []Host, now time.Time, verbose bool) error {
	if len(hosts) == 0 {
		return nil
	}
	width := 25
	if verbose {
		width = 78
	}
	b := bufio.NewWriter(w)
	b.WriteString(" -------------- Hostname --------------- How long ago ---------Results---------\n")
	for _, h := range hosts {
		fmt.Fprintf(b, " %-39s %12s %.*s\n", clean(h.Name, 255), maillog.Interval(now.Sub(h.Used)), width, clean(h.Result, 200))
	}
	return b.Flush()
}
