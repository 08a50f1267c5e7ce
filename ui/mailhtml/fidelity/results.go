package fidelity

import (
	"errors"
	"os"
	"strings"
)

// The lines round the results in docs/preview.md.
const (
	resultsBegin = "<!-- results: made by `go run ./ui/mailhtml/fidelity/compare -update` -->\n"
	resultsEnd   = "<!-- end of results -->\n"
)

// ErrNoPlace says that a page has no place for the results.
var ErrNoPlace = errors.New("the page has no place for the results")

// Results gives the results that stand in a page.
func Results(page string) (string, error) {
	b, err := os.ReadFile(page)
	if err != nil {
		return "", err
	}
	_, after, ok := strings.Cut(string(b), resultsBegin)
	results, _, ended := strings.Cut(after, resultsEnd)
	if !ok || !ended {
		return "", ErrNoPlace
	}
	return results, nil
}

// WriteResults puts results into a page.
func WriteResults(page, results string) error {
	b, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, after, ok := strings.Cut(string(b), resultsBegin)
	_, rest, ended := strings.Cut(after, resultsEnd)
	if !ok || !ended {
		return ErrNoPlace
	}
	return os.WriteFile(page, []byte(before+resultsBegin+results+resultsEnd+rest), 0o644)
}
