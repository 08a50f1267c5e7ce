package spool

import (
	"context"

	"postroom.dev/mta"
)

// Order is how an answer is sorted. The zero Order is newest first.
type Order struct {
	By        OrderBy
	Ascending bool // oldest, smallest, A first
}

// OrderBy is what records are sorted by; those that are equal in it stand in the order of their arrival. Search must know a record
// before an order other than OrderArrival has it.
type OrderBy string

// What records can be sorted by.
const (
	OrderArrival OrderBy = ""
	OrderFrom    OrderBy = "from"    // the name in the From field, else the address, in no case
	OrderSubject OrderBy = "subject" // in no case, without "Re:" and the like
	OrderSize    OrderBy = "size"    // octets as received
)

// Tag is a word that the user puts on messages.
type Tag struct {
	Name  string // at most MaxName octets, in one line; two that differ in case are one
	Color int    // 0 to TagColors-1
	Count int    // messages that have it
}

// Limits of tags and saved searches.
const (
	MaxName   = 60  // octets of a name
	MaxTags   = 200 // and of saved searches
	TagColors = 8
)

// Search is a question that the user saved.
type Search struct {
	Name string // at most MaxName octets
	Text string // Query.Text
}

// Group is how many messages have one thing in common.
type Group struct {
	Value string
	Count int
}

// Tally is how much is kept under each heading. What search does not know yet is missing from the groups.
type Tally struct {
	Starred  int
	States   map[mta.State]int // messages with a recipient in this state; not of caught
	Tags     []Tag             // by name
	Searches []Search          // by name
	// The most frequent first, at most TallyGroups of each.
	Mailboxes []Group // envelope recipients
	Programs  []Group // that sent: "php"
	Users     []Group // who logged in, or ran sendmail
	Ports     []Group // that mail came to: "1025"
	Dirs      []Group // that the programs which called sendmail ran in
}

// TallyGroups is how many groups of one kind a Tally has at most.
const TallyGroups = 30

// Marks are what the user adds to records: stars, tags, and searches that are kept by name. All methods may be called from any
// goroutine, and what they changed is durable when they return.
type Marks interface {
	// SetStarred sets or takes the star and gives the ids that it changed.
	SetStarred(ctx context.Context, starred bool, ids ...int64) ([]int64, error)
	// SetTag puts a tag on messages, or takes it off, and gives the ids that it changed. A tag that does not exist is made. ErrName.
	SetTag(ctx context.Context, name string, on bool, ids ...int64) ([]int64, error)
	// ChangeTag gives a tag another name and colour. ErrNoMark; ErrName, also where another tag has the name.
	ChangeTag(ctx context.Context, name string, to Tag) error
	// RemoveTag takes a tag off all messages and forgets it. ErrNoMark.
	RemoveTag(ctx context.Context, name string) error
	// SaveSearch keeps a search, in the place of one of the same name. ErrName; ErrQuery.
	SaveSearch(ctx context.Context, s Search) error
	// RemoveSearch forgets a search. ErrNoMark.
	RemoveSearch(ctx context.Context, name string) error
	// Tally counts.
	Tally(ctx context.Context) (Tally, error)
}
