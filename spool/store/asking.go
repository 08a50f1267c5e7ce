package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/spool/query"
	"postroom.dev/spool/store/words"
)

// asking is a question on its way to SQL. One table leads, so that a page costs what it shows: the search hits, else what has a tag, a
// recipient, a facet, a state or a time, else all messages. The other conditions are looked up for each id. No OFFSET and no
// rank: both would read everything.
type asking struct {
	spool.Query
	yes, no    string // expressions of FTS5
	conditions []condition
	indexed    bool // only what the index knows can be asked about

	from, id, distinct string
	led                bool // a table leads that has few rows, as far as that can be told
	where              []string
	args               []any
}

// condition is one of the question's with what it means to the tables.
type condition struct {
	query.Condition
	of []int64 // tags or facets
}

func newAsking(q spool.Query, question query.Question) *asking {
	a := &asking{Query: q}
	for _, c := range question.Conditions {
		a.conditions = append(a.conditions, condition{Condition: c})
	}
	if q.Rcpt != "" {
		a.conditions = append(a.conditions, condition{Condition: query.Condition{Kind: query.Rcpt, Text: strings.ToLower(q.Rcpt)}})
	}
	if q.State != "" {
		a.conditions = append(a.conditions, condition{Condition: query.Condition{Kind: query.State, Text: string(q.State)}})
	}
	if q.Unread {
		a.conditions = append(a.conditions, condition{Condition: query.Condition{Kind: query.Unread}})
	}
	a.yes, a.no = match(question.Terms)
	a.indexed = a.yes != "" || a.no != "" || q.Order.By != spool.OrderArrival || slices.ContainsFunc(a.conditions, func(c condition) bool {
		switch c.Kind {
		case query.Attachment, query.Program, query.User, query.Port, query.Dir, query.After, query.Before:
			return true
		}
		return false
	})
	return a
}

// match writes the terms as expressions of FTS5: what must occur, less what must
// not; or, where nothing must occur, what must not alone.
func match(terms []query.Term) (yes, no string) {
	var must, mustNot []string
	for _, t := range terms {
		// A string in FTS5 is tokenized as the text was; several words in it are a phrase. Nothing
		// in it is an operator, and a quotation mark is doubled.
		e := `"` + strings.ReplaceAll(words.Spread(t.Text), `"`, `""`) + `"`
		if t.Prefix {
			e += " *"
		}
		if t.Field != "" {
			e = `"` + t.Field + `" : ` + e
		}
		if t.Exclude {
			mustNot = append(mustNot, "("+e+")")
		} else {
			must = append(must, "("+e+")")
		}
	}
	yes, no = strings.Join(must, " AND "), strings.Join(mustNot, " OR ")
	if yes != "" && no != "" {
		return "(" + yes + ") NOT (" + no + ")", ""
	}
	return yes, no
}

// resolve looks up the tags and facets that the conditions name.
func (a *asking) resolve(ctx context.Context, db *sql.DB) error {
	for i := range a.conditions {
		c := &a.conditions[i]
		c.of = c.of[:0]
		switch c.Kind {
		case query.Starred:
			c.of = append(c.of, star)
		case query.Tag:
			id := noTag
			if err := db.QueryRowContext(ctx, "SELECT id FROM main.tag WHERE fold = ?", fold(c.Text)).Scan(&id); err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			c.of = append(c.of, id)
		case query.Program, query.User, query.Port, query.Dir:
			err := each(ctx, db, func(scan func(...any) error) error {
				var id int64
				var value string
				err := scan(&id, &value)
				if err == nil && c.Matches(value) {
					c.of = append(c.of, id)
				}
				return err
			}, "SELECT id, value FROM search.facet WHERE kind = ?", string(c.Kind))
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// and adds a condition.
func (a *asking) and(cond string, args ...any) {
	a.where = append(a.where, cond)
	a.args = append(a.args, args...)
}

// statement writes the SQL.
func (a *asking) statement() (text string, args []any) {
	a.where, a.args, a.distinct = nil, nil, ""
	conditions := slices.Clone(a.conditions)
	if lead := a.lead(conditions); lead >= 0 {
		conditions = slices.Delete(conditions, lead, lead+1)
	}
	key := a.sortBy()
	if a.no != "" && a.yes == "" {
		a.and("m.id NOT IN (SELECT rowid FROM search.words WHERE words MATCH ?)", a.no)
	}
	for _, c := range conditions {
		a.look(c)
	}
	if a.After > 0 {
		a.and(a.id+" > ?", a.After)
	}
	order, less := " DESC", "<"
	if a.Order.Ascending {
		order, less = "", ">"
	}
	if a.Before > 0 {
		if key == "" {
			a.and(a.id+" "+less+" ?", a.Before)
		} else {
			a.and("("+key+", "+a.id+") "+less+" (?, ?)", a.pastKey(), a.Before)
		}
	}
	text = "SELECT " + a.distinct + a.id + " FROM " + a.from
	if len(a.where) > 0 {
		text += " WHERE " + strings.Join(a.where, " AND ")
	}
	text += " ORDER BY "
	if key != "" {
		text += key + order + ", "
	}
	text += a.id + order
	if a.Limit > 0 {
		text += " LIMIT ?"
		a.args = append(a.args, a.Limit)
	}
	return text, a.args
}

// lead chooses the table that leads, and gives the condition that it answers by that, -1 for none.
func (a *asking) lead(conditions []condition) int {
	set := func(from, id string) { a.from, a.id, a.led = from+" CROSS JOIN main.message m ON m.id = "+id, id, true }
	find := func(ok func(c condition) bool) int {
		return slices.IndexFunc(conditions, func(c condition) bool { return !c.Exclude && ok(c) })
	}
	kind := func(kinds ...query.Kind) func(c condition) bool {
		return func(c condition) bool { return slices.Contains(kinds, c.Kind) }
	}
	if a.yes != "" {
		set("search.words", "words.rowid")
		a.and("words MATCH ?", a.yes)
		return -1
	}
	if i := find(kind(query.Tag, query.Starred)); i >= 0 {
		set("main.tagged g", "g.record")
		a.and("g.tag = ?", conditions[i].of[0])
		return i
	}
	if i := find(kind(query.Rcpt)); i >= 0 {
		set("main.rcpt r", "r.record")
		a.distinct = "DISTINCT "
		a.and("r.address = ?", conditions[i].Text)
		return i
	}
	if i := find(kind(query.Program, query.User, query.Port, query.Dir)); i >= 0 {
		set("search.faceted f", "f.record")
		if of := conditions[i].of; len(of) == 1 {
			a.and("f.facet = ?", of[0])
		} else {
			a.distinct = "DISTINCT "
			a.and("f.facet IN (SELECT value FROM json_each(?))", idList(of))
		}
		return i
	}
	if i := find(func(c condition) bool { return c.Kind == query.State && c.Text != string(mta.Caught) }); i >= 0 {
		set("main.rcpt r", "r.record")
		a.distinct = "DISTINCT "
		a.and("r.state = ? AND r.state <> 'caught'", conditions[i].Text)
		return i
	}
	if i := find(kind(query.After, query.Before)); i >= 0 {
		set("search.entry e INDEXED BY entry_arrived", "e.id")
		a.and("e.arrived "+arrival(conditions[i])+" ?", conditions[i].Time.UnixMilli())
		return i
	}
	a.led = false
	if !a.indexed {
		a.from, a.id = "main.message m", "m.id"
		return -1
	}
	index := ""
	if a.Order.By != spool.OrderArrival {
		index = " INDEXED BY " + orderIndex(a.Order.By)
	}
	set("search.entry e"+index, "e.id") // only what the index knows
	a.led = false
	return -1
}

// arrival gives the comparison of a time of arrival.
func arrival(c condition) string {
	if (c.Kind == query.After) == !c.Exclude {
		return ">="
	}
	return "<"
}

// look adds a condition that is looked up for each id.
func (a *asking) look(c condition) {
	not := ""
	if c.Exclude {
		not = "NOT "
	}
	switch c.Kind {
	case query.Unread:
		a.and("m.read = ?", c.Exclude)
	case query.Larger, query.Smaller:
		op := ">"
		if (c.Kind == query.Larger) == c.Exclude {
			op = "<="
		}
		if c.Kind == query.Smaller {
			op = map[bool]string{false: "<", true: ">="}[c.Exclude]
		}
		a.and("m.size "+op+" ?", c.Octets)
	case query.Attachment:
		op := map[bool]string{false: "> 0", true: "= 0"}[c.Exclude]
		a.and("EXISTS (SELECT 1 FROM search.entry x WHERE x.id = m.id AND x.attachments " + op + ")")
	case query.After, query.Before:
		a.and("EXISTS (SELECT 1 FROM search.entry x WHERE x.id = m.id AND x.arrived "+arrival(c)+" ?)", c.Time.UnixMilli())
	case query.Tag, query.Starred:
		a.and(not+"EXISTS (SELECT 1 FROM main.tagged x WHERE x.tag = ? AND x.record = m.id)", c.of[0])
	case query.Program, query.User, query.Port, query.Dir:
		a.and(not+"EXISTS (SELECT 1 FROM search.faceted x WHERE x.facet IN (SELECT value FROM json_each(?)) AND x.record = m.id)", idList(c.of))
	case query.Rcpt:
		a.and(not+"EXISTS (SELECT 1 FROM main.rcpt x WHERE x.address = ? AND x.record = m.id)", c.Text)
	case query.State:
		if c.Text == string(mta.Caught) { // no index has it: nearly every record is, so reading their envelopes in turn soon fills a page
			a.and(not + "EXISTS (SELECT 1 FROM main.record c, json_each(c.envelope, '$.Recipients') x WHERE c.id = m.id AND x.value ->> 'State' = 'caught')")
			return
		}
		a.and(not+"EXISTS (SELECT 1 FROM main.rcpt x WHERE x.state = ? AND x.state <> 'caught' AND x.record = m.id)", c.Text)
	}
}

// sortBy gives the column to sort by before the id, "" for none.
func (a *asking) sortBy() string {
	column := orderColumn(a.Order.By)
	if column == "" {
		return ""
	}
	if strings.HasPrefix(a.from, "search.entry e") {
		return "e." + column
	}
	a.from += " CROSS JOIN search.entry k ON k.id = m.id"
	return "k." + column
}

// pastKey gives Past as the column has it.
func (a *asking) pastKey() any {
	if a.Order.By == spool.OrderSize {
		n, _ := strconv.ParseInt(a.Past, 10, 64) // nonsense is 0
		return n
	}
	return a.Past
}
