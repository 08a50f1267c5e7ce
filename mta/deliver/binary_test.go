package deliver

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
)

const (
	binaryHead = "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n"
	binaryBody = "\x00\n.\r\n.\r\n\r\xff"
)

func TestABinaryText(t *testing.T) {
	encoded := "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n" +
		"X-MIME-Autoconverted: from binary to base64 by mail.example.com id 6AM800AA000001\r\n\r\nAAouDQouDQoN/w==\r\n"
	for _, c := range []struct {
		rule, offers, text string
		mail, sent, status string // sent "" for nothing
		recoded            int
	}{
		{"goes as it is, by BDAT", offers("CHUNKING", "BINARYMIME", "8BITMIME", "PIPELINING"), binaryHead + "\r\n" + binaryBody, " BODY=BINARYMIME", binaryHead + "\r\n" + binaryBody, "250 2.0.0 accepted", 0},
		{"also without PIPELINING", offers("CHUNKING", "BINARYMIME"), binaryHead + "\r\n" + binaryBody, " BODY=BINARYMIME", binaryHead + "\r\n" + binaryBody, "250 2.0.0 accepted", 0},
		{"goes in lines to a host without BINARYMIME", offers("CHUNKING", "8BITMIME"), binaryHead + "\r\n" + binaryBody, " BODY=8BITMIME", encoded, "250 2.0.0 accepted", 1},
		{"and to one without CHUNKING", offers("BINARYMIME"), binaryHead + "\r\n" + binaryBody, "", encoded, "250 2.0.0 accepted", 1},
		{"comes back where it is no MIME", offers("8BITMIME"), "Subject: x\r\n\r\n" + binaryBody, "", "", "554 5.6.3 the text is binary, cannot be converted, and @ does not offer BINARYMIME", 0},
		{"that is none after all goes as it is", offers("8BITMIME"), "Subject: x\r\n\r\nno more than text \xe4\r\n", " BODY=8BITMIME", "Subject: x\r\n\r\nno more than text \xe4\r\n", "250 2.0.0 accepted", 0},
	} {
		t.Run(c.rule, func(t *testing.T) {
			p := newPeer(t, map[string][]string{"EHLO": {c.offers}, "RCPT To:<no@": {"550 5.1.1 no"}})
			j := job(t, p.host(), c.text, "u@x.example", "no@x.example", "v@x.example")
			j.Envelope.Body = mta.BodyBinaryMIME
			got := mailer(t, options(t)).Deliver(t.Context(), j)
			for n, s := range got {
				s.RemoteMTA, s.Enhanced = "", mta.Enhanced{}
				want := strings.Replace(strings.ReplaceAll(c.status, "@", p.host()), " 5.6.3", "", 1)
				if n == 1 && c.sent != "" {
					want = "550 no"
				}
				if s.Error() != want || n == 0 && s.Recoded != c.recoded {
					t.Errorf("%d: %+v, want %s", n, s, want)
				}
			}
			var want []string
			if c.sent != "" {
				want = []string{c.sent}
				if said := p.commands()[2]; said != "MAIL From:<alice@example.com>"+c.mail {
					t.Error(said)
				}
			}
			if d := cmp.Diff(append([]string{}, want...), p.kept()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestNobodyAcceptedMeansNoChunk(t *testing.T) {
	p := newPeer(t, map[string][]string{"EHLO": {offers("CHUNKING", "BINARYMIME", "PIPELINING", "ENHANCEDSTATUSCODES")}, "RCPT": {"550 5.1.1 no"}})
	j := job(t, p.host(), binaryHead+"\r\n"+binaryBody, "u@x.example")
	j.Envelope.Body = mta.BodyBinaryMIME
	got := mailer(t, options(t)).Deliver(t.Context(), j)
	if got[0].Error() != "550 5.1.1 no" || len(p.kept()) != 0 {
		t.Errorf("%v, kept %q", got, p.kept())
	}
}

// short is a text that cannot be read to its end.
type short struct{ text }

func (s short) Open() (mta.Reader, error) {
	r, err := s.text.Open()
	return shortReader{r}, err
}

func (s short) Size() int64 { return s.text.Size() + 1 }

type shortReader struct{ mta.Reader }

func (r shortReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = errors.New("bad disk")
	}
	return n, err
}

func TestAChunkThatCannotBeReadToItsEndIsNoMessage(t *testing.T) {
	p := newPeer(t, map[string][]string{"EHLO": {offers("CHUNKING", "BINARYMIME", "PIPELINING")}})
	j := job(t, p.host(), "", "u@x.example")
	j.Envelope.Body, j.Content = mta.BodyBinaryMIME, short{binaryHead + "\r\n" + binaryBody}
	got := mailer(t, options(t)).Deliver(t.Context(), j)
	if got[0].Error() != "451 4.3.0 the message could not be read; try again later" || len(p.kept()) != 0 {
		t.Errorf("%v, kept %q", got, p.kept())
	}
}

func TestABinaryTextInAMailboxIsEncoded(t *testing.T) {
	env := job(t, "", "", "u").Envelope
	env.Body = mta.BodyBinaryMIME
	for body, want := range map[string]string{
		binaryHead + "\r\n" + binaryBody: "Content-Transfer-Encoding: base64\nX-MIME-Autoconverted: from binary to base64 by localhost id 6AM800AA000001\n\nAAouDQouDQoN/w==\n\n",
		"Subject: x\r\n\r\n\x00\r\n":     "Subject: x\n\n\x00\n\n", // no MIME: as it is
	} {
		var b strings.Builder
		if err := writeMbox(&b, "From x\n", env, text(body)); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(b.String(), want) {
			t.Errorf("%q", b.String())
		}
	}
}
