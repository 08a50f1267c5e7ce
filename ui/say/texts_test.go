package say

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"postroom.dev/assets"
)

// said is where a text stands in the sources.
type said struct {
	text, where string
	one         bool // N's text for one, which only languages with that difference translate
}

// read gives the texts handed to T and N in the sources of ui, and the other literals that look like words for a reader.
func read(t *testing.T) (texts, bare []said) {
	t.Helper()
	files := token.NewFileSet()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{"say", "gallery", "testdata", "mailhtml", "connect"}, d.Name()) {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || d.Name() == "chord.go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		s := scan{files: files}
		ast.Inspect(file, s.look)
		texts, bare = append(texts, s.texts...), append(bare, s.bare...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts, bare
}

// scan collects the texts of a file.
type scan struct {
	files       *token.FileSet
	texts, bare []said
}

func (s *scan) look(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ImportSpec:
		return false
	case *ast.Field: // its tag is for machines
		return false
	case *ast.CallExpr:
		return s.call(n)
	case *ast.KeyValueExpr:
		return s.pair(n)
	case *ast.BasicLit:
		if text, ok := s.literal(n); ok && wordy(text.text) {
			s.bare = append(s.bare, text)
		}
	}
	return true
}

// pair looks at a field of a literal: a title is always for a reader, a name or a chord of keys never.
func (s *scan) pair(p *ast.KeyValueExpr) bool {
	field, _ := p.Key.(*ast.Ident)
	if field == nil {
		return true
	}
	switch strings.ToLower(field.Name) {
	case "name", "keys", "key", "icon":
		return false
	case "title":
		if text, ok := s.literal(p.Value); ok && text.text != "" {
			s.bare = append(s.bare, text)
		}
	}
	return true
}

// call takes the texts of T and N; of calls whose literals nobody reads in the window it looks at none.
func (s *scan) call(c *ast.CallExpr) bool {
	f, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return true
	}
	if f.Sel.Name == "Format" { // of a time: names of months and days are a language's
		for _, arg := range c.Args {
			if text, ok := s.literal(arg); ok && named.MatchString(text.text) {
				s.bare = append(s.bare, text)
			} else if !ok {
				ast.Inspect(arg, s.look)
			}
		}
		return false
	}
	pkg, _ := f.X.(*ast.Ident)
	if pkg == nil {
		return true
	}
	count := 0
	switch pkg.Name + "." + f.Sel.Name {
	case "say.T":
		count = 1
	case "say.N":
		count = 3
	case "errors.New", "fmt.Errorf", "log.Print", "log.Printf", "time.Parse", "strings.Contains", "strings.HasPrefix", "strings.TrimPrefix":
		return false
	default:
		return true
	}
	for i, arg := range c.Args {
		if i >= count {
			ast.Inspect(arg, s.look)
			continue
		}
		if text, ok := s.literal(arg); ok {
			text.one = count == 3 && i == 1
			s.texts = append(s.texts, text)
		}
	}
	return false
}

func (s *scan) literal(e ast.Expr) (said, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return said{}, false
	}
	text, err := strconv.Unquote(lit.Value)
	return said{text: text, where: s.files.Position(lit.Pos()).String()}, err == nil
}

// wordy says that a literal is a sentence or a title: a capital and a small letter, or two words of small letters.
func wordy(s string) bool {
	if strings.HasPrefix(s, "postroom ") || strings.HasPrefix(s, "sendmail ") {
		return false // a command
	}
	return capital.MatchString(s) || twoWords.MatchString(s)
}

var (
	capital  = regexp.MustCompile(`^[A-Z][a-z]+(\s|$|[.,:?!…])`)
	named    = regexp.MustCompile(`Jan|Mon`)
	twoWords = regexp.MustCompile(`\b[a-z]{2,} [a-z]{2,}\b`)
)

// same are literals that look like words and are the same in every language.
var same = map[string]string{
	"Postroom":                   "the name of the program",
	"Fyne error:":                "what Fyne writes",
	"Getting favorite locations": "what Fyne writes",
	"parsing user locale":        "what Fyne writes",
	"Preferences load error":     "what Fyne writes",
	" --from app@example.com --to you@example.com": "a command",
}

func TestEveryTextThatIsShownIsHandedToT(t *testing.T) {
	_, bare := read(t)
	for _, b := range bare {
		if same[b.text] == "" {
			t.Errorf("%s: %q is shown in English only: say.T(%q), or name it in this test with a reason", b.where, b.text, b.text)
		}
	}
}

func TestEveryTextIsTranslated(t *testing.T) {
	texts, _ := read(t)
	if len(texts) < 50 {
		t.Fatalf("only %d texts found in the sources", len(texts))
	}
	for _, l := range Languages()[1:] {
		words, err := Read(assets.FS(), l.Tag)
		if err != nil {
			t.Fatal(err)
		}
		used := meanings(t, l.Tag)
		for _, s := range texts {
			used[s.text] = true
			if words[s.text] == "" && !s.one {
				t.Errorf("%s: %q has no translation in assets/translations/%s", s.where, s.text, l.Tag)
			}
		}
		for text, translation := range words {
			if !used[text] {
				t.Errorf("%s: %q is translated and never said", l.Tag, text)
			}
			if a, b := verbs(text), verbs(translation); !slices.Equal(a, b) {
				t.Errorf("%s: %q has the verbs %q, its translation %q", l.Tag, text, a, b)
			}
		}
	}
}

// meanings are what the settings file says of its keys. A test of package app, which knows the file, compares the two.
func meanings(t *testing.T, tag string) map[string]bool {
	t.Helper()
	b, err := fs.ReadFile(assets.FS(), "translations/"+tag+"/meanings.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]string
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for text := range all {
		used[text] = true
	}
	return used
}

var verb = regexp.MustCompile(`%(?:\[(\d+)\])?([-+# 0-9.]*[a-zA-Z%])`)

// verbs gives the verbs of a format in the order of their arguments.
func verbs(format string) []string {
	var out []string
	next := 1
	for _, m := range verb.FindAllStringSubmatch(format, -1) {
		if m[2] == "%" {
			continue
		}
		if m[1] != "" {
			next, _ = strconv.Atoi(m[1])
		}
		out = append(out, fmt.Sprintf("%d%s", next, m[2]))
		next++
	}
	slices.Sort(out)
	return slices.Compact(out)
}
