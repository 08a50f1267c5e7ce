package store

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"postroom.dev/spool"
)

// crashMessage is the message that belongs to a queue id; every twentieth is a large one.
func crashMessage(queueID string) string {
	size := 500
	if strings.HasSuffix(queueID, "00") || strings.HasSuffix(queueID, "20") {
		size = 1 << 20
	}
	return "Subject: " + queueID + "\r\n\r\n" + strings.Repeat(queueID+"\r\n", size/16+60)
}

// addForever is the child: it prints each queue id whose commit was accepted.
func addForever(dir string) {
	s, err := Open(dir, Options{})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	var mu sync.Mutex
	for w := range 8 {
		go func() {
			for i := 0; ; i++ {
				queueID := fmt.Sprintf("5BM3r%d%08d", w, i)
				_, err := add(s, queueID, crashMessage(queueID))
				mu.Lock()
				if err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				fmt.Println(queueID)
				mu.Unlock()
			}
		}()
	}
	select {}
}

func TestKill9LosesNothingAccepted(t *testing.T) {
	dir := t.TempDir()
	accepted := make(map[string]bool)
	for round := range 3 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), "POSTROOM_TEST_ADD="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if strings.HasPrefix(lines.Text(), "error") {
				t.Fatal(lines.Text())
			}
			accepted[lines.Text()] = true
			if n == 200 {
				if err := child.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		child.Wait() // "signal: killed"
		checkAccepted(t, dir, accepted, round)
	}
}

func checkAccepted(t *testing.T, dir string, accepted map[string]bool, round int) {
	t.Helper()
	s := mustOpen(t, dir)
	defer s.Close()
	ids, err := s.IDs(t.Context(), spool.Query{})
	if err != nil {
		t.Fatal(err)
	}
	kept := make(map[string]bool)
	large := 0
	for _, id := range ids {
		r, err := s.Get(t.Context(), id)
		if err != nil || len(r) != 1 {
			t.Fatalf("record %d: %v", id, err)
		}
		queueID := r[0].Envelope.ID
		kept[queueID] = true
		if content(t, s, id) != crashMessage(queueID) {
			t.Errorf("%s has other bytes", queueID)
		}
		if r[0].Size > maxBlob {
			large++
		}
	}
	for queueID := range accepted {
		if !kept[queueID] {
			t.Errorf("%s was accepted and is lost", queueID)
		}
	}
	if large == 0 {
		t.Error("no large message was tried")
	}
	if c := s.Counts(); c.All != len(ids) || c.Unread != len(ids) {
		t.Errorf("counts %+v, but %d records", c, len(ids))
	}
	if found := mustFind(t, s, "subject:5BM3r"); len(found) != len(ids) {
		t.Errorf("search finds %d of %d", len(found), len(ids))
	}
	eventually(t, "files without a row are removed", func() bool {
		files, err := os.ReadDir(filepath.Join(dir, largeDir))
		return err == nil && len(files) == large
	})
	var verdict string
	if err := s.write.conn.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity_check: %s, %v", verdict, err)
	}
	t.Logf("round %d: %d accepted, %d kept, %d large", round, len(accepted), len(ids), large)
}
