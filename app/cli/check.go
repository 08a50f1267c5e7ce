package cli

import (
	"bufio"
	"context"
	"flag"
	"fmt"
)

type faultJSON struct {
	File    string `json:"file"`
	Line    int    `json:"line"` // 0 when it is not about one line
	Problem string `json:"problem"`
	Cure    string `json:"cure"`
}

// check prints what is wrong with the settings and the tables, or with the files that are named.
func (r *run) check(_ context.Context, words []string) error {
	asJSON := false
	files, err := r.flags("check", words, func(f *flag.FlagSet) { f.BoolVar(&asJSON, "json", false, "print one JSON object a line") })
	if err != nil {
		return err
	}
	problems, err := r.Check(r.home, files)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(r.Stdout)
	for _, p := range problems {
		if asJSON {
			err = printJSON(out, faultJSON{p.File, p.Line, p.Text, p.Cure})
		} else {
			_, err = fmt.Fprintln(out, printable(p.String()))
		}
		if err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if len(problems) > 0 {
		return exitStatus(ExitConfig)
	}
	return nil
}
