package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// The kinds of facets.
const (
	facetRcpt    = "rcpt" // only counted: the table rcpt finds them
	facetProgram = "program"
	facetUser    = "user"
	facetPort    = "port"
	facetDir     = "dir"
)

// facet is one thing that messages have in common.
type facet struct{ kind, value string }

// facetLimit bounds a value, in octets. What is longer is no facet.
const facetLimit = 500

// about is what the index reads of an envelope.
type about struct {
	Arrival time.Time
	Origin  struct {
		Listener, User, Dir string
		Argv                []string
	}
	Recipients []struct {
		Address address.Address
		Via     []address.Address
	}
}

// readAbout gives what an envelope says, nothing of one that cannot be read.
func readAbout(envelope []byte) (a about) {
	if json.Unmarshal(envelope, &a) != nil {
		return about{}
	}
	return a
}

// recipients gives a To field and the envelope's recipients, which for a Bcc is all there is.
func (a *about) recipients(to string) string {
	var b strings.Builder
	b.WriteString(to)
	for _, r := range a.Recipients {
		b.WriteString("\n" + r.Address.Local + "@" + r.Address.Domain)
	}
	return b.String()
}

// facets gives what a message has in common with others, each once.
func (a *about) facets() []facet {
	var out []facet
	seen := make(map[facet]bool)
	add := func(kind, value string) {
		f := facet{kind, value}
		if value != "" && len(value) <= facetLimit && utf8.ValidString(value) && !seen[f] {
			seen[f] = true
			out = append(out, f)
		}
	}
	env := mta.Envelope{Recipients: make([]mta.Recipient, len(a.Recipients))}
	for i, r := range a.Recipients {
		env.Recipients[i] = mta.Recipient{Address: r.Address, Via: r.Via}
	}
	for _, k := range keys(&env) {
		add(facetRcpt, k.address)
	}
	if len(a.Origin.Argv) > 0 {
		add(facetProgram, programName(a.Origin.Argv[0]))
	}
	add(facetUser, a.Origin.User)
	if i := strings.LastIndexByte(a.Origin.Listener, ':'); i >= 0 && !strings.Contains(a.Origin.Listener[i:], "/") {
		add(facetPort, a.Origin.Listener[i+1:])
	}
	add(facetDir, a.Origin.Dir)
	return out
}

// programName gives the name of a program: "php-fpm" of "/usr/sbin/php-fpm: pool www".
func programName(argv0 string) string {
	name, _, _ := strings.Cut(argv0, " ")
	name = strings.TrimSuffix(path.Base(strings.TrimPrefix(name, "-")), ":") // a login shell calls itself "-bash"
	if name == "." || name == "/" {
		return ""
	}
	return name
}

// keyLimit bounds what records are sorted by, in octets.
const keyLimit = 80

// fromKey is what a From field is sorted by.
func fromKey(from string) string {
	name, _, ok := strings.Cut(from, "<")
	if name = strings.Trim(name, ` "'`); !ok || name == "" {
		name = strings.Trim(from, `<> "'`)
	}
	return cutKey(name)
}

// subjectKey is what a subject is sorted by.
func subjectKey(subject string) string {
	s := strings.ToLower(strings.TrimSpace(subject))
	for {
		cut := s
		for _, prefix := range []string{"re:", "fwd:", "fw:", "aw:", "wg:", "回复:", "转发:", "回复：", "转发："} {
			cut = strings.TrimSpace(strings.TrimPrefix(cut, prefix))
		}
		if cut == s {
			return cutKey(s)
		}
		s = cut
	}
}

func cutKey(s string) string {
	s = strings.ToLower(s)
	if len(s) <= keyLimit {
		return s
	}
	n := keyLimit
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// facetCounts gathers what a batch adds to, or takes from, the counts of facets.
type facetCounts map[int64]int

// write changes the counts.
func (n facetCounts) write(ctx context.Context, conn *sql.Conn) error {
	for id, by := range n {
		if _, err := conn.ExecContext(ctx, "UPDATE facet SET n = max(n + ?, 0) WHERE id = ?", by, id); err != nil {
			return err
		}
	}
	return nil
}

// facetIDs gives the ids of facets, making those that are new; known has those of the batch.
func facetIDs(ctx context.Context, conn *sql.Conn, facets []facet, known map[facet]int64) ([]int64, error) {
	ids := make([]int64, 0, len(facets))
	for _, f := range facets {
		id, ok := known[f]
		if !ok {
			err := conn.QueryRowContext(ctx, "INSERT INTO facet(kind, value, n) VALUES (?, ?, 0) ON CONFLICT(kind, value) DO UPDATE SET n = n RETURNING id", f.kind, f.value).Scan(&id)
			if err != nil {
				return nil, err
			}
			known[f] = id
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// unfacet takes deleted records out of the facets.
func unfacet(ctx context.Context, conn *sql.Conn, ids []int64) error {
	counts := facetCounts{}
	type member struct{ facet, record int64 }
	var members []member
	rows, err := conn.QueryContext(ctx, "SELECT e.id, x.value FROM entry e, json_each(e.facets) x WHERE e.id IN (SELECT value FROM json_each(?))", idList(ids))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var m member
		if err := rows.Scan(&m.record, &m.facet); err != nil {
			return err
		}
		counts[m.facet]--
		members = append(members, m)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, m := range members {
		if _, err := conn.ExecContext(ctx, "DELETE FROM faceted WHERE facet = ? AND record = ?", m.facet, m.record); err != nil {
			return err
		}
	}
	return counts.write(ctx, conn)
}
