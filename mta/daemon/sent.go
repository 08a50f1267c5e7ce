package daemon

import (
	"bufio"
	"fmt"
	"io"
	"slices"

	"postroom.dev/mta"
	"postroom.dev/mta/route"
	"postroom.dev/spool/qf"
)

// Sent writes a message as it left, CRLF at its lines' ends: with the fields that were added and those that rewriting changed, without
// Bcc where that is taken away. Of a message that did not leave it is what would have left. env is the record's.
func Sent(w io.Writer, env *mta.Envelope, content mta.Content) error {
	r, err := content.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	header, body, err := splitMessage(r, content.Size(), env.Body == mta.BodyBinaryMIME)
	if err != nil {
		return err
	}
	c, err := qf.FromEnvelope(env, header)
	if err != nil {
		return fmt.Errorf("message %s cannot be put together: %w", env.ID, err)
	}
	mailer := route.ESMTP
	if len(env.Recipients) > 0 && !slices.ContainsFunc(env.Recipients, func(r mta.Recipient) bool { return !atHome(r.Mailer) }) {
		mailer = route.Local
	}
	leaves := map[string]string{}
	for _, f := range env.Rewritten {
		leaves[unix(f.In)] = unix(f.Out)
	}
	out, err := newOutgoing(c, mailer, nil, func(h qf.Header) (string, error) {
		if text, ok := leaves[h.Text]; ok {
			return text, nil
		}
		return h.Text, nil
	})
	if err != nil {
		return err
	}
	out.header = append([]byte(originally(redirectedOf(env))), out.header...)
	lines := crlfWriter{w: bufio.NewWriterSize(w, 32<<10)}
	if _, err := lines.Write(out.header); err != nil {
		return err
	}
	to := io.Writer(lines)
	if env.Body == mta.BodyBinaryMIME {
		to = lines.w
	}
	if _, err := io.Copy(to, body); err != nil {
		return err
	}
	return lines.w.Flush()
}

// redirectedOf is for whom the first copy was that went to somebody else in a recipient's place, "" for none.
func redirectedOf(env *mta.Envelope) string {
	for _, r := range env.Recipients {
		if slices.ContainsFunc(r.Steps, func(s mta.Step) bool { return s.Rule == "redirect" }) {
			return r.Address.String()
		}
	}
	return ""
}

// crlfWriter writes CRLF for each LF.
type crlfWriter struct{ w *bufio.Writer }

func (c crlfWriter) Write(p []byte) (int, error) {
	for i, b := range p {
		if b == '\n' {
			if err := c.w.WriteByte('\r'); err != nil {
				return i, err
			}
		}
		if err := c.w.WriteByte(b); err != nil {
			return i, err
		}
	}
	return len(p), nil
}
