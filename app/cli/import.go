package cli

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"

	"postroom.dev/app/cli/imports"
)

// ImportOptions say how far import goes.
type ImportOptions struct {
	DryRun bool // only say what would be done
	Force  bool // replace what the user has, and keep copies
}

type importJSON struct {
	Finding *imports.Finding `json:"finding,omitempty"`
	Problem *faultJSON       `json:"problem,omitempty"`
	Change  *imports.Change  `json:"change,omitempty"`
}

// imports takes files of a production machine, and files of mail, into the home.
func (r *run) imports(ctx context.Context, words []string) error {
	var o ImportOptions
	asJSON := false
	paths, err := r.flags("import", words, func(f *flag.FlagSet) {
		f.BoolVar(&o.DryRun, "dry-run", false, "only say what would be done")
		f.BoolVar(&o.Force, "force", false, "write over settings and tables with entries of yours; copies are kept")
		f.BoolVar(&asJSON, "json", false, "print one JSON object a line")
	})
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		return usagef("import: name a sendmail.mc, a table, a directory such as /etc/mail, or mail: an .eml file, an mbox, a Maildir")
	}
	mail, paths, err := mailPaths(paths)
	if err != nil {
		return err
	}
	if len(mail) > 0 {
		if err := r.importMail(ctx, mail, o.DryRun, asJSON); err != nil || len(paths) == 0 {
			return err
		}
	}
	reading, plan, err := r.Import(r.home, paths, o)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(r.Stdout)
	if err := printImport(out, reading, plan, o, asJSON); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if imports.Blocked(plan) && !o.DryRun {
		return Status{ExitFailure, errors.New("import: nothing was written: files of this home have other entries; --force replaces them and keeps copies")}
	}
	return nil
}

func printImport(out io.Writer, reading *imports.Reading, plan []imports.Change, o ImportOptions, asJSON bool) error {
	var err error
	tell := func(what importJSON, format string, a ...any) {
		switch {
		case err != nil:
		case asJSON:
			err = printJSON(out, what)
		default:
			_, err = fmt.Fprintln(out, printable(fmt.Sprintf(format, a...)))
		}
	}
	for i := range reading.Findings {
		f := &reading.Findings[i]
		where, note := f.File, ""
		if f.Line > 0 {
			where = fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		if f.Note != "" {
			note = ": " + f.Note
		}
		tell(importJSON{Finding: f}, "%s: %s: %s%s", where, short(f.Text), f.Verdict, note)
	}
	for _, p := range reading.Problems {
		tell(importJSON{Problem: &faultJSON{p.File, p.Line, p.Text, p.Cure}}, "%s", p)
	}
	for i := range plan {
		c := &plan[i]
		tell(importJSON{Change: c}, "%s", changeText(c, o.DryRun || imports.Blocked(plan)))
		if asJSON {
			continue
		}
		for _, line := range c.Lines {
			tell(importJSON{}, "    %s", line)
		}
		if c.More > 0 {
			tell(importJSON{}, "    and %d more", c.More)
		}
	}
	return err
}

// changeText says what was done to a file of the home, or would be.
func changeText(c *imports.Change, would bool) string {
	done := map[imports.Action][2]string{
		imports.Write:     {"written", "would be written"},
		imports.Replace:   {"replaced", "would be replaced, and a copy kept"},
		imports.Unchanged: {"says the same already", "says the same already"},
		imports.Differs:   {"has other entries and stays", "has other entries and stays"},
	}[c.Action]
	if would {
		return c.Path + ": " + done[1]
	}
	if filepath.Ext(c.Path) == ".toml" && c.Action != imports.Unchanged {
		done[0] += "; it is in force when Postroom starts the next time"
	}
	if c.Copy != "" {
		return fmt.Sprintf("%s: %s; what it was is in %s", c.Path, done[0], c.Copy)
	}
	return c.Path + ": " + done[0]
}
