package control

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"postroom.dev/spool"
)

// The marks that POST /v1/marks changes, one at a time.
const (
	markStar         = "star"
	markTag          = "tag"
	markChangeTag    = "change-tag"
	markRemoveTag    = "remove-tag"
	markSaveSearch   = "save-search"
	markRemoveSearch = "remove-search"
)

type marking struct {
	Do   string    `json:"do"`
	Name string    `json:"name,omitempty"`
	On   bool      `json:"on,omitempty"`
	IDs  []int64   `json:"ids,omitempty"`
	To   spool.Tag `json:"to,omitzero"`
	Text string    `json:"text,omitempty"`
}

func (c *Client) mark(ctx context.Context, m marking) ([]int64, error) {
	var changed idList
	err := c.do(ctx, "POST", "/v1/marks", m, &changed)
	return changed.IDs, err
}

// SetStarred sets or takes the star and gives the ids that it changed.
func (c *Client) SetStarred(ctx context.Context, starred bool, ids ...int64) ([]int64, error) {
	return c.mark(ctx, marking{Do: markStar, On: starred, IDs: ids})
}

// SetTag puts a tag on messages, or takes it off, and gives the ids that it changed.
func (c *Client) SetTag(ctx context.Context, name string, on bool, ids ...int64) ([]int64, error) {
	return c.mark(ctx, marking{Do: markTag, Name: name, On: on, IDs: ids})
}

// ChangeTag gives a tag another name and colour.
func (c *Client) ChangeTag(ctx context.Context, name string, to spool.Tag) error {
	_, err := c.mark(ctx, marking{Do: markChangeTag, Name: name, To: to})
	return err
}

// RemoveTag takes a tag off all messages and forgets it.
func (c *Client) RemoveTag(ctx context.Context, name string) error {
	_, err := c.mark(ctx, marking{Do: markRemoveTag, Name: name})
	return err
}

// SaveSearch keeps a search, in the place of one of the same name.
func (c *Client) SaveSearch(ctx context.Context, s spool.Search) error {
	_, err := c.mark(ctx, marking{Do: markSaveSearch, Name: s.Name, Text: s.Text})
	return err
}

// RemoveSearch forgets a search.
func (c *Client) RemoveSearch(ctx context.Context, name string) error {
	_, err := c.mark(ctx, marking{Do: markRemoveSearch, Name: name})
	return err
}

// Tally counts.
func (c *Client) Tally(ctx context.Context) (t spool.Tally, err error) {
	err = c.do(ctx, "GET", "/v1/tally", nil, &t)
	return t, err
}

func (s server) marks(w http.ResponseWriter, r *http.Request) {
	var m marking
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
		answer(w, nil, err)
		return
	}
	var changed idList
	var err error
	switch ctx := r.Context(); m.Do {
	case markStar:
		changed.IDs, err = s.desk.SetStarred(ctx, m.On, m.IDs...)
	case markTag:
		changed.IDs, err = s.desk.SetTag(ctx, m.Name, m.On, m.IDs...)
	case markChangeTag:
		err = s.desk.ChangeTag(ctx, m.Name, m.To)
	case markRemoveTag:
		err = s.desk.RemoveTag(ctx, m.Name)
	case markSaveSearch:
		err = s.desk.SaveSearch(ctx, spool.Search{Name: m.Name, Text: m.Text})
	case markRemoveSearch:
		err = s.desk.RemoveSearch(ctx, m.Name)
	default:
		err = errors.New("marks: no such order: " + m.Do)
	}
	answer(w, changed, err)
}

func (s server) tally(w http.ResponseWriter, r *http.Request) {
	t, err := s.desk.Tally(r.Context())
	answer(w, t, err)
}
