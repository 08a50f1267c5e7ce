package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"postroom.dev/app/cli"
	"postroom.dev/app/cli/imports"
	"postroom.dev/app/config"
	"postroom.dev/mta/mc"
	"postroom.dev/mta/route"
	"postroom.dev/mta/table"
	"postroom.dev/mta/table/check"
	"postroom.dev/mta/table/live"
	"postroom.dev/mta/table/safe"
)

// importInto takes files of a production machine into a home, or says what would come of it.
func importInto(home string, paths []string, o cli.ImportOptions) (*imports.Reading, []imports.Change, error) {
	h, err := config.FindHome(home, os.Getenv)
	if err != nil {
		return nil, nil, err
	}
	reading, err := imports.Read(paths)
	if err != nil {
		return nil, nil, cli.Status{Code: cli.ExitNoInput, Err: fmt.Errorf("import: %w", err)}
	}
	if !o.DryRun {
		if err := h.Create(); err != nil {
			return nil, nil, err
		}
	}
	plan, err := reading.Plan(h, o.Force)
	if err != nil {
		return nil, nil, err
	}
	if o.DryRun || imports.Blocked(plan) {
		return reading, plan, nil
	}
	return reading, plan, imports.Apply(plan)
}

// tablePath is where a table of a home is; create makes a home that is not there.
func tablePath(home, name string, create bool) (string, error) {
	h, err := config.FindHome(home, os.Getenv)
	if err == nil && create {
		err = h.Create()
	}
	return h.Table(name), err
}

// checkHome checks the settings and the tables of a home, or files that are named: they stand for the home's of the same name.
func checkHome(home string, files []string) ([]table.Problem, error) {
	h, err := config.FindHome(home, os.Getenv)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(h.Dir); err != nil && len(files) == 0 {
		return nil, cli.Status{Code: cli.ExitNoInput, Err: fmt.Errorf("check: %w; name the home with --home DIR or POSTROOM_HOME", err)}
	}
	c := homeCheck{home: h, paths: map[string]string{}}
	settings := h.Settings()
	dir := filepath.Dir(h.Aliases())
	for _, name := range check.Names() {
		c.paths[name] = filepath.Join(dir, name)
	}
	only, users, script := check.Names(), h.Table(authUsers), h.Table(tableSimulate)
	if len(files) > 0 {
		only, users, script = nil, "", ""
	} else if err := config.CheckDir(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		text, cure, _ := strings.Cut(strings.TrimPrefix(err.Error(), "home: "+dir+": "), "; ")
		c.problems = append(c.problems, table.Problem{File: dir, Text: text, Cure: cure})
	}
	tellSettings := len(files) == 0
	for _, file := range files {
		switch name := filepath.Base(file); {
		case slices.Contains(check.Names(), name):
			c.paths[name] = file
			only = append(only, name)
		case name == authUsers:
			users = file
		case name == tableSimulate:
			script = file
		case strings.HasSuffix(name, ".toml"):
			settings, tellSettings = file, true
		case strings.HasSuffix(name, ".mc"):
			if err := c.mc(file); err != nil {
				return nil, err
			}
		default:
			return nil, cli.Status{Code: cli.ExitUsage, Err: fmt.Errorf("check: %s: tables are called %s", file, strings.Join(check.Names(), ", "))}
		}
		if _, err := os.Stat(file); err != nil {
			return nil, cli.Status{Code: cli.ExitNoInput, Err: fmt.Errorf("check: %w", err)}
		}
	}
	s, err := config.Load(settings)
	if err != nil {
		if s = config.Default(); tellSettings {
			c.problems = append(c.problems, settingsProblems(settings, err)...)
		}
	}
	if tellSettings && err == nil {
		text, _ := os.ReadFile(settings) // config.Load has told what is wrong with it
		c.problems = append(c.problems, checkRedirect(h, c.path, s, text)...)
	}
	if users != "" {
		c.problems = append(c.problems, openAuthUsers(users).Problems()...)
	}
	if script != "" {
		c.problems = append(c.problems, openSimulate(script).Problems()...)
	}
	return append(c.problems, check.Only(c.world(s), only...)...), nil
}

// homeCheck is one check of a home.
type homeCheck struct {
	home     config.Home
	paths    map[string]string // of the tables
	problems []table.Problem
}

// path is where a table is.
func (c *homeCheck) path(name string) string {
	if path, ok := c.paths[name]; ok {
		return path
	}
	return c.home.Table(name)
}

// world reads the tables.
func (c *homeCheck) world(s config.Settings) check.World {
	host := s.SMTP.Hostname
	if host == "" {
		host = hostname()
	}
	w := check.World{
		Tables: map[string]check.Source{}, Hostname: host, LocalDomains: s.Delivery.LocalDomains, Include: openInclude,
		Mailers:              []string{route.Local, route.SMTP, route.ESMTP, route.SMTP8, route.DSMTP, route.Relay, route.Error, route.Catch, route.Hold, route.Discard, route.Sim},
		LookupDotDomain:      s.Features.LookupDotDomain,
		RelayMailFrom:        s.Features.RelayMailFrom != config.FeatureOff,
		RelayToFullAddress:   s.Features.RelayToFullAddress,
		VirtuserEntireDomain: s.Features.VirtuserEntireDomain,
		GenericsEntireDomain: s.Rewrite.GenericsEntireDomain,
	}
	if allow := allowProgram(s.Safety); allow != nil {
		w.Program = func(command string) error { return allow(command, "") }
	}
	if allow := allowFile(s.Safety); allow != nil {
		w.File = func(path string) error { return allow(path, "") }
	}
	if s.Strict { // else mail for any name is taken
		w.Known = knownUser(c.home)
	}
	for _, name := range check.Names() {
		snapshot, err := live.Take(c.paths[name])
		switch {
		case err != nil:
			c.problems = append(c.problems, table.Problem{File: c.paths[name], Text: reasonOf(err), Cure: "let it be read, or remove it"})
		case snapshot.Exists():
			if u := (*safe.Readable)(nil); name == check.Authinfo && errors.As(safe.Secret(c.paths[name]), &u) {
				c.problems = append(c.problems, table.Problem{File: c.paths[name], Text: u.Error() + ": not read, for the passwords in it", Cure: u.Cure()})
			}
			w.Tables[name] = check.Source{Path: c.paths[name], Text: snapshot.Text}
		}
	}
	return w
}

// mc checks a sendmail.mc: what m4 would stumble over, and rules with blanks where tabs belong.
func (c *homeCheck) mc(path string) error {
	s, err := live.Take(path)
	if err != nil {
		return err
	}
	statements, problems := mc.Parse(path, string(s.Text), nil)
	for _, p := range problems {
		if !strings.HasSuffix(p.Text, "is not read") {
			c.problems = append(c.problems, p)
		}
	}
	for _, st := range statements {
		if st.Name == "" && strings.HasPrefix(st.Arg(0), "R") && !strings.Contains(st.Arg(0), "\t") {
			c.problems = append(c.problems, table.Problem{File: st.File, Line: st.Line, Text: "blanks stand between the sides of the rule, which is read as one side", Cure: "write tabs there"})
		}
	}
	return nil
}

// settingsProblems makes problems of what config says: "postroom.toml:7: unknown key …; cure", one a line.
func settingsProblems(path string, err error) (list []table.Problem) {
	for line := range strings.Lines(err.Error()) {
		p := table.Problem{File: path}
		rest := strings.TrimPrefix(strings.TrimSpace(line), path+":")
		if number, text, ok := strings.Cut(rest, ": "); ok {
			if n, err := strconv.Atoi(number); err == nil {
				p.Line, rest = n, text
			}
		}
		p.Text, p.Cure, _ = strings.Cut(strings.TrimSpace(rest), "; ")
		list = append(list, p)
	}
	return list
}

// reasonOf is an error without the operation and the path.
func reasonOf(err error) string {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}
