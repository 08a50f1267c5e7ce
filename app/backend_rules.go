package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"postroom.dev/app/config"
	"postroom.dev/mta/address"
	"postroom.dev/mta/simulate"
	"postroom.dev/mta/table"
	"postroom.dev/mta/table/check"
	"postroom.dev/mta/table/live"
	"postroom.dev/mta/trace"
	"postroom.dev/spool"
	"postroom.dev/ui/model"
)

// Limits of what WouldChange looks at and tells.
const (
	previewLooks = 1000 // messages, the newest ones
	previewTells = 100
)

// TableNames gives the tables that can be edited.
func (r *Room) TableNames() []string {
	return []string{check.Access, check.Aliases, check.Virtuals, check.Generics, check.Mailers, check.LocalHosts, check.VirtualDomains,
		check.GenericsDomains, check.RelayDomains, check.Trusted, check.Authinfo, tableSimulate}
}

// tableOf refuses what is no table's name: it becomes part of a path.
func (r *Room) tableOf(name string) (string, error) {
	if !slices.Contains(r.TableNames(), name) {
		return "", fmt.Errorf("%q is no table", name)
	}
	return r.home.Table(name), nil
}

func tableText(name string, s live.Snapshot) model.TableText {
	return model.TableText{Name: name, Path: s.Path(), Text: s.Text, Version: fmt.Sprintf("%t %x", s.Exists(), sha256.Sum256(s.Text))}
}

// TableText reads a table's source as it is now.
func (r *Room) TableText(_ context.Context, name string) (model.TableText, error) {
	path, err := r.tableOf(name)
	if err != nil {
		return model.TableText{}, err
	}
	s, err := live.Take(path)
	return tableText(name, s), err
}

// SaveTable puts text in a table's place, while that still is what version says.
func (r *Room) SaveTable(_ context.Context, name string, text []byte, version string) (model.TableText, error) {
	path, err := r.tableOf(name)
	if err != nil {
		return model.TableText{}, err
	}
	s, err := live.Take(path)
	if err != nil {
		return model.TableText{}, err
	}
	if tableText(name, s).Version != version {
		return model.TableText{}, fmt.Errorf("%s: %w", path, model.ErrTableChanged)
	}
	saved, err := s.Save(text)
	if errors.Is(err, live.ErrChanged) {
		err = fmt.Errorf("%s: %w", path, model.ErrTableChanged)
	}
	return tableText(name, saved), err
}

// currentSettings are the file's, or those of the start while the file has a mistake.
func (r *Room) currentSettings() config.Settings {
	s, err := config.Load(r.home.Settings())
	if err != nil {
		return r.settings
	}
	return s
}

// CheckTable says what is wrong with a text for a table, beside the other tables as they are.
func (r *Room) CheckTable(_ context.Context, name string, text []byte) ([]table.Problem, error) {
	path, err := r.tableOf(name)
	if err != nil {
		return nil, err
	}
	if name == tableSimulate {
		_, problems := simulate.Parse(path, bytes.NewReader(text))
		return problems, nil
	}
	c := homeCheck{home: r.home, paths: map[string]string{}}
	for _, n := range check.Names() {
		c.paths[n] = r.home.Table(n)
	}
	w := c.world(r.currentSettings())
	w.Tables[name] = check.Source{Path: path, Text: text}
	problems := check.Only(w, name)
	if name == check.Mailers {
		problems = append(problems, r.redirectProblems(path, text)...)
	}
	return problems, nil
}

// redirectProblems says whether mail may leave for whom [delivery] redirect names, with this text for the mailertable at path.
func (r *Room) redirectProblems(path string, text []byte) []table.Problem {
	settings := r.currentSettings()
	if settings.Delivery.Redirect == "" {
		return nil
	}
	dir, err := r.previewDir(map[string][]byte{check.Mailers: text})
	defer os.RemoveAll(dir)
	if err != nil {
		return nil
	}
	file, _ := r.settingsText()
	tried := filepath.Join(dir, check.Mailers)
	problems := checkRedirect(r.home, func(name string) string {
		if name == check.Mailers {
			return tried
		}
		return r.home.Table(name)
	}, settings, file)
	for i := range problems {
		if problems[i].File != tried { // a line of the settings is none of the table
			problems[i].Line = 0
		}
		problems[i].File = path
	}
	return problems
}

// worldWith is what decides with texts in the place of some tables. end takes away what was made for it.
func (r *Room) worldWith(with map[string][]byte) (w trace.World, end func(), err error) {
	dir, err := r.previewDir(with)
	end = func() { os.RemoveAll(dir) }
	if err != nil {
		return w, end, err
	}
	w, err = traceWorld(r.home, func(name string) string {
		if _, ok := with[name]; ok && name != check.Authinfo {
			return filepath.Join(dir, name)
		}
		return r.home.Table(name)
	}, r.currentSettings())
	return w, end, err
}

// previewDir makes a directory with texts for tables, which the caller takes away; "" where there is none.
func (r *Room) previewDir(with map[string][]byte) (dir string, err error) {
	if dir, err = os.MkdirTemp(filepath.Dir(r.home.Lock()), "preview-"); err != nil {
		return "", err
	}
	for name, text := range with {
		if _, err := r.tableOf(name); err != nil {
			return dir, err
		}
		if name == check.Authinfo { // it decides nothing here, and its passwords are copied nowhere
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return dir, err
		}
	}
	return dir, nil
}

// worldNow is what decides now.
func (r *Room) worldNow() trace.World {
	return trace.World{Router: r.delivery.routing.router.Load(), Rewriter: r.delivery.routing.rewrite.Load()}
}

// TraceAddress says what would happen to mail, with texts in the place of the tables that they are named after.
func (r *Room) TraceAddress(_ context.Context, q model.AddressQuestion, with map[string][]byte) (a model.AddressAnswer, err error) {
	var ask trace.Question
	for _, side := range []struct {
		text string
		to   *address.Address
	}{{q.To, &ask.To}, {q.From, &ask.From}} {
		if side.text == "" || side.text == "<>" {
			continue
		}
		if *side.to, err = address.Parse(side.text); err != nil {
			_, why := address.Complaint(err)
			return a, fmt.Errorf("%s... %s", side.text, why)
		}
	}
	now := r.worldNow()
	if len(with) == 0 {
		a.Answer, err = now.Ask(ask)
		return a, err
	}
	was, err := now.Ask(ask)
	if err == nil {
		a.Was = was.Fate()
	}
	w, end, err := r.worldWith(with)
	defer end()
	if err != nil {
		return a, err
	}
	a.Answer, err = w.Ask(ask)
	return a, err
}

// WouldChange says which of the newest messages would fare otherwise with these texts.
func (r *Room) WouldChange(ctx context.Context, with map[string][]byte) (p model.RulesPreview, err error) {
	then, end, err := r.worldWith(with)
	defer end()
	if err != nil {
		return p, err
	}
	now, renames := r.worldNow(), false
	for name := range with { // only these change a header
		renames = renames || name == check.Generics || name == check.GenericsDomains || name == check.LocalHosts
	}
	ids, err := r.store.IDs(ctx, spool.Query{Limit: previewLooks + 1})
	if err != nil {
		return p, err
	}
	p.All = len(ids) <= previewLooks
	for part := range slices.Chunk(ids[:min(len(ids), previewLooks)], 100) {
		records, err := r.store.Get(ctx, part...)
		if err != nil {
			return p, err
		}
		for i := range records {
			rec := &records[i]
			var header []byte
			if renames {
				if header, err = r.headerOf(ctx, rec.ID); errors.Is(err, spool.ErrNotFound) {
					continue // deleted meanwhile
				} else if err != nil {
					return p, err
				}
			}
			p.Looked++
			list, err := trace.Compare(now, then, &rec.Envelope, header)
			switch {
			case err != nil:
				return p, err
			case len(list) == 0:
			case len(p.Changed) == previewTells:
				p.More++
			default:
				p.Changed = append(p.Changed, model.ChangedMessage{ID: rec.ID, Subject: rec.Subject, What: list})
			}
		}
	}
	return p, nil
}

// headerOf reads a message's header, of a large one the start.
func (r *Room) headerOf(ctx context.Context, id int64) ([]byte, error) {
	content, err := r.store.Content(ctx, id)
	if err != nil {
		return nil, err
	}
	body, err := content.Open()
	if err != nil {
		return nil, err
	}
	defer body.Close()
	head, err := io.ReadAll(io.LimitReader(body, headLimit))
	for _, end := range []string{"\r\n\r\n", "\n\n"} {
		if i := bytes.Index(head, []byte(end)); i >= 0 {
			head = head[:i+len(end)]
		}
	}
	return head, err
}
