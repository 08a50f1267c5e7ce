package spooltest

import (
	"testing"

	"postroom.dev/spool"
)

func TestMemory(t *testing.T) {
	Store(t, func(*testing.T) spool.Store { return NewMemory() })
}
