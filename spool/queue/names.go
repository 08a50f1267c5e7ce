package queue

import "sync"

// names makes names in directories durable. All who ask while a directory is being synced share the next sync of it: the
// runs of many messages end at the same time, and a sync costs the same for all of them.
type names struct {
	mu   sync.Mutex
	next map[string]*nameSync // by directory; the sync that who asks now takes part in
	busy map[string]*sync.Mutex
}

// nameSync is one sync of a directory.
type nameSync struct {
	over bool // guarded by the directory's busy
	err  error
}

func (n *names) sync(dir string) error {
	n.mu.Lock()
	if n.busy == nil {
		n.next, n.busy = map[string]*nameSync{}, map[string]*sync.Mutex{}
	}
	mine, busy := n.next[dir], n.busy[dir]
	if mine == nil {
		mine = &nameSync{}
		n.next[dir] = mine
	}
	if busy == nil {
		busy = &sync.Mutex{}
		n.busy[dir] = busy
	}
	n.mu.Unlock()

	busy.Lock()
	defer busy.Unlock()
	if mine.over {
		return mine.err
	}
	n.mu.Lock()
	delete(n.next, dir) // what is renamed or removed from now on may come too late for this one
	n.mu.Unlock()
	mine.err, mine.over = syncDir(dir), true
	return mine.err
}
