package deliver

import (
	"io"

	"postroom.dev/mta"
	"postroom.dev/mta/sevenbit"
)

// recode finds out whether the text has to be encoded for this host. As with sendmail (EightBitMode=pass8, flag 8), 8-bit text that is no
// MIME goes out as it is: nothing could tell how it was encoded.
func (t *transaction) recode() error {
	if t.job.Envelope.Body == mta.BodyBinaryMIME {
		return t.recodeBinary()
	}
	if _, ok := t.conn.ext["8BITMIME"]; ok || t.eightBit {
		return nil
	}
	in, err := t.job.Content.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	plan, err := sevenbit.Examine(in)
	if err != nil {
		return err
	}
	if plan.MIME && plan.EightBit {
		t.plan = plan
	}
	return nil
}

// recodeBinary finds out how a binary text goes to this host: as it is, by BDAT, or in lines, with its binary parts encoded (RFC 3030 §3).
// Of one that cannot be sent without damage it is the caller who hears.
func (t *transaction) recodeBinary() error {
	_, chunking := t.conn.ext["CHUNKING"]
	_, binary := t.conn.ext["BINARYMIME"]
	if t.chunks = chunking && binary; t.chunks {
		return nil
	}
	in, err := t.job.Content.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	_, eight := t.conn.ext["8BITMIME"]
	plan, err := sevenbit.ExamineBinary(in, eight || t.eightBit)
	if err != nil {
		return err
	}
	if t.plan = plan; plan.Stuck {
		t.settle(mta.Status{Code: 554, Enhanced: mta.Enhanced{5, 6, 3}, Text: "the text is binary, cannot be converted, and " + t.conn.host + " does not offer BINARYMIME"})
	}
	return nil
}

// bodyType is MAIL's BODY parameter, for a host that offers 8BITMIME or BINARYMIME.
func (t *transaction) bodyType() mta.BodyType {
	body := t.job.Envelope.Body
	_, eight := t.conn.ext["8BITMIME"]
	switch {
	case body == mta.BodyBinaryMIME && t.chunks:
		return body
	case !eight:
		return ""
	case body == mta.BodyBinaryMIME:
		return mta.Body8BitMIME
	}
	return body
}

// open opens the text as it is sent.
func (t *transaction) open() (io.ReadCloser, error) {
	in, err := t.job.Content.Open()
	if err != nil || t.plan == nil {
		return in, err
	}
	return encode(in, t.plan, t.by), nil
}

// encode reads in as plan says.
func encode(in io.ReadCloser, plan *sevenbit.Plan, by string) io.ReadCloser {
	out, write := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		write.CloseWithError(plan.Copy(write, in, by))
	}()
	return encodedText{out, in, done}
}

// openLines opens a text for a mailbox or a program, which take lines: of a binary one the binary parts are encoded. One that cannot be
// encoded stays as it is.
func openLines(c mta.Content, env *mta.Envelope) (io.ReadCloser, error) {
	in, err := c.Open()
	if err != nil || env.Body != mta.BodyBinaryMIME {
		return in, err
	}
	plan, err := sevenbit.ExamineBinary(in, true)
	_ = in.Close()
	if err != nil {
		return nil, err
	}
	if in, err = c.Open(); err != nil || plan.Stuck || plan.Encoded() == 0 {
		return in, err
	}
	return encode(in, plan, "localhost id "+env.ID), nil
}

// encodedText is a text that is encoded while it is read.
type encodedText struct {
	*io.PipeReader
	in   io.Closer
	done chan struct{}
}

func (e encodedText) Close() error {
	_ = e.PipeReader.Close()
	<-e.done
	return e.in.Close()
}
