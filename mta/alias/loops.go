package alias

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"postroom.dev/mta/table"
)

// loops finds names that lead back to themselves through others. A name that names itself is no mistake: its
// user gets the mail, and the others on the line too.
func (db *DB) loops() []table.Problem {
	edges := db.edges()
	const (
		open = 1
		done = 2
	)
	state := make(map[string]int)
	var found []table.Problem
	type frame struct {
		name string
		next int
	}
	for _, start := range slices.Sorted(maps.Keys(edges)) {
		if state[start] != 0 {
			continue
		}
		state[start] = open
		for way := []frame{{name: start}}; len(way) > 0; { // a stack of our own: a chain may be long
			top := &way[len(way)-1]
			if top.next == len(edges[top.name]) {
				state[top.name] = done
				way = way[:len(way)-1]
				continue
			}
			to := edges[top.name][top.next]
			top.next++
			switch state[to] {
			case open:
				at := slices.IndexFunc(way, func(f frame) bool { return f.name == to })
				var names []string
				for _, f := range way[at:] {
					names = append(names, f.name)
				}
				found = append(found, db.loop(names))
				if len(found) == table.MaxProblems {
					return found
				}
			case 0:
				state[to] = open
				way = append(way, frame{name: to})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b table.Problem) int { return cmp.Compare(a.Line, b.Line) })
	return found
}

// maxLoopNames is how many names of a loop are told.
const maxLoopNames = 12

// loop tells of one loop, at the first of its lines.
func (db *DB) loop(names []string) table.Problem {
	first, line := 0, 0
	for i, name := range names {
		e, _, _ := db.entries.Get(name)
		if i == 0 || e.Line < line {
			first, line = i, e.Line
		}
	}
	names = append(names[first:len(names):len(names)], names[:first]...)
	last := names[0]
	if len(names) > maxLoopNames {
		names = append(names[:maxLoopNames:maxLoopNames], "…")
	}
	return table.Problem{Line: line, Text: "alias loop: " + strings.Join(names, " -> ") + " -> " + last,
		Cure: "take one of them out; unless one is a user, mail to them is returned", Ours: true, Warning: true}
}

// edges gives, for each name that leads to other names of the file, which ones.
func (db *DB) edges() map[string][]string {
	edges := make(map[string][]string)
	for e := range db.entries.All() {
		for _, t := range Targets(e.Value, db.local) {
			if t.Kind != User || t.Direct {
				continue
			}
			if to, ok := db.Lookup(t.Address.Local); ok && to.Key != e.Key {
				edges[e.Key] = append(edges[e.Key], to.Key)
			}
		}
	}
	return edges
}
