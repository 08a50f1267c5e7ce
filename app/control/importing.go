package control

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"

	"postroom.dev/spool"
)

func (s server) take(w http.ResponseWriter, r *http.Request) {
	done, err := s.desk.Import(r.Context(), r.URL.Query().Get("name"), r.Body)
	answer(w, done, err)
}

// Import keeps the messages of a file of mail.
func (c *Client) Import(ctx context.Context, name string, file io.Reader) (done spool.Imported, err error) {
	resp, err := c.stream(ctx, "POST", "/v1/import?name="+url.QueryEscape(name), io.NopCloser(file))
	if err != nil {
		return done, err
	}
	defer resp.Body.Close()
	return done, json.NewDecoder(resp.Body).Decode(&done)
}
