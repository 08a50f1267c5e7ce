package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"postroom.dev/spool"
	"postroom.dev/ui"
)

// Client is the Desk of a program that runs on the home.
type Client struct {
	http http.Client
}

var _ Desk = (*Client)(nil)

// Dial finds the program that answers on the other end of dial. ErrNotRunning when there is none.
func Dial(ctx context.Context, dial func(ctx context.Context) (net.Conn, error)) (*Client, error) {
	first, err := dial(ctx)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, ErrNotRunning
	case err != nil:
		return nil, err
	}
	c := &Client{}
	c.http.Transport = &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			if first != nil {
				conn := first
				first = nil
				return conn, nil
			}
			return dial(ctx)
		},
		MaxConnsPerHost: 1, // so that first needs no lock
		IdleConnTimeout: time.Minute,
	}
	return c, nil
}

// Close ends the connection.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

func (c *Client) do(ctx context.Context, method, path string, body, result any) error {
	resp, err := c.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(result); err != nil {
		return fmt.Errorf("control socket: %s %s: %w", method, path, err)
	}
	return nil
}

func (c *Client) send(ctx context.Context, method, path string, body any) (*http.Response, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return c.stream(ctx, method, path, bytes.NewReader(text))
}

func (c *Client) stream(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://postroom"+path, body)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	var f failure
	if err := json.NewDecoder(resp.Body).Decode(&f); err != nil {
		return nil, fmt.Errorf("control socket: %s %s: %s", method, path, resp.Status)
	}
	for _, k := range kinds {
		if f.Kind == k.word {
			return nil, remoteError{f.Error, k.err}
		}
	}
	return nil, errors.New(f.Error)
}

// remoteError is an error with the words of the program that it happened in, and our own value of its kind.
type remoteError struct {
	text string
	kind error
}

func (e remoteError) Error() string { return e.text }
func (e remoteError) Unwrap() error { return e.kind }

// Status says how the program stands.
func (c *Client) Status(ctx context.Context) (s ui.Status, err error) {
	err = c.do(ctx, "GET", "/v1/status", nil, &s)
	return s, err
}

// Find gives a page of records, newest first.
func (c *Client) Find(ctx context.Context, q spool.Query) (p spool.Page, err error) {
	err = c.do(ctx, "GET", "/v1/messages?"+encodeQuery(q).Encode(), nil, &p)
	return p, err
}

// Message gives one message. spool.ErrNotFound.
func (c *Client) Message(ctx context.Context, id int64) (m ui.Message, err error) {
	err = c.do(ctx, "GET", "/v1/messages/"+strconv.FormatInt(id, 10), nil, &m)
	return m, err
}

// Delete removes messages for good, and gives the ids that existed.
func (c *Client) Delete(ctx context.Context, ids ...int64) ([]int64, error) {
	var gone idList
	err := c.do(ctx, "DELETE", "/v1/messages", idList{ids}, &gone)
	return gone.IDs, err
}

// Raise brings the program's window to the front, and shows a message there, unless show is 0. ErrNoWindow when it has none.
func (c *Client) Raise(ctx context.Context, show int64) error {
	return c.do(ctx, "POST", "/v1/raise?show="+strconv.FormatInt(show, 10), nil, &struct{}{})
}

// Export writes the exact bytes received.
func (c *Client) Export(ctx context.Context, id int64, w io.Writer) error {
	return c.copy(ctx, id, "raw", w)
}

// Sent writes a message as it left, or would have left.
func (c *Client) Sent(ctx context.Context, id int64, w io.Writer) error {
	return c.copy(ctx, id, "sent", w)
}

func (c *Client) copy(ctx context.Context, id int64, form string, w io.Writer) error {
	resp, err := c.send(ctx, "GET", "/v1/messages/"+strconv.FormatInt(id, 10)+"/"+form, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("message %d: %w", id, err)
	}
	return nil
}

// Queue lists what waits, in the order of a run.
func (c *Client) Queue(ctx context.Context, selection []string) (list []Waiting, err error) {
	err = c.do(ctx, "GET", "/v1/queue?"+url.Values{"select": selection}.Encode(), nil, &list)
	return list, err
}

// RunQueue runs a queue once, and copies to out what the run says.
func (c *Client) RunQueue(ctx context.Context, r QueueRun, out io.Writer) error {
	resp, err := c.send(ctx, "POST", "/v1/queue/run", r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(out, resp.Body); err != nil {
		return fmt.Errorf("queue run: %w", err)
	}
	if text := resp.Trailer.Get(runError); text != "" {
		return errors.New(text)
	}
	return nil
}

// Operate does hold, release, return or delete with a waiting message.
func (c *Client) Operate(ctx context.Context, action, queueID string) error {
	return c.do(ctx, "POST", "/v1/queue/"+url.PathEscape(queueID)+"/"+url.PathEscape(action), nil, &struct{}{})
}

// Redirect changes the recipients of a waiting message.
func (c *Client) Redirect(ctx context.Context, queueID string, changes []Redirection) error {
	return c.do(ctx, "POST", "/v1/queue/"+url.PathEscape(queueID)+"/redirect", changes, &struct{}{})
}

// Orphans lists what is odd in the queue directories.
func (c *Client) Orphans(ctx context.Context) (list []Orphan, err error) {
	err = c.do(ctx, "GET", "/v1/orphans", nil, &list)
	return list, err
}

// Repair puts right what can be.
func (c *Client) Repair(ctx context.Context, queueIDs []string) (list []Orphan, err error) {
	err = c.do(ctx, "POST", "/v1/orphans", queueIDList{queueIDs}, &list)
	return list, err
}

// Clock moves the queue's clock.
func (c *Client) Clock(ctx context.Context, d time.Duration, reset bool) (time.Duration, error) {
	var m clockMove
	err := c.do(ctx, "POST", "/v1/clock", clockMove{d, reset}, &m)
	return m.Move, err
}
