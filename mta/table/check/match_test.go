package check

import (
	"net/netip"
	"strings"
	"testing"

	"postroom.dev/mta/address"
	"postroom.dev/mta/table"
)

// TestWhatNeverMatchesIsNotFound asks the look-ups themselves about keys that the rules say never match, with whatever they could have been meant for.
func TestWhatNeverMatchesIsNotFound(t *testing.T) {
	ips := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("::1")}
	names := []string{"spam.example", "mx.spam.example", "host", ""}
	keys := []string{"Connect:192.0.2.0/24", "10.0.0.0/8", "Connect:192.0.2.", "IPv6:2001:db8::1", "IPv6:::1", "2001:db8::1", "Connect:2001:db8::1",
		".spam.example", "*.spam.example", "@spam.example", "From:<>", "Form:spam.example", "Connect:.spam.example"}
	for _, key := range keys {
		t.Run(key, func(t *testing.T) {
			text := key + "\tREJECT\n"
			told := lines(All(world(map[string]string{Access: text})))
			if len(told) != 1 || !strings.Contains(told[0], "never") {
				t.Errorf("the rules say %q", told)
			}
			m, _ := table.Parse("access", strings.NewReader(text), table.Syntax{})
			for _, tag := range []string{"Connect:", "From:", "To:"} {
				a := table.Access{Table: m, Tag: tag}
				for _, name := range names {
					for _, ip := range ips {
						if e, ok, _ := a.Client(name, ip); ok {
							t.Errorf("client %s %s finds %s", name, ip, e.Key)
						}
					}
					for _, user := range []string{"joe", "joe+x", "spam.example"} {
						if e, ok, _ := a.Sender(address.Address{Local: user, Domain: name}); ok {
							t.Errorf("%s@%s finds %s", user, name, e.Key)
						}
					}
				}
			}
		})
	}
}
