package control

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"postroom.dev/mta"
)

func (s server) planRelease(w http.ResponseWriter, r *http.Request) {
	order(w, r, s.desk.PlanRelease)
}

func (s server) letOut(w http.ResponseWriter, r *http.Request) { order(w, r, s.desk.LetOut) }

func order[T any](w http.ResponseWriter, r *http.Request, do func(context.Context, mta.ReleaseOrder) (T, error)) {
	var o mta.ReleaseOrder
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
		answer(w, nil, err)
		return
	}
	done, err := do(r.Context(), o)
	answer(w, done, err)
}

func (s server) redeliver(w http.ResponseWriter, r *http.Request) {
	id, err := s.desk.Redeliver(r.Context(), pathID(r))
	answer(w, idList{[]int64{id}}, err)
}

// PlanRelease says what LetOut would do with an order now.
func (c *Client) PlanRelease(ctx context.Context, o mta.ReleaseOrder) (p mta.ReleasePlan, err error) {
	err = c.do(ctx, "POST", "/v1/release/plan", o, &p)
	return p, err
}

// LetOut carries an order out.
func (c *Client) LetOut(ctx context.Context, o mta.ReleaseOrder) (done mta.Released, err error) {
	err = c.do(ctx, "POST", "/v1/release", o, &done)
	return done, err
}

// Redeliver has a message go through the tables again.
func (c *Client) Redeliver(ctx context.Context, id int64) (int64, error) {
	var list idList
	err := c.do(ctx, "POST", "/v1/messages/"+strconv.FormatInt(id, 10)+"/redeliver", nil, &list)
	if err == nil && len(list.IDs) == 1 {
		return list.IDs[0], nil
	}
	return 0, err
}
