package daemon

import (
	"bytes"
	"strings"
	"testing"

	"postroom.dev/mta"
)

func TestABinaryTextLeavesOctetByOctet(t *testing.T) {
	const head, body = "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: a/b\r\nContent-Transfer-Encoding: binary\r\n", "\x00\n\r\n\r\r\n\xff\n"
	f := newFixture(t)
	f.remote.say("ada@example.net", greylisted)
	env := to("6AMC00AA000001", "ada@example.net")
	env.Body = mta.BodyBinaryMIME
	if _, err := f.Submit(t.Context(), env, strings.NewReader(head+"\r\n"+body)); err != nil {
		t.Fatal(err)
	}
	f.run()
	f.remote.say("ada@example.net", mta.Status{Code: 250})
	f.run()
	f.same("record", f.states("6AMC00AA000001"), "ada@example.net relayed")
	sent := f.remote.text["6AMC00AA000001"]
	if added, text, ok := strings.Cut(sent, head); !ok || text != "\r\n"+body || strings.Count(added, "\n") != strings.Count(added, "\r\n") || added == "" {
		t.Errorf("%q", sent)
	}
	e, err := f.store.Envelope(t.Context(), "6AMC00AA000001")
	if err != nil {
		t.Fatal(err)
	}
	content, err := f.store.Content(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	if err := Sent(&raw, e, content); err != nil {
		t.Fatal(err)
	}
	if raw.String() != sent {
		t.Errorf("raw --sent gives\n%q, and\n%q left", raw.String(), sent)
	}
}
