// Package early runs before any other package of the program that could speak.
//
// Fyne's language package logs a line from its init when LANG is C.UTF-8, and
// reads FYNE_CACHE in another. Go initialises packages whose imports are ready in
// the order of their import paths, so this package, which needs only os, io and log, comes first:
// it silences the standard logger until [Done]. Keep its imports as they are; a test holds it to that.
package early

import (
	"io"
	"log"
	"os"
)

// An exception to the rule against init with effects: nothing else runs early enough.
func init() {
	log.SetOutput(io.Discard)
	if os.Getenv("FYNE_CACHE") == "" {
		// Texts stay in memory for so long: the default of a minute costs hundreds of MB. With 10 s or less, a window in which nothing
		// happens is walked through 60 times a second, so that what stands in it does not expire.
		os.Setenv("FYNE_CACHE", "12s")
	}
}

// Done gives the standard logger its voice back: the first call of main.
func Done() { log.SetOutput(os.Stderr) }
