package app

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"postroom.dev/mta/deliver"
	"postroom.dev/mta/simulate"
)

const (
	simPause  = 2 * time.Second // between two looks at what the simulated hosts remember
	maxSimMem = 32 << 20        // octets of the file
)

// simMemory keeps what the simulated hosts remember in a file, so that greylisting goes on after a new start. It is a
// rehearsal's state and no mail: what a crash takes of it is the last two seconds.
type simMemory struct {
	path    string
	sim     *deliver.Sim
	problem func(string)
	stop    chan struct{}
	running sync.WaitGroup
	asked   uint64 // as it was written last
}

// keepSimulated reads the file and keeps it. End it with close.
func keepSimulated(path string, sim *deliver.Sim, problem func(string)) *simMemory {
	m := &simMemory{path: path, sim: sim, problem: problem, stop: make(chan struct{})}
	memory, err := readSimulated(path)
	if err != nil {
		problem("simulated hosts begin anew: " + err.Error())
	}
	sim.Remember(memory)
	m.running.Go(func() {
		tick := time.NewTicker(simPause)
		defer tick.Stop()
		for {
			select {
			case <-m.stop:
				return
			case <-tick.C:
				m.save()
			}
		}
	})
	return m
}

func readSimulated(path string) (map[string]simulate.Memory, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var memory map[string]simulate.Memory
	err = json.NewDecoder(io.LimitReader(f, maxSimMem)).Decode(&memory)
	return memory, err
}

// save writes the file where there is more to remember than the last time.
func (m *simMemory) save() {
	if m.sim.Asked() == m.asked {
		return
	}
	memory, asked := m.sim.Memory()
	text, err := json.Marshal(memory)
	if err == nil {
		err = os.WriteFile(m.path+".new", text, 0o600)
	}
	if err == nil {
		err = os.Rename(m.path+".new", m.path)
	}
	if err != nil {
		m.problem("what simulated hosts remember is not kept: " + err.Error())
	}
	m.asked = asked // the next one is tried when there is more
}

// close writes what there is to remember. The Sim is used no more.
func (m *simMemory) close() error {
	close(m.stop)
	m.running.Wait()
	m.save()
	return nil
}
