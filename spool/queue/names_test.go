package queue

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

func TestASyncOfADirectoryThatFailsIsToldToAllWhoSharedIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	var n names
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := n.sync(dir); !os.IsNotExist(err) {
				t.Errorf("%v, want that the directory does not exist", err)
			}
		})
	}
	wg.Wait()
}

func TestWhoAsksDuringASyncTakesPartInTheNextOne(t *testing.T) {
	dir := t.TempDir()
	n := names{next: map[string]*nameSync{}, busy: map[string]*sync.Mutex{dir: {}}}
	n.busy[dir].Lock() // a sync is under way
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			if err := n.sync(dir); err != nil {
				t.Error(err)
			}
		})
	}
	eventually(t, func() bool { n.mu.Lock(); defer n.mu.Unlock(); return n.next[dir] != nil })
	n.mu.Lock()
	shared := n.next[dir]
	n.mu.Unlock()
	n.busy[dir].Unlock()
	wg.Wait()
	if !shared.over {
		t.Error("nobody did it")
	}
	if err := n.sync(dir); err != nil { // and a later one is a sync of its own
		t.Error(err)
	}
	if n.next[dir] != nil {
		t.Error("a sync that began still takes others")
	}
}

// eventually waits for what another goroutine is about to do.
func eventually(t *testing.T, what func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !what(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}
