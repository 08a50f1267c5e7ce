// Command compare compares how mailhtml and Chromium lay out HTML mail, and writes what it finds as tables.
//
//	go run ./ui/mailhtml/fidelity/compare              the kept templates, with what Chromium answered when it was last asked
//	go run ./ui/mailhtml/fidelity/compare -update      asks Chromium again, keeps its answers, and writes docs/preview.md
//	go run ./ui/mailhtml/fidelity/compare [-v] DIR     asks Chromium about the files *.html of any folder
//
// Asking needs Debian's chromium. It is run in the root of the project.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"postroom.dev/ui/mailhtml/fidelity"
)

const (
	kept = "ui/mailhtml/fidelity/testdata"
	page = "docs/preview.md"
)

func main() {
	update := flag.Bool("update", false, "ask Chromium again, keep its answers, write "+page)
	verbose := flag.Bool("v", false, "tell every difference")
	flag.Parse()
	if err := run(*update, *verbose, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(update, verbose bool, dir string) error {
	if dir != "" {
		rows, err := folder(dir, true, false)
		if err != nil {
			return err
		}
		fmt.Print(fidelity.Table(rows), "\n", fidelity.Sum(rows), "\n")
		for _, r := range rows {
			for _, d := range r.Score.Different {
				if verbose {
					fmt.Printf("%s at %d: %s\n", r.Name, r.Width, d)
				}
			}
		}
		return nil
	}
	folders, err := filepath.Glob(filepath.Join(kept, "*", "LICENSE"))
	if err != nil {
		return err
	}
	var all []fidelity.Row
	var text strings.Builder
	for _, f := range folders {
		dir := filepath.Dir(f)
		rows, err := folder(dir, update, update)
		if err != nil {
			return err
		}
		all = append(all, rows...)
		fmt.Fprintf(&text, "### %s\n\n%s\n%s\n", filepath.Base(dir), fidelity.Sum(rows), "\n"+fidelity.Table(rows))
	}
	results := "All templates at both widths: " + fidelity.Sum(all) + "\n\n" + strings.TrimSpace(text.String()) + "\n"
	if !update {
		fmt.Print(results)
		return nil
	}
	if err := shoot(); err != nil {
		return err
	}
	return fidelity.WriteResults(page, results)
}

// shoot keeps how Chromium draws gradients.
func shoot() error {
	dir, err := os.MkdirTemp("", "postroom-preview-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path, err := filepath.Abs(filepath.Join(kept, fidelity.GradientPage))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	file, err := fidelity.AskShot(ctx, dir, path)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(kept, fidelity.GradientShot), file, 0o644)
}

// folder compares a folder's templates.
func folder(dir string, ask, keep bool) ([]fidelity.Row, error) {
	templates, err := fidelity.Folder(dir)
	if err != nil {
		return nil, err
	}
	var all []fidelity.Geometry
	if ask {
		all, err = answers(templates)
	} else {
		all, err = fidelity.ReadGeometry(dir)
	}
	if err != nil {
		return nil, err
	}
	if keep {
		if err := fidelity.WriteGeometry(dir, all); err != nil {
			return nil, err
		}
	}
	return fidelity.CompareAll(templates, all, fidelity.Faces())
}

// answers asks Chromium.
func answers(templates map[string]string) ([]fidelity.Geometry, error) {
	dir, err := os.MkdirTemp("", "postroom-preview-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	fonts, err := filepath.Abs("assets/fonts")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	return fidelity.Ask(ctx, dir, fonts, fidelity.Jobs(templates))
}
