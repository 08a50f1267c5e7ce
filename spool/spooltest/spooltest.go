// Package spooltest says, as tests, what any spool.Store must do, and has a
// small store in memory for tests of what is built on one.
//
// A package with a store calls Store from a test of its own, with a function that opens an empty store. What
// only a store on a disk can show (survival of kill -9, a full disk, damaged files) is for its own tests.
package spooltest

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/spool"
)

// Store runs the suite. open gives an empty store; the suite closes it.
func Store(t *testing.T, open func(t *testing.T) spool.Store) {
	rules := []struct {
		rule string
		test func(f *fixture)
	}{
		{"a draft takes the bytes as they come", draftTakesBytes},
		{"a draft's head is the first 64 KiB", draftHead},
		{"commit keeps bytes, envelope and transcript", commitKeeps},
		{"commit is idempotent by queue id", commitIsIdempotent},
		{"a queue id with other bytes is a duplicate", commitDuplicate},
		{"a queue id is required", commitWithoutID},
		{"of drafts with one queue id at once, one is kept", commitRace},
		{"commit under an ended context keeps nothing", commitCanceled},
		{"discard keeps nothing", discardKeepsNothing},
		{"discard after commit does nothing", discardAfterCommit},
		{"a draft that has ended takes no more", endedDraft},
		{"content gives every octet back", contentIsExact},
		{"every open gives a reader of its own", contentReaders},
		{"a missing record has no content and no transcript", contentNotFound},

		{"the summary is decoded", summaryDecoded},
		{"the summary falls back to the added From field", summaryAddedFrom},
		{"a broken message is kept with what can be read of it", summaryBroken},

		{"ids ascend and are never used twice", idsAscend},
		{"the zero query asks for all, newest first", findAll},
		{"a page has 50 records when no limit is given", findDefaultLimit},
		{"pages follow one another without gap or overlap", findPages},
		{"before and after bound the ids", findBounds},
		{"rcpt finds envelope recipients without regard to case", findRcpt},
		{"state finds records by any recipient's state", findState},
		{"unread finds what has no read mark", findUnread},
		{"conditions add up", findCombined},
		{"get keeps the order asked for and leaves out what is missing", getOrder},
		{"an ended context ends a question", questionCanceled},

		{"search finds what the grammar says", searchGrammar},
		{"search finds words of every script", searchScripts},
		{"search refuses what it does not understand", searchRefuses},
		{"search pages and obeys the other conditions", searchPages},
		{"search does not find what was deleted", searchDeleted},
		{"text and markup are searched, attachments are not", searchParts},
		{"settle waits until search knows all", settle},

		{"search finds by what is known of a message", searchConditions},
		{"an order sorts, and its pages follow one another", orders},
		{"an order has what arrives and loses what is deleted", ordersFollow},

		{"a star is set, taken and found", starring},
		{"tags are put on, taken off, found and counted", tagging},
		{"tags are renamed, recoloured and removed", changingTags},
		{"names that cannot be given are refused", refusingNames},
		{"marks of what is deleted are gone", marksOfDeleted},
		{"searches are kept by name", savingSearches},
		{"a tally counts what messages have in common", tally},

		{"set read gives the ids that it changed", setRead},
		{"delete gives the ids that existed", deleteGives},
		{"delete frees the queue id", deleteFreesQueueID},
		{"counts follow", countsFollow},
		{"look-up finds a record by its queue id", lookup},
		{"update replaces the recipients and nothing else", updateReplaces},
		{"update of one record leaves the others", updateOne},
		{"a note adds steps and takes the place of one about the same", noteAdds},
		{"update under an ended context changes nothing", updateCanceled},
		{"sessions are kept and replaced", sessions},
		{"sessions are listed in pages", sessionPages},
		{"all methods may be called from any goroutine", concurrent},
		{"a closed store answers with errors", closed},
	}
	for _, r := range rules {
		t.Run(r.rule, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			r.test(&fixture{T: t, Store: s})
		})
	}
}

// fixture is one rule's test and its store.
type fixture struct {
	*testing.T
	spool.Store
	n int
}

// arrival is a time with a zone and a fraction, to be kept as it is.
var arrival = time.Date(2026, 2, 3, 4, 5, 6, 789000000, time.FixedZone("", 2*3600))

// Envelope makes an envelope that is caught for each recipient.
func Envelope(queueID string, rcpt ...string) *mta.Envelope {
	env := &mta.Envelope{
		ID:         queueID,
		Sender:     address.Address{Local: "sender", Domain: "example.com"},
		Arrival:    arrival,
		Origin:     mta.Origin{Session: "s-" + queueID, Protocol: "ESMTP", Client: "127.0.0.1:5000", HELO: "there", UID: -1},
		Added:      []byte("Received: from there\r\n"),
		Transcript: []byte("220 here\r\nEHLO there\r\n"),
		SentFrom:   address.Address{Local: "shop", Domain: "example.org"},
		Rewritten:  []mta.Rewritten{{Name: "From", Offset: 7, In: []byte("From: J\xf6rg\r\n <sender>"), Out: []byte("From: J\xf6rg\r\n <shop@example.org>")}},
	}
	for _, a := range rcpt {
		local, domain, _ := strings.Cut(a, "@")
		env.Recipients = append(env.Recipients, mta.Recipient{Address: address.Address{Local: local, Domain: domain}, State: mta.Caught, Mailer: "catch"})
	}
	return env
}

func (f *fixture) ctx() context.Context { return f.Context() }

// queueID gives a queue id that was not used before.
func (f *fixture) queueID() string {
	f.n++
	return fmt.Sprintf("5BM3rA%08d", f.n)
}

func (f *fixture) draft(message string) spool.Draft {
	f.Helper()
	d, err := f.Create()
	if err != nil {
		f.Fatal(err)
	}
	if n, err := io.WriteString(d, message); err != nil || n != len(message) {
		f.Fatalf("wrote %d of %d octets: %v", n, len(message), err)
	}
	return d
}

// add keeps a message and gives its id.
func (f *fixture) add(message string, rcpt ...string) int64 {
	f.Helper()
	return f.addEnvelope(message, Envelope(f.queueID(), rcpt...))
}

func (f *fixture) addEnvelope(message string, env *mta.Envelope) int64 {
	f.Helper()
	id, err := f.draft(message).Commit(f.ctx(), env)
	if err != nil {
		f.Fatal(err)
	}
	return id
}

// addMany keeps n small messages and gives their ids, newest first.
func (f *fixture) addMany(n int) []int64 {
	f.Helper()
	ids := make([]int64, n)
	for i := range n {
		ids[n-1-i] = f.add(fmt.Sprintf("Subject: number %d\r\n\r\nsome text\r\n", i), "a@example.com")
	}
	return ids
}

func (f *fixture) ids(q spool.Query) []int64 {
	f.Helper()
	ids, err := f.IDs(f.ctx(), q)
	if err != nil {
		f.Fatalf("ids of %+v: %v", q, err)
	}
	return ids
}

// search settles, and gives the ids that the words find.
func (f *fixture) search(text string) []int64 {
	f.Helper()
	if err := f.Settle(f.ctx()); err != nil {
		f.Fatal(err)
	}
	return f.ids(spool.Query{Text: text})
}

// record gives one record.
func (f *fixture) record(id int64) spool.Record {
	f.Helper()
	r, err := f.Get(f.ctx(), id)
	if err != nil || len(r) != 1 {
		f.Fatalf("get %d: %d records, %v", id, len(r), err)
	}
	return r[0]
}

// bytes gives a message's bytes.
func (f *fixture) bytes(id int64) string {
	f.Helper()
	c, err := f.Content(f.ctx(), id)
	if err != nil {
		f.Fatal(err)
	}
	r, err := c.Open()
	if err != nil {
		f.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		f.Fatal(err)
	}
	if c.Size() != int64(len(b)) {
		f.Errorf("content says %d octets and gives %d", c.Size(), len(b))
	}
	return string(b)
}

// same fails unless got is want; no element and nil are the same.
func (f *fixture) same(what string, want, got any) {
	f.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		f.Errorf("%s (-want +got):\n%s", what, d)
	}
}
