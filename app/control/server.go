package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
)

// NewHandler answers for desk. raise brings the window to the front and shows a message there, 0 for none, or says ErrNoWindow.
func NewHandler(desk Desk, raise func(show int64) error) http.Handler {
	s := server{desk, raise}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status", s.status)
	mux.HandleFunc("GET /v1/messages", s.find)
	mux.HandleFunc("GET /v1/messages/{id}", s.message)
	mux.HandleFunc("GET /v1/messages/{id}/raw", s.raw)
	mux.HandleFunc("GET /v1/messages/{id}/sent", s.sent)
	mux.HandleFunc("DELETE /v1/messages", s.remove)
	mux.HandleFunc("GET /v1/sessions", s.sessions)
	mux.HandleFunc("GET /v1/sessions/{id}", s.session)
	mux.HandleFunc("POST /v1/messages/{id}/redeliver", s.redeliver)
	mux.HandleFunc("POST /v1/import", s.take)
	mux.HandleFunc("POST /v1/release", s.letOut)
	mux.HandleFunc("POST /v1/release/plan", s.planRelease)
	mux.HandleFunc("GET /v1/queue", s.queue)
	mux.HandleFunc("POST /v1/queue/run", s.runQueue)
	mux.HandleFunc("POST /v1/mailq", s.mailq)
	mux.HandleFunc("POST /v1/queue/{id}/{action}", s.operate)
	mux.HandleFunc("POST /v1/queue/{id}/redirect", s.redirect)
	mux.HandleFunc("GET /v1/orphans", s.orphans)
	mux.HandleFunc("POST /v1/orphans", s.repair)
	mux.HandleFunc("POST /v1/clock", s.clock)
	mux.HandleFunc("POST /v1/raise", s.front)
	mux.HandleFunc("POST /v1/marks", s.marks)
	mux.HandleFunc("GET /v1/tally", s.tally)
	return mux
}

type server struct {
	desk  Desk
	raise func(show int64) error
}

func answer(w http.ResponseWriter, v any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		f := failure{Error: err.Error()}
		status := http.StatusInternalServerError
		for _, k := range kinds {
			if errors.Is(err, k.err) {
				f.Kind, status = k.word, http.StatusUnprocessableEntity
			}
		}
		w.WriteHeader(status)
		v = f
	}
	// The client has gone when this does not work: nobody is left to tell.
	_ = json.NewEncoder(w).Encode(v)
}

func (s server) status(w http.ResponseWriter, r *http.Request) {
	v, err := s.desk.Status(r.Context())
	answer(w, v, err)
}

func (s server) find(w http.ResponseWriter, r *http.Request) {
	page, err := s.desk.Find(r.Context(), decodeQuery(r.URL.Query()))
	answer(w, page, err)
}

func (s server) message(w http.ResponseWriter, r *http.Request) {
	m, err := s.desk.Message(r.Context(), pathID(r))
	answer(w, m, err)
}

func (s server) raw(w http.ResponseWriter, r *http.Request) { stream(w, r, s.desk.Export) }

func (s server) sent(w http.ResponseWriter, r *http.Request) { stream(w, r, s.desk.Sent) }

// stream answers with the message that write writes.
func stream(w http.ResponseWriter, r *http.Request, write func(context.Context, int64, io.Writer) error) {
	body := &rawBody{ResponseWriter: w}
	err := write(r.Context(), pathID(r), body)
	switch {
	case err == nil:
		body.begin()
	case !body.begun:
		answer(w, nil, err)
	default:
		// Breaking the connection is the one way left to say that the body is not whole.
		panic(http.ErrAbortHandler)
	}
}

// rawBody sends the answer's head with the first octets, when it is known that there are any.
type rawBody struct {
	http.ResponseWriter
	begun bool
}

func (b *rawBody) begin() {
	if !b.begun {
		b.begun = true
		b.Header().Set("Content-Type", "message/rfc822")
		b.WriteHeader(http.StatusOK)
	}
}

func (b *rawBody) Write(p []byte) (int, error) {
	b.begin()
	return b.ResponseWriter.Write(p)
}

func (s server) remove(w http.ResponseWriter, r *http.Request) {
	var list idList
	if err := json.NewDecoder(r.Body).Decode(&list); err != nil {
		answer(w, nil, err)
		return
	}
	ids, err := s.desk.Delete(r.Context(), list.IDs...)
	answer(w, idList{ids}, err)
}

func (s server) front(w http.ResponseWriter, r *http.Request) {
	show, _ := strconv.ParseInt(r.URL.Query().Get("show"), 10, 64) // 0 for none
	answer(w, struct{}{}, s.raise(show))
}

func (s server) queue(w http.ResponseWriter, r *http.Request) {
	list, err := s.desk.Queue(r.Context(), r.URL.Query()["select"])
	answer(w, list, err)
}

// runQueue answers with text while the run goes on. How it ended is in a trailer, since the status has long been sent.
func (s server) runQueue(w http.ResponseWriter, r *http.Request) {
	var run QueueRun
	if err := json.NewDecoder(r.Body).Decode(&run); err != nil {
		answer(w, nil, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Trailer", runError)
	w.WriteHeader(http.StatusOK)
	if err := s.desk.RunQueue(r.Context(), run, flushing{w}); err != nil {
		w.Header().Set(runError, err.Error())
	}
}

// runError is the trailer that says why a queue run did not end well.
const runError = "Postroom-Error"

// flushing sends each line at once.
type flushing struct{ http.ResponseWriter }

func (f flushing) Write(p []byte) (int, error) {
	n, err := f.ResponseWriter.Write(p)
	if err == nil {
		err = http.NewResponseController(f.ResponseWriter).Flush()
	}
	return n, err
}

func (s server) operate(w http.ResponseWriter, r *http.Request) {
	answer(w, struct{}{}, s.desk.Operate(r.Context(), r.PathValue("action"), r.PathValue("id")))
}

func (s server) redirect(w http.ResponseWriter, r *http.Request) {
	var changes []Redirection
	if err := json.NewDecoder(r.Body).Decode(&changes); err != nil {
		answer(w, nil, err)
		return
	}
	answer(w, struct{}{}, s.desk.Redirect(r.Context(), r.PathValue("id"), changes))
}

type queueIDList struct {
	IDs []string `json:"ids"`
}

func (s server) orphans(w http.ResponseWriter, r *http.Request) {
	list, err := s.desk.Orphans(r.Context())
	answer(w, list, err)
}

func (s server) repair(w http.ResponseWriter, r *http.Request) {
	var list queueIDList
	if err := json.NewDecoder(r.Body).Decode(&list); err != nil {
		answer(w, nil, err)
		return
	}
	done, err := s.desk.Repair(r.Context(), list.IDs)
	answer(w, done, err)
}

type clockMove struct {
	Move  time.Duration `json:"move"`
	Reset bool          `json:"reset"`
}

func (s server) clock(w http.ResponseWriter, r *http.Request) {
	var m clockMove
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
		answer(w, nil, err)
		return
	}
	ahead, err := s.desk.Clock(r.Context(), m.Move, m.Reset)
	answer(w, clockMove{Move: ahead}, err)
}

// pathID gives 0, which no record has, for what is no number.
func pathID(r *http.Request) int64 { return number(r.PathValue("id")) }

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func encodeQuery(q spool.Query) url.Values {
	v := url.Values{}
	set := func(key, value string) {
		if value != "" && value != "0" {
			v.Set(key, value)
		}
	}
	set("text", q.Text)
	set("rcpt", q.Rcpt)
	set("state", string(q.State))
	set("before", strconv.FormatInt(q.Before, 10))
	set("after", strconv.FormatInt(q.After, 10))
	set("limit", strconv.Itoa(q.Limit))
	if q.Unread {
		v.Set("unread", "1")
	}
	set("order", string(q.Order.By))
	if q.Order.Ascending {
		v.Set("ascending", "1")
	}
	set("past", q.Past)
	return v
}

func decodeQuery(v url.Values) spool.Query {
	return spool.Query{
		Text:   v.Get("text"),
		Rcpt:   v.Get("rcpt"),
		State:  mta.State(v.Get("state")),
		Unread: v.Get("unread") != "",
		Before: number(v.Get("before")),
		After:  number(v.Get("after")),
		Limit:  int(number(v.Get("limit"))),
		Order:  spool.Order{By: spool.OrderBy(v.Get("order")), Ascending: v.Get("ascending") != ""},
		Past:   v.Get("past"),
	}
}
