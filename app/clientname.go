package app

import (
	"context"
	"net/netip"
	"strings"
	"time"
)

// nameTimeout is how long a client's greeting waits for the name service.
const nameTimeout = 3 * time.Second

// names is what clientName asks; *net.Resolver answers.
type names interface {
	LookupAddr(ctx context.Context, addr string) ([]string, error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// clientName gives the host name of a client, "" for none: the first name of its address that leads back to the address, as anybody may
// give an address any name. Nobody is asked where no table could make a difference.
func clientName(r names, matters func() bool) func(context.Context, netip.Addr) string {
	return func(ctx context.Context, ip netip.Addr) string {
		if !matters() {
			return ""
		}
		ctx, cancel := context.WithTimeout(ctx, nameTimeout)
		defer cancel()
		all, err := r.LookupAddr(ctx, ip.String())
		if err != nil {
			return ""
		}
		for _, name := range all[:min(len(all), 5)] {
			back, err := r.LookupNetIP(ctx, "ip", name)
			for _, b := range back {
				if err == nil && b.Unmap() == ip {
					return strings.TrimSuffix(name, ".")
				}
			}
		}
		return ""
	}
}

// namesMatter says that a table may speak of clients by name.
func (t *tables) namesMatter() bool {
	access, err := t.maps[tableAccess].File.Get()
	relays, err2 := t.classes[classRelayDomains].Get()
	return err != nil || err2 != nil || access.Len() > 0 || relays.Len() > 0
}
