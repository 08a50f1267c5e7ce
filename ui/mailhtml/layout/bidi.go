package layout

import "postroom.dev/ui/bidi"

// findLevels gives each octet its embedding level where there is text from right to left.
func (f *flow) findLevels() {
	if f.right || bidi.HasRightToLeft(f.text) {
		f.levels = bidi.Levels(f.text, f.right)
	}
}
