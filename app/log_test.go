package app

import (
	"errors"
	"strings"
	"testing"
)

func TestTroubleWhileRunningIsOneLineAsOfACommand(t *testing.T) {
	var out strings.Builder
	log := newLog(&out)
	log.Info("not worth a line")
	log.Error("cannot listen on 127.0.0.1:25: ports below 1024 need privileges")
	log.Error("message not kept", "queue", "6AMNBCBI018527", "err", errors.New("no space left\ndisk full"))
	log.With("session", "x-1").Warn("text not written", "queue", "")
	want := `postroom: cannot listen on 127.0.0.1:25: ports below 1024 need privileges
postroom: message not kept: queue 6AMNBCBI018527: no space left; disk full
postroom: text not written: session x-1
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}
