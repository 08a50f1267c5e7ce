package cli

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

func TestHelpTellsWhatEveryOptionMeans(t *testing.T) {
	option := regexp.MustCompile(`^ {8}--[a-z-]+( \S+)?  +\S`)
	for _, c := range commands() {
		if c.name == "" {
			continue
		}
		var out, complaints bytes.Buffer
		if exit := (Program{}).Run(t.Context(), Call{Args: []string{"help", c.name}, Stdout: &out, Stderr: &complaints}); exit != ExitOK || complaints.Len() > 0 {
			t.Errorf("help %s: exit status %d, %s", c.name, exit, &complaints)
		}
		if !strings.HasPrefix(out.String(), "postroom "+c.name) {
			t.Errorf("help %s begins with %.40q", c.name, out.String())
		}
		for line := range strings.Lines(out.String()) {
			if strings.HasPrefix(line, "        --") && !option.MatchString(line) {
				t.Errorf("help %s: %q does not say what the option means", c.name, line)
			}
		}
	}
}
