package fidelity

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"postroom.dev/assets"
	"postroom.dev/ui/mailhtml/typeset"
)

// Widths are the widths that templates are compared at, in CSS pixels: a window and a phone.
var Widths = []int{800, 375}

// Folder reads the templates of a folder: all files *.html, prepared, by their names without the ending.
func Folder(dir string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.html"))
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		out[strings.TrimSuffix(filepath.Base(f), ".html")] = Prepared(string(b))
	}
	return out, nil
}

// Jobs gives the templates at all widths, in order.
func Jobs(templates map[string]string) []Job {
	var names []string
	for n := range templates {
		names = append(names, n)
	}
	sort.Strings(names)
	var out []Job
	for _, n := range names {
		for _, w := range Widths {
			out = append(out, Job{Name: n, Width: w, HTML: templates[n]})
		}
	}
	return out
}

// ReadGeometry reads what Chromium answered for a folder.
func ReadGeometry(dir string) ([]Geometry, error) {
	b, err := os.ReadFile(filepath.Join(dir, "geometry.json"))
	if err != nil {
		return nil, err
	}
	var out []Geometry
	return out, json.Unmarshal(b, &out)
}

// WriteGeometry keeps it, a document on a line.
func WriteGeometry(dir string, all []Geometry) error {
	var b strings.Builder
	for i, g := range all {
		line, err := json.Marshal(g)
		if err != nil {
			return err
		}
		b.WriteString(map[bool]string{true: "[", false: ",\n"}[i == 0])
		b.Write(line)
	}
	b.WriteString("]\n")
	return os.WriteFile(filepath.Join(dir, "geometry.json"), []byte(b.String()), 0o644)
}

// Faces are the mail fonts, measured as on a screen of Grain pixels to a CSS pixel.
func Faces() *typeset.Faces {
	f := typeset.NewFaces(func(f typeset.Family, bold, italic bool) []byte { return assets.Font(FontFile(f, bold, italic)) }, nil)
	f.Grain = Grain
	return f
}

// FontFile gives the name of the file of a mail font.
func FontFile(f typeset.Family, bold, italic bool) string {
	cut := map[[2]bool]string{{false, false}: "Regular", {true, false}: "Bold", {false, true}: "Italic", {true, true}: "BoldItalic"}[[2]bool{bold, italic}]
	name := map[typeset.Family]string{typeset.Sans: "LiberationSans-", typeset.Serif: "LiberationSerif-", typeset.Mono: "LiberationMono-"}[f]
	return name + cut + ".ttf"
}

// Row is a line of the table of results.
type Row struct {
	Name   string
	Width  int
	Score  Score
	Passed bool // the same lines, and nine tenths of the boxes near
}

// CompareAll compares the templates of a folder with what Chromium made of them.
func CompareAll(templates map[string]string, all []Geometry, faces *typeset.Faces) ([]Row, error) {
	var out []Row
	for _, g := range all {
		source, ok := templates[g.Name]
		if !ok {
			return nil, fmt.Errorf("there is no template %s", g.Name)
		}
		s, err := Compare(source, g, faces)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", g.Name, err)
		}
		out = append(out, Row{g.Name, g.Width, s, s.SameLines == s.Lines && 10*s.NearBoxes >= 9*s.Boxes})
	}
	return out, nil
}

// Table writes rows of one folder as a table in Markdown: a template on a line, with its result at each width.
func Table(rows []Row) string {
	var b strings.Builder
	b.WriteString("| template |")
	for _, w := range Widths {
		fmt.Fprintf(&b, " lines at %d | boxes at %d |", w, w)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", 2*len(Widths)))
	last := ""
	for _, r := range rows {
		if r.Name != last {
			fmt.Fprintf(&b, "\n| %s |", r.Name)
			last = r.Name
		}
		mark := ""
		if !r.Passed {
			mark = " ✗"
		}
		fmt.Fprintf(&b, " %d of %d%s | %d of %d |", r.Score.SameLines, r.Score.Lines, mark, r.Score.NearBoxes, r.Score.Boxes)
	}
	b.WriteString("\n")
	return b.String()
}

// Sum writes the sums of rows as a sentence.
func Sum(rows []Row) string {
	var s Score
	passed := 0
	for _, r := range rows {
		s.Lines += r.Score.Lines
		s.SameLines += r.Score.SameLines
		s.Boxes += r.Score.Boxes
		s.NearBoxes += r.Score.NearBoxes
		if r.Passed {
			passed++
		}
	}
	return fmt.Sprintf("%d of %d pass: %d of %d lines have the same words, %d of %d boxes lie within %d px.",
		passed, len(rows), s.SameLines, s.Lines, s.NearBoxes, s.Boxes, Near)
}
