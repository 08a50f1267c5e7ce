package app

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "postroom.dev"

type listed struct {
	ImportPath, Dir  string
	Imports, GoFiles []string
	Doc              string
}

// packages lists the project's packages as go build sees them with the given tags.
func packages(t *testing.T, tags string, arg ...string) []listed {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Dir,Imports,GoFiles,Doc", "-tags", tags}, arg...)...)
	cmd.Dir = ".."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// under says that path is one of the packages, or below one.
func under(path string, packages ...string) bool {
	return slices.ContainsFunc(packages, func(p string) bool {
		return path == module+"/"+p || strings.HasPrefix(path, module+"/"+p+"/")
	})
}

func TestNobodyImportsWhatItMustNot(t *testing.T) {
	isFyne := func(path string) bool { return strings.HasPrefix(path, "fyne.io/") }
	opensThings := func(path string) bool {
		return slices.Contains([]string{"os", "net", "os/exec", "path/filepath", "net/http", "database/sql"}, path)
	}
	rules := []struct {
		who    []string
		except []string
		never  func(string) bool
		reason string
	}{
		{[]string{"mta", "spool"}, nil, func(p string) bool { return under(p, "ui", "app") || isFyne(p) },
			"the mail server and its store must work, and be tested, without a window or the program around them"},
		{[]string{"ui"}, nil, func(p string) bool {
			return under(p, "mta/daemon", "spool/store", "spool/queue", "mta/smtpd", "app")
		},
			"the window knows the program only through ui.Backend, so that it could watch a home over a network"},
		{[]string{"app", "mta", "spool", "assets"}, nil, isFyne,
			"Fyne stands only under ui, behind the build tag !nogui"},
		{[]string{"mta/address", "mta/alias", "mta/table", "spool/qf", "spool/mimetree", "ui/model", "ui/mailhtml"}, []string{"mta/table/live", "mta/table/safe", "ui/mailhtml/fidelity"}, opensThings,
			"codecs and models open no files and dial nothing: they are tested with strings"},
		{[]string{"app", "mta", "spool", "ui"}, nil, func(p string) bool { return under(p, "mta/realsendmail") },
			"real sendmail is for tests"},
		{[]string{"ui/model", "ui/mailhtml"}, nil, isFyne,
			"models are tested without a toolkit"},
	}
	for _, p := range packages(t, "", "./...") {
		for _, rule := range rules {
			if !under(p.ImportPath, rule.who...) || under(p.ImportPath, rule.except...) {
				continue
			}
			for _, imported := range p.Imports {
				if rule.never(imported) {
					t.Errorf("%s imports %s: %s", p.ImportPath, imported, rule.reason)
				}
			}
		}
	}
}

func TestTheServerBuildLinksNoToolkit(t *testing.T) {
	for _, p := range packages(t, "nogui", "-deps", ".") {
		if strings.HasPrefix(p.ImportPath, "fyne.io/") || strings.HasPrefix(p.ImportPath, "github.com/go-gl/") {
			t.Errorf("postroom-server links %s", p.ImportPath)
		}
	}
}

func TestOneFileOfEachProgramOpensTheToolkitsApplication(t *testing.T) {
	var files []string
	for _, p := range packages(t, "", "./...") {
		if !slices.Contains(p.Imports, "fyne.io/fyne/v2/app") {
			continue
		}
		for _, name := range p.GoFiles {
			text, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), `"fyne.io/fyne/v2/app"`) {
				files = append(files, strings.TrimPrefix(p.ImportPath, "postroom.dev/")+"/"+name)
			}
		}
	}
	if want := []string{"ui/run.go", "ui/kit/gallery/show/main.go"}; !slices.Equal(files, want) {
		t.Errorf("fyne.io/fyne/v2/app is imported by %v, want only %v: it needs a display and links GL", files, want)
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, p := range packages(t, "", "./...") {
		if len(p.GoFiles) > 0 && len(p.Doc) < 20 {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

func TestNoModuleIsReplaced(t *testing.T) {
	text, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "\nreplace") {
		t.Error("go.mod replaces a module: what builds here would not build elsewhere")
	}
}
