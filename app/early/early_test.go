package early

import (
	"os/exec"
	"strings"
	"testing"
)

func TestEarlyNeedsAlmostNothing(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{join .Imports " "}}`, ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(string(out)); got != "io log os" {
		t.Errorf("imports %q, want only io, log and os: a package with more starts too late to silence the others", got)
	}
}
