//go:build !nogui && (!unix || darwin)

package ui

// bus says what the desktop offers: on Windows and macOS both.
func bus(func(string) string) (any, tray bool) { return true, true }
