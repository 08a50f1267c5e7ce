//go:build !nogui

package ui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"postroom.dev/mta/address"
	"postroom.dev/mta/route"
	"postroom.dev/mta/simulate"
	"postroom.dev/mta/table"
	"postroom.dev/mta/table/check"
	"postroom.dev/mta/trace"
	"postroom.dev/ui/model"
)

// TableNames and the methods below are the tables, in memory.
func (b *testBackend) TableNames() []string {
	return []string{"access", "aliases", "mailertable", "genericstable", "local-host-names", "simulate"}
}

func (b *testBackend) table(name string) model.TableText {
	text := b.texts[name]
	return model.TableText{Name: name, Path: "/home/etc/mail/" + name, Text: []byte(text), Version: fmt.Sprintf("%x", text)}
}

// write puts a text in a table's place, as another program would.
func (b *testBackend) write(name, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.texts == nil {
		b.texts = map[string]string{}
	}
	b.texts[name] = text
}

func (b *testBackend) TableText(_ context.Context, name string) (model.TableText, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.table(name), nil
}

func (b *testBackend) SaveTable(_ context.Context, name string, text []byte, version string) (model.TableText, error) {
	b.mu.Lock()
	now := b.table(name)
	b.mu.Unlock()
	if now.Version != version {
		return now, model.ErrTableChanged
	}
	b.write(name, string(text))
	return b.TableText(context.Background(), name)
}

func (b *testBackend) CheckTable(_ context.Context, name string, text []byte) ([]table.Problem, error) {
	if name == "simulate" {
		_, problems := simulate.Parse(name, bytes.NewReader(text))
		return problems, nil
	}
	return check.Only(check.World{Tables: map[string]check.Source{name: {Path: name, Text: text}}, Hostname: "mail.example.com", Mailers: []string{"esmtp", "catch"}}, name), nil
}

func (b *testBackend) TraceAddress(_ context.Context, q model.AddressQuestion, with map[string][]byte) (model.AddressAnswer, error) {
	b.mu.Lock()
	texts := maps.Clone(b.texts)
	b.mu.Unlock()
	if texts == nil {
		texts = map[string]string{}
	}
	for name, text := range with {
		texts[name] = string(text)
	}
	mailers, _ := table.Parse("mailertable", strings.NewReader(texts["mailertable"]), table.Syntax{})
	r, err := route.New(route.Config{Hostname: "mail.example.com", Tables: route.Tables{Mailers: func() (*table.Map, error) { return mailers, nil }}})
	if err != nil {
		return model.AddressAnswer{}, err
	}
	to, err := address.Parse(q.To)
	if err != nil && q.To != "" {
		return model.AddressAnswer{}, errors.New("no address")
	}
	a, err := trace.World{Router: r}.Ask(trace.Question{To: to})
	return model.AddressAnswer{Answer: a}, err
}

func (b *testBackend) WouldChange(_ context.Context, with map[string][]byte) (model.RulesPreview, error) {
	return model.RulesPreview{Looked: 1000 + len(with), Changed: []model.ChangedMessage{{ID: 7, Subject: "hello", What: []trace.Difference{{What: "recipient a@b", Was: "caught", Then: "esmtp"}}}}}, nil
}
