package smtpd

import (
	"testing"
	"time"
)

// The dialogues transaction-*.smtp have more of this, with a clock that is set by hand.
func TestATextThatDripsEndsWithTheTransactionsTime(t *testing.T) {
	for name, drip := range map[string]bool{"a client that never pauses": true, "one that waits": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, d := testConfig(), newDesk()
			config.Timeout = Timeout{Command: time.Minute, Data: time.Minute, Transaction: 3 * time.Second} // in which a busy machine gets as far as the text
			_, addr := start(t, config, d)
			c := dial(t, addr)
			c.begin("a@ok.example")
			c.say("DATA", "354 *")
			for drip && d.ended == nil {
				if _, err := c.conn.Write([]byte("x")); err != nil {
					break
				}
				select {
				case s := <-d.closed:
					d.ended = &s
				case <-time.After(10 * time.Millisecond):
				}
			}
			c.want("421 4.4.1 collect: relay=localhost, from=<a@ok.example>, info=transaction timeout")
			if d.ended == nil {
				s := d.session(t)
				d.ended = &s
			}
			if want := "the transaction of localhost [127.0.0.1] was not complete after 3s"; d.ended.Reason != want {
				t.Errorf("reason %q", d.ended.Reason)
			}
			if n := len(d.messages()); n != 0 {
				t.Errorf("%d messages kept", n)
			}
			d.check(t)
		})
	}
}
