package app

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"postroom.dev/mta/route"
)

// How long the DNS is waited for, and what it said is remembered.
const (
	strictPatience  = 5 * time.Second        // a refusal hangs on it
	lenientPatience = 200 * time.Millisecond // only a note does
	dnsTimeout      = 10 * time.Second       // for the question itself, when nobody waits any more
	domainMemory    = 5 * time.Minute        // for what is, and what is not
	failureMemory   = 30 * time.Second       // for "nobody knows just now"
	maxDomains      = 1000                   // remembered
	maxQuestions    = 20                     // under way at a time
)

// mailHosts is what domains asks; *net.Resolver answers.
type mailHosts interface {
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

// domains remembers what the DNS said of senders' domains, so that mail waits for it once.
type domains struct {
	resolver mailHosts
	now      func() time.Time

	mu    sync.Mutex
	known map[string]*domain
	busy  int // questions under way

	ctx     context.Context // of the questions
	stop    context.CancelFunc
	running sync.WaitGroup
}

// domain is one question, answered or not.
type domain struct {
	answered chan struct{} // closed when it is
	is       route.Existence
	until    time.Time
}

func newDomains(r mailHosts, now func() time.Time) *domains {
	d := &domains{resolver: r, now: now, known: map[string]*domain{}}
	d.ctx, d.stop = context.WithCancel(context.Background())
	return d
}

// close ends the questions that are under way, and waits for them. Others are not asked any more.
func (d *domains) close() error {
	d.mu.Lock()
	d.stop()
	d.mu.Unlock()
	d.running.Wait()
	return nil
}

// ask says whether a domain exists, as a router asks. With strict it waits long for the answer.
func (d *domains) ask(name string, strict bool) route.Existence {
	patience := lenientPatience
	if strict {
		patience = strictPatience
	}
	q := d.question(name)
	if q == nil {
		return route.Unresolved
	}
	select {
	case <-q.answered: // most questions were asked before
		return q.is
	default:
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-q.answered:
		return q.is
	case <-timer.C:
		return route.Unresolved
	}
}

// question gives the question about a domain, asking it when that was not done lately; nil when too many are under way, or none may be any more.
func (d *domains) question(name string) *domain {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	if q := d.known[name]; q != nil {
		select {
		case <-q.answered:
			if now.Before(q.until) {
				return q
			}
		default:
			return q
		}
	}
	if d.busy >= maxQuestions || d.ctx.Err() != nil {
		return nil
	}
	if len(d.known) >= maxDomains {
		for other, q := range d.known { // any will do: what is asked for often comes back
			select {
			case <-q.answered:
				delete(d.known, other)
			default:
			}
			if len(d.known) < maxDomains {
				break
			}
		}
	}
	q := &domain{answered: make(chan struct{})}
	d.known[name] = q
	d.busy++
	d.running.Go(func() { d.resolve(name, q) })
	return q
}

func (d *domains) resolve(name string, q *domain) {
	ctx, cancel := context.WithTimeout(d.ctx, dnsTimeout)
	defer cancel()
	is := existence(ctx, d.resolver, name)
	d.mu.Lock()
	defer d.mu.Unlock()
	q.is, q.until = is, d.now().Add(domainMemory)
	if is == route.Unresolved {
		q.until = d.now().Add(failureMemory)
	}
	d.busy--
	close(q.answered)
}

// existence asks for MX and then for addresses, as sendmail's host map does; of an address literal, for the name that it has.
func existence(ctx context.Context, r mailHosts, name string) route.Existence {
	if strings.HasPrefix(name, "[") {
		ip := strings.TrimSuffix(name[1:], "]")
		if len(ip) > 5 && strings.EqualFold(ip[:5], "IPv6:") {
			ip = ip[5:]
		}
		if net.ParseIP(ip) == nil {
			return route.Missing
		}
		names, err := r.LookupAddr(ctx, ip)
		switch {
		case len(names) > 0:
			return route.Exists
		case notFound(err):
			return route.Missing
		}
		return route.Unresolved
	}
	mx, err := r.LookupMX(ctx, name+".")
	if len(mx) > 0 { // also a null MX, and beside names that are none
		return route.Exists
	}
	unknown := notFound(err)
	addrs, err := r.LookupNetIP(ctx, "ip", name+".")
	switch {
	case len(addrs) > 0:
		return route.Exists
	case unknown && notFound(err):
		return route.Missing
	}
	return route.Unresolved
}

func notFound(err error) bool {
	var dns *net.DNSError
	return err == nil || errors.As(err, &dns) && dns.IsNotFound
}
