package config

import "fmt"

// Window is the [window] section.
type Window struct {
	Language      string  `toml:"language"`
	Scale         float64 `toml:"scale"`
	Notifications bool    `toml:"notifications"`
	Tray          bool    `toml:"tray"`
	StartHidden   bool    `toml:"start_hidden"`
}

const exampleWindow = `
[window]
# The language: "en", "zh-Hans"; "" for the system's.
#language = ""

# How large everything is drawn: 1.0 is usual, 1.5 half as large again; 0 for the desktop's.
#scale = 0.0

# Tell the desktop of mail that comes while the window is not in front.
#notifications = true

# An icon in the desktop's tray, where it has one; closing the window then leaves the icon, and the mail server goes on.
#tray = true

# Start with the tray's icon alone.
#start_hidden = false
`

func defaultWindow() Window { return Window{Notifications: true, Tray: true} }

// wrong says what the window cannot be told; key is "" for nothing.
func (w Window) wrong() (key, why string) {
	switch w.Language {
	case "", "en", "zh-Hans":
	default:
		return "language", fmt.Sprintf(`%q is no language of the window; write "en", "zh-Hans", or "" for the system's`, w.Language)
	}
	if w.Scale != 0 && !(w.Scale >= 0.5 && w.Scale <= 4) {
		return "scale", fmt.Sprintf("%v is out of range; write 0.5 to 4, or 0 for the desktop's", w.Scale)
	}
	return "", ""
}
