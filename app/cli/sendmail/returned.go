package sendmail

import (
	"context"
	"io"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/dsn"
)

// mailBack sends the sender a report about the recipients that were refused, and says whether somebody has taken it. The
// null sender gets none: RFC 5321 §4.5.5.
func (j *job) mailBack(ctx context.Context) bool {
	if j.env.Sender.IsNull() || !j.headed() {
		return false
	}
	report, err := j.failure()
	if err != nil {
		return false
	}
	defer report.close()
	back := &job{Command: j.Command, call: &call{mode: 'm', errors: 'q', delivery: j.delivery}, host: j.host, text: report}
	back.fillEnvelope([]mta.Recipient{{Address: j.env.Sender}})
	return back.submit(ctx) == nil && back.exit == exOK
}

// failure writes the report. It is as large as the message, so it is read as one: what is large goes to a file.
func (j *job) failure() (*text, error) {
	id := j.QueueID()
	env := j.env
	env.ID, env.Added = id, append(j.added(id), j.warning()...)
	env.Origin = mta.Origin{Protocol: "sendmail", User: j.caller().Name, UID: j.UID}
	r := dsn.Report{ID: id, Time: env.Arrival, Host: j.hostname(), Kind: dsn.Failure, To: []address.Address{j.env.Sender},
		Envelope: &env, Content: original{j.text}}
	for _, refused := range j.refused {
		r.Recipients = append(r.Recipients, dsn.Recipient{Recipient: refused, Action: dsn.Failed})
	}
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := dsn.Compose(in, r)
		in.CloseWithError(err)
		done <- err
	}()
	t, err := readText(out, j.overflow)
	out.CloseWithError(io.ErrClosedPipe)
	if composed := <-done; err == nil && composed != nil {
		t.close()
		err = composed
	}
	return t, err
}

// original is a message as mta.Content.
type original struct{ *text }

func (o original) Size() int64 { return o.size }

func (o original) Open() (mta.Reader, error) {
	return opened{io.NewSectionReader(o, 0, o.size)}, nil
}

// ReadAt reads across the seam between memory and file.
func (o original) ReadAt(b []byte, at int64) (n int, err error) {
	if at < int64(len(o.head)) {
		if n = copy(b, o.head[at:]); n == len(b) {
			return n, nil
		}
	}
	if o.rest == nil {
		return n, io.EOF
	}
	m, err := o.rest.ReadAt(b[n:], at+int64(n)-int64(len(o.head)))
	return n + m, err
}

type opened struct{ *io.SectionReader }

func (opened) Close() error { return nil }
