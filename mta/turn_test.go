package mta

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func minute(n int) time.Time { return time.Date(2026, 11, 23, 9, n, 0, 0, time.UTC) }

func tried(at int, text string) Turn {
	return Turn{Time: minute(at), Took: time.Second, State: Deferred, Mailer: "esmtp", Host: "mx", Status: Status{Code: 451, Text: text}}
}

func TestAttemptsThatEndAlikeStandAsOne(t *testing.T) {
	turns := Turned(nil, tried(0, "greylisted"))
	turns = Turned(turns, tried(30, "greylisted"))
	turns = Turned(turns, tried(60, "greylisted"))
	turns = Turned(turns, tried(90, "busy"))
	want := []Turn{
		{Time: minute(0), Last: minute(60), Count: 3, Took: time.Second, State: Deferred, Mailer: "esmtp", Host: "mx", Status: Status{Code: 451, Text: "greylisted"}},
		tried(90, "busy"),
	}
	if d := cmp.Diff(want, turns); d != "" {
		t.Error(d)
	}
}

func TestAnOrderThatChangesNothingIsNoTurn(t *testing.T) {
	held := Turn{Time: minute(1), State: Held, Note: "held by the user"}
	turns := Turned(nil, held)
	held.Time = minute(2)
	if turns = Turned(turns, held); len(turns) != 1 || turns[0].Count != 0 {
		t.Errorf("%+v", turns)
	}
	if turns = Turned(turns, Turn{Time: minute(3), State: Queued, Note: "let go"}); len(turns) != 2 {
		t.Errorf("%+v", turns)
	}
}

func TestOfManyTurnsTheFirstAndTheLastStay(t *testing.T) {
	var turns []Turn
	for i := range 100 {
		before := cmp.Diff(nil, turns)
		more := Turned(turns, tried(i, "answer "+strconv.Itoa(i)))
		if after := cmp.Diff(nil, turns); after != before {
			t.Fatalf("attempt %d changed what was given:\n%s", i, after)
		}
		turns = more
	}
	if len(turns) != MaxTurns {
		t.Fatalf("%d turns, want %d", len(turns), MaxTurns)
	}
	for i := range firstTurns {
		if turns[i].Status.Text != "answer "+strconv.Itoa(i) {
			t.Errorf("turn %d: %s", i, turns[i].Status.Text)
		}
	}
	if m := turns[firstTurns]; m.Count != 100-MaxTurns+1 || !m.Time.Equal(minute(5)) || !m.Last.Equal(minute(85)) || m.Status.Text != "answer 85" {
		t.Errorf("the middle: %+v", m)
	}
	if last := turns[MaxTurns-1]; last.Status.Text != "answer 99" {
		t.Errorf("the last: %+v", last)
	}
}

func TestALongAnswerIsCutBetweenLetters(t *testing.T) {
	long := tried(0, strings.Repeat("x", MaxTurnText-1)+"é and more")
	long.Status.Err, long.Status.Output = errors.New("private"), "printed"
	got := Turned(nil, long)[0].Status
	if want := (Status{Code: 451, Text: strings.Repeat("x", MaxTurnText-1) + "…"}); got != want {
		t.Errorf("%+v", got)
	}
}
