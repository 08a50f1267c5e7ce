package app

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"postroom.dev/app/config"
	"postroom.dev/mta"
	"postroom.dev/spool"
)

func TestOthersMailInTheQueueGetsItsRecords(t *testing.T) {
	for name, o := range map[string]Options{"of a server": {Listen: []string{"127.0.0.1:0"}}, "for one command": {Quiet: true}} {
		t.Run(name, func(t *testing.T) {
			home := config.Home{Dir: t.TempDir()}
			if err := home.Create(); err != nil {
				t.Fatal(err)
			}
			settings := []byte("[queue]\ninterval = 0\n") // no run gives them
			if err := os.WriteFile(home.Settings(), settings, 0o600); err != nil {
				t.Fatal(err)
			}
			for file, text := range map[string]string{
				"qfAA00269": "V8\nT1795339455\nSgeo@example.com\nRPFD:ada@example.net\nH??Subject: theirs\n.\n", "dfAA00269": "their body\n",
			} {
				if err := os.WriteFile(filepath.Join(home.Queue(), file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			o.Log = slog.New(slog.DiscardHandler)
			r, err := Open(home, o)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
				page, err := r.Find(t.Context(), spool.Query{State: mta.Queued, Limit: 10})
				if err != nil {
					t.Fatal(err)
				}
				if len(page.Records) == 1 {
					break
				}
				if o.Quiet || time.Now().After(deadline) {
					t.Fatalf("%d records", len(page.Records))
				}
			}
		})
	}
}
