//go:build !linux

package queue

// watch is for systems whose kernel tells of changes to files; here directories are read instead.
type watch struct{}

func newWatch(*Queue) *watch { return nil }

func (w *watch) close() {}

func (w *watch) changes() (changes, bool) { return changes{}, false }

// heldLocks gives which files somebody may have locked: any, so each has to be asked.
func heldLocks(string) locks { return locks{all: true} }
