package app

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"postroom.dev/mta"
)

func TestEventsComeInBatchesAtMostTenASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBus(time.Now)
		defer b.close()
		var mu sync.Mutex
		var batches [][]mta.Event
		stop := b.watch(func(e []mta.Event) { mu.Lock(); batches = append(batches, e); mu.Unlock() })
		for range 50 {
			b.emit(mta.Event{Kind: mta.Stored})
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(busPeriod)
		synctest.Wait()
		mu.Lock()
		n := 0
		for _, batch := range batches {
			n += len(batch)
		}
		if n != 50 || len(batches) > 7 {
			t.Errorf("%d events in %d batches, want 50 in at most 7", n, len(batches))
		}
		batches = nil
		mu.Unlock()
		stop()
		b.emit(mta.Event{Kind: mta.Stored})
		time.Sleep(time.Second)
		synctest.Wait()
		if len(batches) != 0 {
			t.Error("a stopped watcher was called")
		}
	})
}

func TestALostEventMeansResync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBus(time.Now)
		defer b.close()
		var got []mta.Event
		busy := make(chan bool)
		stop := b.watch(func(e []mta.Event) { <-busy; got = append(got, e...) })
		b.emit(mta.Event{Kind: mta.Connected})
		synctest.Wait() // the watcher is now busy with the first batch
		for range busRing + 1 {
			b.emit(mta.Event{Kind: mta.Stored})
		}
		close(busy)
		time.Sleep(time.Second)
		synctest.Wait()
		stop()
		if len(got) != 2 || got[1].Kind != mta.Resync {
			t.Errorf("got %d events, want the first and a resync", len(got))
		}
	})
}

func TestTheRateLooksBackTenSeconds(t *testing.T) {
	var r rate
	t0 := time.Unix(1_800_000_000, 0)
	for i := range 20 {
		r.add(t0.Add(time.Duration(i/10) * time.Second))
	}
	if got := r.perSecond(t0.Add(time.Second)); got != 2 {
		t.Errorf("20 messages in the last ten seconds: %v a second, want 2", got)
	}
	if got := r.perSecond(t0.Add(10 * time.Second)); got != 1 {
		t.Errorf("10 of them are in the last ten seconds: %v, want 1", got)
	}
	if got := r.perSecond(t0.Add(time.Minute)); got != 0 {
		t.Errorf("a minute later: %v, want 0", got)
	}
}
