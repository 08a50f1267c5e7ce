package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"postroom.dev/app/config"
	"postroom.dev/app/config/keys"
	"postroom.dev/mta/table/live"
	"postroom.dev/ui/model"
)

// Settings gives every key of the settings file.
func (r *Room) Settings(context.Context) (model.Settings, error) {
	text, err := r.settingsText()
	if err != nil {
		return model.Settings{}, err
	}
	out := model.Settings{Path: r.home.Settings()}
	for _, k := range config.Keys() {
		s := model.Setting{Section: k.Section, Name: k.Name, Value: k.Default, Default: k.Default, Meaning: k.Meaning}
		value, own, err := keys.Get(text, k.Section, k.Name)
		if err != nil {
			return model.Settings{}, fmt.Errorf("%s: %w", r.home.Settings(), err)
		}
		if own {
			s.Own, s.Value = true, written(value)
		}
		key := s.Key()
		s.Live = isPortKey(key) || slices.ContainsFunc(liveSections, func(section string) bool { return strings.HasPrefix(key, section) })
		out.Keys = append(out.Keys, s)
	}
	return out, nil
}

func (r *Room) settingsText() ([]byte, error) {
	text, err := os.ReadFile(r.home.Settings())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}

// written gives a value as TOML writes it.
func written(value any) string {
	text, err := toml.Marshal(map[string]any{"x": value})
	if err != nil {
		return fmt.Sprint(value)
	}
	s := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(string(text)), "x = "))
	if !strings.ContainsAny(s, "\"\\") {
		s = strings.ReplaceAll(s, "'", "\"") // as the defaults are written
	}
	return s
}

// CheckSetting says what is wrong with a value.
func (r *Room) CheckSetting(_ context.Context, section, key, value string) error {
	text, err := r.settingsText()
	if err != nil {
		return err
	}
	_, err = withSetting(text, section, key, value)
	return err
}

// withSetting gives a settings file's text with a value in it, when that makes settings that Postroom takes.
func withSetting(text []byte, section, key, value string) ([]byte, error) {
	if strings.ContainsAny(value, "\r\n") {
		return nil, errors.New("write the value in one line")
	}
	text, err := keys.Set(text, section, key, value)
	if err != nil {
		return nil, err
	}
	_, err = config.Parse("postroom.toml", text)
	return text, err
}

// SetSetting writes a value into the settings file and puts it in force.
func (r *Room) SetSetting(_ context.Context, section, key, value string) error {
	file, err := live.Take(r.home.Settings())
	if err != nil {
		return err
	}
	text, err := withSetting(file.Text, section, key, value)
	if err != nil {
		return err
	}
	if _, err := file.Save(text); err != nil {
		return err
	}
	r.reload()
	return nil
}
