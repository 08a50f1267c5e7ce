package deliver

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/simulate"
)

// SimOptions says how a Sim works. Hostname and Now must be given.
type SimOptions struct {
	// Options are how SMTP is spoken to the hosts; Dial and Resolver are the Sim's own, and Login and Port are not used.
	Options
	Now func() time.Time // the clock that greylisting goes by
	// Wait lets the time of a delay pass, or gives ctx's error; nil: time.Sleep's time.
	Wait func(ctx context.Context, d time.Duration) error
}

// Sim delivers to hosts that are only simulated: Job.Host is the name of one, as package simulate has them ("greylist", "slow:10s").
// Whatever happens is a dialogue of the SMTP mailer with a script in memory: no packet leaves, and what a host takes it throws
// away. It does the same each time; what it remembers (greylisting) Memory gives and Remember takes, so that it need not end with the program.
type Sim struct {
	smtp   *SMTP
	o      SimOptions
	ctx    context.Context // ends with Close
	stop   context.CancelFunc
	served sync.WaitGroup

	mu    sync.Mutex
	hosts []*simHost                 // by their address: 198.18.0.0 and the following
	past  map[string]simulate.Memory // of hosts that were not asked for yet, by Job.Host
}

// simHost is one host.
type simHost struct {
	*simulate.Host
	job    string // Job.Host
	player *simulate.Player
	mu     sync.Mutex
	taken  int // messages
}

// maxSims is how many hosts a Sim has; a mailertable with more of them has its mail wait.
const maxSims = 1000

// simNet is where the hosts are: RFC 2544's network, which is routed nowhere.
var simNet = [4]byte{198, 18, 0, 0}

// NewSim makes a Sim. End it with Close.
func NewSim(o SimOptions) *Sim {
	s := &Sim{o: o}
	s.ctx, s.stop = context.WithCancel(context.Background())
	if s.o.Wait == nil {
		s.o.Wait = wait
	}
	o.Options.Dial, o.Options.Resolver, o.Options.Login, o.Options.Port = s.dial, simNames{s}, nil, 0
	s.smtp = NewSMTP(o.Options)
	return s
}

// wait lets time pass.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Deliver talks to the host that j names.
func (s *Sim) Deliver(ctx context.Context, j Job) []mta.Status {
	h, why := s.host(j.Host)
	if h == nil {
		return everyone(j, why)
	}
	j.Host = "[" + h.Name + "]"
	return s.smtp.Deliver(ctx, j)
}

// CloseIdle is SMTP's.
func (s *Sim) CloseIdle(verbose func(line string)) { s.smtp.CloseIdle(verbose) }

// Close ends all conversations.
func (s *Sim) Close() error {
	err := s.smtp.Close()
	s.stop()
	s.served.Wait()
	return err
}

// host gives the host of a name, as a mailertable has it.
func (s *Sim) host(name string) (*simHost, mta.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.hosts {
		if h.job == name {
			return h, mta.Status{}
		}
	}
	if len(s.hosts) == maxSims {
		return nil, mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 3, 5}, Text: "too many simulated hosts"}
	}
	made, err := simulate.NewHost(name)
	if err != nil {
		return nil, mta.Status{Code: 554, Enhanced: mta.Enhanced{5, 3, 5}, Text: "sim:" + name + ": " + err.Error(), Err: err}
	}
	h := &simHost{Host: made, job: name, player: simulate.NewPlayer(s.o.Now)}
	if m, ok := s.past[name]; ok {
		h.player.Remember(m)
		delete(s.past, name)
	}
	s.hosts = append(s.hosts, h)
	return h, mta.Status{}
}

// maxMemory is how many counters Memory gives.
const maxMemory = 20_000

// Memory is what the hosts remember, by their names. asked grows whenever that is more.
func (s *Sim) Memory() (memory map[string]simulate.Memory, asked uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	memory = maps.Clone(s.past)
	if memory == nil {
		memory = map[string]simulate.Memory{}
	}
	left := maxMemory
	for _, h := range s.hosts {
		asked += h.player.Asked()
		if m := h.player.Memory(left); len(m.Counts) > 0 {
			memory[h.job] = m
			left -= len(m.Counts)
		}
	}
	return memory, asked
}

// Asked is Memory's second result alone.
func (s *Sim) Asked() (asked uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.hosts {
		asked += h.player.Asked()
	}
	return asked
}

// Remember has the hosts go on where others ended. It is called before the first Deliver.
func (s *Sim) Remember(memory map[string]simulate.Memory) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.past = memory
}

// simNames is DNS for the hosts.
type simNames struct{ s *Sim }

func (n simNames) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (n simNames) LookupNetIP(_ context.Context, _, name string) ([]netip.Addr, error) {
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	for i, h := range n.s.hosts {
		if h.Name == strings.TrimSuffix(name, ".") {
			a := simNet
			a[2], a[3] = byte(i>>8), byte(i)
			return []netip.Addr{netip.AddrFrom4(a)}, nil
		}
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

// dial makes a pipe to a host and lets it answer.
func (s *Sim) dial(_ context.Context, _, address string) (net.Conn, error) {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	a := ap.Addr().As4()
	i := int(a[2])<<8 | int(a[3])
	s.mu.Lock()
	defer s.mu.Unlock()
	if a[0] != simNet[0] || a[1] != simNet[1] || i >= len(s.hosts) {
		return nil, errors.New("not a simulated host: " + address)
	}
	h := s.hosts[i]
	near, far := net.Pipe()
	s.served.Go(func() {
		ctx, cancel := context.WithCancel(s.ctx)
		defer cancel()
		defer context.AfterFunc(ctx, func() { _ = far.Close() })()
		newSimSession(s, h, far).serve(ctx)
	})
	return near, nil
}
