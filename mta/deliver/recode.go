package deliver

import (
	"io"

	"postroom.dev/mta/sevenbit"
)

// recode finds out whether the text has to be encoded for this host. As with sendmail (EightBitMode=pass8, flag 8), 8-bit text that is no
// MIME goes out as it is: nothing could tell how it was encoded.
func (t *transaction) recode() error {
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

// open opens the text as it is sent.
func (t *transaction) open() (io.ReadCloser, error) {
	in, err := t.job.Content.Open()
	if err != nil || t.plan == nil {
		return in, err
	}
	out, write := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		write.CloseWithError(t.plan.Copy(write, in, t.by))
	}()
	return encodedText{out, in, done}, nil
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
