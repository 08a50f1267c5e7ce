package queue

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWordsReadBackAsTheSameSelection(t *testing.T) {
	for _, words := range [][]string{
		{}, {"Iabc"}, {"!Iabc", "IX"}, {"Rsally@Example.com", "!Rbob"}, {"Sa"}, {"Q"}, {"Qspam", "!Qham"}, {"L"}, {"Gmqueue"}, {"I", "R", "S"},
	} {
		want, err := ParseSelection(words...)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseSelection(want.Words()...)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got, cmp.AllowUnexported(Selection{}, contains{})); d != "" {
			t.Errorf("%q → %q:\n%s", words, want.Words(), d)
		}
	}
}
