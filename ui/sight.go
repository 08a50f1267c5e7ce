package ui

// Seen is a thing that stands in the window, for tests that act on the built program as a user does: they find what they click by its
// words, not by where it stood once. Places are pixels of the window, clipped to what shows.
type Seen struct {
	Kind    string `json:"kind"`           // the type, without its package: "Text", "IconButton", "Entry" …
	Text    string `json:"text,omitempty"` // what it says, whole where the window shows it cut
	Tip     string `json:"tip,omitempty"`  // what its tooltip says
	X       int    `json:"x"`
	Y       int    `json:"y"`
	W       int    `json:"w"`
	H       int    `json:"h"`
	Focused bool   `json:"focused,omitempty"` // has the keyboard
	Off     bool   `json:"off,omitempty"`     // cannot be used now
}
