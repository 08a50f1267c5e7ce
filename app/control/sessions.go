package control

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"postroom.dev/mta"
	"postroom.dev/spool"
)

// Sessions gives a page of clients' sessions, newest first.
func (c *Client) Sessions(ctx context.Context, q spool.SessionQuery) (p spool.SessionPage, err error) {
	v := url.Values{}
	if q.Failed {
		v.Set("failed", "1")
	}
	if q.Text != "" {
		v.Set("text", q.Text)
	}
	if q.Before != 0 {
		v.Set("before", strconv.FormatInt(q.Before, 10))
	}
	if q.Limit != 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	err = c.do(ctx, "GET", "/v1/sessions?"+v.Encode(), nil, &p)
	return p, err
}

// Session gives one session whole. spool.ErrNotFound.
func (c *Client) Session(ctx context.Context, id string) (one mta.Session, err error) {
	err = c.do(ctx, "GET", "/v1/sessions/"+url.PathEscape(id), nil, &one)
	return one, err
}

func (s server) sessions(w http.ResponseWriter, r *http.Request) {
	v := r.URL.Query()
	page, err := s.desk.Sessions(r.Context(), spool.SessionQuery{
		Failed: v.Get("failed") != "", Text: v.Get("text"), Before: number(v.Get("before")), Limit: int(number(v.Get("limit"))),
	})
	answer(w, page, err)
}

func (s server) session(w http.ResponseWriter, r *http.Request) {
	one, err := s.desk.Session(r.Context(), r.PathValue("id"))
	answer(w, one, err)
}
