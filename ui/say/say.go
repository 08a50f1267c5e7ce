// Package say gives the window's words in the user's language.
//
// The English text is the key: say.T("Run queue now") stands where it is shown, and reads as it looks. Other languages are files of
// assets/translations/LANGUAGE/*.json, each an object from English texts to theirs; which file of the folder has a text does not
// matter. A text may have the verbs of fmt; a translation has the same ones, and may order them by %[2]s. Of what is counted, N
// takes the word for one and for many; a language without that difference translates the text for many only.
//
// A text that has no translation is shown in English: the window never shows a key or nothing. Tests in this package read the
// sources of ui and find texts that are shown and not translated, translations that nothing uses, and verbs that do not agree.
//
// What is not translated: SMTP's and sendmail's own words (replies, states in control files, names of tables, keys, commands), and
// whatever a message says.
//
// The language is the process's, as time.Local is its time zone: Use sets it before the window is made.
package say

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"sync/atomic"
)

// The languages. Tags are those of BCP 47.
const (
	English = "en"
	Chinese = "zh-Hans"
)

// Language is one of the window's languages.
type Language struct {
	Tag  string // "zh-Hans"
	Name string // in its own words, for whoever reads only that language
}

// Languages gives all that there are, English first.
func Languages() []Language {
	return []Language{{English, "English"}, {Chinese, "简体中文"}}
}

// Words are the texts of a language by the English ones. Nil is English.
type Words map[string]string

var spoken atomic.Pointer[Words]

// Use makes words the language of the process. Nil is English.
func Use(w Words) { spoken.Store(&w) }

// T gives a text in the user's language, and puts args where its verbs are.
func T(text string, args ...any) string {
	text = translated(text)
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// N gives the text for one or for many things, in the user's language. It puts args where the verbs are, or n where no args are given.
func N(n int, one, many string, args ...any) string {
	if len(args) == 0 {
		args = []any{n}
	}
	if n != 1 {
		return fmt.Sprintf(translated(many), args...)
	}
	if w := spoken.Load(); w != nil && *w != nil && (*w)[one] == "" {
		one = translated(many)
	}
	return fmt.Sprintf(one, args...)
}

func translated(text string) string {
	if w := spoken.Load(); w != nil {
		if t := (*w)[text]; t != "" {
			return t
		}
	}
	return text
}

// Read gives the words of a language from a file system as assets has it, translations/TAG/*.json. English, and a language that is not
// there, are nil.
func Read(files fs.FS, tag string) (Words, error) {
	if tag == English || tag == "" {
		return nil, nil
	}
	names, err := fs.Glob(files, "translations/"+tag+"/*.json")
	if err != nil || len(names) == 0 {
		return nil, err
	}
	words := Words{}
	for _, name := range names {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		var some map[string]string
		if err := json.Unmarshal(b, &some); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for text, t := range some {
			if old, ok := words[text]; ok && old != t {
				return nil, fmt.Errorf("%s: %q is translated otherwise in another file", name, text)
			}
			words[text] = t
		}
	}
	return words, nil
}

// Choose gives the tag of the language to use: the one that was chosen, else the one that the locale names ("zh_CN.UTF-8", "zh-Hans-CN"), else
// English.
func Choose(chosen, locale string) string {
	for _, l := range Languages() {
		if l.Tag == chosen {
			return chosen
		}
	}
	language, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(locale), "_", "-"), "-")
	if language == "zh" {
		return Chinese
	}
	return English
}

// Locale gives the locale for messages that an environment names, "" where it names none. POSIX: LC_ALL before LC_MESSAGES before LANG.
func Locale(env func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := env(name); v != "" {
			return v
		}
	}
	return ""
}
