package model

import (
	"path"
	"slices"
	"strings"

	"postroom.dev/spool"
	"postroom.dev/spool/query"
)

// Place is a saved filter that the sidebar leads to.
type Place struct {
	Key   string // names it: "starred", "tag:work", "search:Orders"; of most, also its search words
	Text  string
	Count int
	Tag   int // the colour of a tag, -1 for what is none
}

// PlaceGroup is a group of places.
type PlaceGroup struct {
	Key    string // "tags"
	Places []Place
}

// The groups of places.
const (
	GroupSearches  = "searches"
	GroupTags      = "tags"
	GroupMailboxes = "mailboxes"
	GroupPrograms  = "programs"
	GroupProjects  = "projects"
)

// The places that are always there.
const (
	PlaceAll     = "all"
	PlaceUnread  = "unread"
	PlaceStarred = "is:starred"
	PlaceBounced = "is:bounced"
	PlaceRefused = "is:refused"
)

// searchKey begins the key of a saved search.
const searchKey = "search:"

// Places gives the groups of a tally that have places.
func Places(t spool.Tally) []PlaceGroup {
	var searches, tags, projects []Place
	for _, s := range t.Searches {
		searches = append(searches, Place{Key: searchKey + s.Name, Text: s.Name, Tag: -1})
	}
	for _, g := range t.Tags {
		tags = append(tags, Place{Key: TagKey(g.Name), Text: g.Name, Count: g.Count, Tag: g.Color})
	}
	projects = append(projects, grouped("dir", t.Dirs)...)
	projects = append(projects, grouped("user", t.Users)...)
	projects = append(projects, grouped("port", t.Ports)...)
	all := []PlaceGroup{
		{GroupSearches, searches}, {GroupTags, tags}, {GroupMailboxes, grouped("rcpt", t.Mailboxes)}, {GroupPrograms, grouped("program", t.Programs)}, {GroupProjects, projects},
	}
	return slices.DeleteFunc(all, func(g PlaceGroup) bool { return len(g.Places) == 0 })
}

// grouped makes places of what messages have in common.
func grouped(operator string, groups []spool.Group) []Place {
	var out []Place
	for _, g := range groups {
		if strings.Contains(g.Value, `"`) {
			continue // could not be asked for
		}
		text := oneLine(g.Value)
		switch operator {
		case "dir":
			text = path.Base(text)
		case "port":
			text = ":" + text
		}
		out = append(out, Place{Key: operator + ":" + query.Quote(g.Value), Text: text, Count: g.Count, Tag: -1})
	}
	return out
}

// PlaceWords gives the search words of a place; unread is said apart.
func PlaceWords(key string, t spool.Tally) (words string, unread bool) {
	switch {
	case key == PlaceAll:
		return "", false
	case key == PlaceUnread:
		return "", true
	case strings.HasPrefix(key, searchKey):
		for _, s := range t.Searches {
			if searchKey+s.Name == key {
				return s.Text, false
			}
		}
		return "", false // forgotten meanwhile
	}
	return key, false
}

// PlaceName gives what a place of a group is called, its key where it is gone.
func PlaceName(key string, t spool.Tally) string {
	for _, g := range Places(t) {
		for _, p := range g.Places {
			if p.Key == key {
				return p.Text
			}
		}
	}
	_, value, _ := strings.Cut(key, ":")
	return strings.Trim(value, `"`)
}

// TagKey gives the key of a tag's place.
func TagKey(name string) string { return "tag:" + query.Quote(name) }

// TagOf gives the name of the tag that a place is of, "" for another place.
func TagOf(key string) string {
	name, ok := strings.CutPrefix(key, "tag:")
	if !ok {
		return ""
	}
	return strings.Trim(name, `"`)
}

// SearchOf gives the name of the saved search that a place is, "" for another place.
func SearchOf(key string) string {
	name, ok := strings.CutPrefix(key, searchKey)
	if !ok {
		return ""
	}
	return name
}

// Known gives the values that an operator's may begin with, for query.Suggest.
func Known(t spool.Tally) func(operator, beginning string) []string {
	return func(operator, _ string) []string {
		var groups []spool.Group
		switch operator {
		case "tag":
			for _, g := range t.Tags {
				groups = append(groups, spool.Group{Value: g.Name})
			}
		case "rcpt", "to":
			groups = t.Mailboxes
		case "program":
			groups = t.Programs
		case "user":
			groups = t.Users
		case "port":
			groups = t.Ports
		case "dir":
			groups = t.Dirs
		}
		out := make([]string, 0, len(groups))
		for _, g := range groups {
			out = append(out, g.Value)
		}
		return out
	}
}
