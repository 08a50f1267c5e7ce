package cli

import (
	"errors"
	"fmt"

	"postroom.dev/app/control"
	"postroom.dev/spool"
	"postroom.dev/ui"
)

// The exit statuses, of sysexits.h.
const (
	ExitOK          = 0
	ExitFailure     = 1  // the message is not there, or nothing matched
	ExitUsage       = 64 // EX_USAGE
	ExitDataErr     = 65 // EX_DATAERR
	ExitNoInput     = 66 // EX_NOINPUT
	ExitUnavailable = 69 // EX_UNAVAILABLE
	ExitTempFail    = 75 // EX_TEMPFAIL
	ExitNoPerm      = 77 // EX_NOPERM
	ExitConfig      = 78 // EX_CONFIG
)

// Status is an error that says which exit status it means.
type Status struct {
	Code int
	Err  error
}

func (s Status) Error() string { return s.Err.Error() }
func (s Status) Unwrap() error { return s.Err }

func usagef(format string, a ...any) error {
	return Status{ExitUsage, fmt.Errorf(format, a...)}
}

// exitOf maps errors to exit statuses: the one place that does.
func exitOf(err error) int {
	var s Status
	switch {
	case errors.As(err, &s):
		return s.Code
	case errors.Is(err, spool.ErrNotFound):
		return ExitFailure
	case errors.Is(err, spool.ErrQuery):
		return ExitUsage
	case errors.Is(err, ui.ErrNoDisplay), errors.Is(err, ui.ErrNoWindow), errors.Is(err, control.ErrNoWindow):
		return ExitUnavailable
	case errors.Is(err, spool.ErrFull):
		return ExitTempFail
	case errors.Is(err, spool.ErrDamaged), errors.Is(err, spool.ErrNewer):
		return ExitConfig
	default:
		return ExitFailure
	}
}
