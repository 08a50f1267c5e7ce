package dsn

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message"
	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/spool/mimetree"
)

// read takes a report apart with mimetree: its three parts (or two), the fields of each block of the status part.
func read(t testing.TB, report []byte) (parts []*mimetree.Part, blocks [][]mimetree.Field) {
	t.Helper()
	root, problems := mimetree.Parse(bytes.NewReader(report), int64(len(report)))
	if root.Type != "multipart/report" || root.Params["report-type"] != "delivery-status" {
		t.Fatalf("type %s %v", root.Type, root.Params)
	}
	if len(root.Parts) < 2 || len(root.Parts) > 3 {
		t.Fatalf("%d parts, %v:\n%s", len(root.Parts), problems, report)
	}
	status := root.Parts[1]
	if status.Type != "message/delivery-status" {
		t.Fatalf("second part is %s:\n%s", status.Type, report)
	}
	text := report[status.Body:status.End]
	for block := range bytes.SplitSeq(bytes.TrimRight(text, "\r\n"), []byte("\r\n\r\n")) {
		fields, _, problems := mimetree.ParseHeader(append(bytes.Clone(block), "\r\n\r\n"...))
		if len(problems) > 0 {
			t.Fatalf("%v in\n%s", problems, block)
		}
		blocks = append(blocks, fields)
	}
	return root.Parts, blocks
}

// values gives name and unfolded value of each field.
func values(fields []mimetree.Field) map[string]string {
	m := map[string]string{}
	for _, f := range fields {
		m[f.Name] = strings.Join(strings.Fields(f.Body), " ")
	}
	return m
}

func TestStatusFieldsAreReadBack(t *testing.T) {
	_, blocks := read(t, compose(t, mixed(t)))
	want := []map[string]string{
		{
			"Original-Envelope-Id": "a+b", "Reporting-MTA": "dns; mail.example.com",
			"Received-From-MTA": "DNS; localhost", "Arrival-Date": "Sun, 22 Nov 2026 22:53:08 GMT",
		}, {
			"Final-Recipient": "RFC822; root@mail.example.com", "X-Actual-Recipient": "rfc822; root@mail.example.com",
			"Action": "delivered (to mailbox)", "Status": "2.1.5", "Last-Attempt-Date": "Sun, 22 Nov 2026 22:53:08 GMT",
		}, {
			"Original-Recipient": "rfc822;orig@orig.example", "Final-Recipient": "RFC822; u@[127.0.0.21]",
			"X-Actual-Recipient": "rfc822; u@[127.0.0.21]", "Action": "failed", "Status": "5.1.1", "Remote-MTA": "DNS; [127.0.0.21]",
			"Diagnostic-Code":   "SMTP; 550 5.1.1 No such user second line here third",
			"Last-Attempt-Date": "Sun, 22 Nov 2026 22:53:08 GMT",
		},
	}
	var got []map[string]string
	for _, b := range blocks {
		got = append(got, values(b))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestGoMessageReadsEveryKind(t *testing.T) {
	for name, r := range goldens(t) {
		entity, err := message.Read(bytes.NewReader(compose(t, r)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var types []string
		parts := entity.MultipartReader()
		for {
			part, err := parts.NextPart()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			kind, _, _ := part.Header.ContentType()
			types = append(types, kind)
		}
		last := "message/rfc822"
		if r.Kind == Receipt {
			last = "text/rfc822-headers"
		}
		if diff := cmp.Diff([]string{"text/plain", "message/delivery-status", last}, types); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestHowMuchIsQuoted(t *testing.T) {
	const header, body = "Subject: s\r\n", "\r\nline\r\n"
	full := "Return-Path: <sender@defer.example>\r\n" + header + body
	head := "Return-Path: <sender@defer.example>\r\n" + header
	for name, c := range map[string]struct {
		change func(*Report)
		want   string
	}{
		"nothing said":                        {func(*Report) {}, full},
		"RET=FULL":                            {func(r *Report) { r.Envelope.Return = mta.ReturnFull }, full},
		"RET=HDRS":                            {func(r *Report) { r.Envelope.Return = mta.ReturnHeaders }, head},
		"negative precedence":                 {func(r *Report) { r.HeaderOnly = true }, head},
		"a receipt":                           {func(r *Report) { r.Kind = Receipt; r.Recipients[0].Action = Delivered }, head},
		"BINARYMIME":                          {func(r *Report) { r.Envelope.Body = mta.BodyBinaryMIME }, head},
		"LF becomes CRLF":                     {func(r *Report) { r.Content = text("Subject: s\n\nline\n") }, full},
		"no final line end":                   {func(r *Report) { r.Content = text("Subject: s\n\nline") }, full},
		"added fields come first":             {func(r *Report) { r.Envelope.Added = []byte(header); r.Content = text(body) }, full},
		"a line that is no field ends it":     {func(r *Report) { r.Content = text("Subject: s\nline\n") }, full},
		"and is not in the header":            {func(r *Report) { r.Content = text("Subject: s\nline\n"); r.HeaderOnly = true }, head},
		"a message without a body":            {func(r *Report) { r.Content = text("Subject: s\n") }, head + "\r\n"},
		"an empty message":                    {func(r *Report) { r.Content = text("") }, "Return-Path: <sender@defer.example>\r\n\r\n"},
		"CRLF where the reading buffer ends":  {func(r *Report) { r.Content = text(long(32<<10 - 1)) }, "Return-Path: <sender@defer.example>\r\n" + long(32<<10-1)},
		"a line of the reading buffer's size": {func(r *Report) { r.Content = text(long(32 << 10)) }, "Return-Path: <sender@defer.example>\r\n" + long(32<<10)},
	} {
		t.Run(name, func(t *testing.T) {
			r := smtpFailure(t)
			r.Content = text(header + body)
			c.change(&r)
			report := compose(t, r)
			parts, _ := read(t, report)
			want := "message/rfc822"
			if c.want == head {
				want = "text/rfc822-headers"
			}
			if parts[2].Type != want {
				t.Errorf("last part is %s", parts[2].Type)
			}
			if diff := cmp.Diff(c.want, string(report[parts[2].Body:parts[2].End])); diff != "" {
				t.Error(diff)
			}
		})
	}
	r := smtpFailure(t)
	r.Content = nil
	if parts, _ := read(t, compose(t, r)); len(parts) != 2 {
		t.Errorf("%d parts where there is no original", len(parts))
	}
}

// long is a message whose body line has n octets before its LF, the CR counted.
func long(n int) string {
	const head = "Subject: s\r\n\r\n"
	return head + strings.Repeat("x", n-len(head)-1) + "\r\n"
}

func TestABoundaryIsNotInWhatIsQuoted(t *testing.T) {
	r := smtpFailure(t)
	mark := boundary(&r, "")
	for name, change := range map[string]func(*Report){
		"body": func(r *Report) {
			r.Content = text("Subject: s\n\n--" + mark + "\nContent-Type: message/delivery-status\n\nAction: delivered\n--" + mark + "--\n")
		},
		"header":              func(r *Report) { r.Content = text("Subject: s\n --" + mark + "--\n\nbody\n") },
		"over two reads":      func(r *Report) { r.Content = text("Subject: s\n\n" + strings.Repeat("x", 32<<10-30) + mark + "\n") },
		"transcript":          func(r *Report) { r.Transcript = []byte("--" + mark + "--\n") },
		"an original in CR":   func(r *Report) { r.Content = text("Subject: s\r\rline\r--" + mark + "--\r") },
		"added to the header": func(r *Report) { r.Envelope.Added = []byte("X: --" + mark + "\r\n") },
	} {
		t.Run(name, func(t *testing.T) {
			r := smtpFailure(t)
			change(&r)
			report := compose(t, r)
			root, _ := mimetree.Parse(bytes.NewReader(report), int64(len(report)))
			own := root.Params["boundary"]
			if own == mark || len(own) > 70 {
				t.Errorf("boundary %q", own)
			}
			if n := bytes.Count(report, []byte("--"+own)); n != 4 {
				t.Errorf("boundary %q stands %d times, not 4", own, n)
			}
			read(t, report)
		})
	}
}

func TestHostileTextStaysInItsField(t *testing.T) {
	const evil = "x\r\n\r\nAction: delivered\r\nBcc: all@example.com\x00\u2028\xff"
	r := smtpFailure(t)
	r.Host, r.ID, r.Envelope.EnvID = "h\r\nX: y", "6A\r\n", evil
	r.Envelope.Origin.Name, r.Envelope.ID = evil, evil
	rcpt := &r.Recipients[0]
	rcpt.Original = "rfc822\r\nBcc: z;" + evil
	rcpt.Last.Command = evil
	rcpt.Last.Text, rcpt.Last.RemoteMTA = evil+strings.Repeat("é long", 5000), evil
	rcpt.Address, rcpt.Via = address.Address{Local: evil, Domain: evil}, []address.Address{{Local: evil}}
	r.To, r.Transcript = []address.Address{rcpt.Address, rcpt.Address}, nil
	report := compose(t, r)
	parts, blocks := read(t, report)
	if len(parts) != 3 || len(blocks) != 2 {
		t.Fatalf("%d parts, %d blocks:\n%s", len(parts), len(blocks), report)
	}
	if got := values(blocks[1])["Action"]; got != "failed" {
		t.Errorf("action %q", got)
	}
	names := []string{"Original-Recipient", "Final-Recipient", "X-Actual-Recipient", "Action", "Status", "Remote-MTA", "Diagnostic-Code", "Last-Attempt-Date"}
	var got []string
	for _, f := range blocks[1] {
		got = append(got, f.Name)
	}
	if diff := cmp.Diff(names, got); diff != "" {
		t.Error(diff)
	}
	root, _ := mimetree.Parse(bytes.NewReader(report), int64(len(report)))
	for _, f := range root.Fields {
		if f.Name == "Bcc" || f.Name == "X" {
			t.Errorf("the report has a field %s", f.Name)
		}
	}
	for l := range bytes.SplitSeq(report[:parts[2].Header], []byte("\r\n")) {
		if len(l) > 998 || bytes.ContainsAny(l, "\r\n\x00") {
			t.Errorf("line of %d octets: %.100q", len(l), l)
		}
	}
}

func TestTextBeyondASCIIIsSaid(t *testing.T) {
	r := smtpFailure(t)
	r.Recipients[0].Address = address.Address{Local: "grün", Domain: "example.com"}
	report := compose(t, r)
	parts, blocks := read(t, report)
	if got := values(blocks[1])["Final-Recipient"]; got != `utf-8; gr\x{FC}n@example.com` {
		t.Errorf("final recipient %q", got)
	}
	if parts[0].Params["charset"] != "utf-8" || parts[0].Encoding != "8bit" {
		t.Errorf("first part is %v, %s", parts[0].Params, parts[0].Encoding)
	}
	if !bytes.Contains(report[:parts[0].Header], []byte("\r\nContent-Transfer-Encoding: 8bit\r\n")) {
		t.Error("the report's header does not say 8bit")
	}
}

func TestWillRetryUntil(t *testing.T) {
	r := goldens(t)["warning"]
	r.Recipients[0].Until = at(t, "23:00:00")
	_, blocks := read(t, compose(t, r))
	if got := values(blocks[1])["Will-Retry-Until"]; got != "Sun, 22 Nov 2026 23:00:00 GMT" {
		t.Errorf("%q", got)
	}
}

func TestWhatCannotBeReported(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		change func(*Report)
		want   error
	}{
		"no envelope":    {func(r *Report) { r.Envelope = nil }, ErrNoEnvelope},
		"no recipients":  {func(r *Report) { r.Recipients = nil }, ErrNoRecipient},
		"unknown kind":   {func(r *Report) { r.Kind = "" }, ErrUnknown},
		"unknown action": {func(r *Report) { r.Recipients[0].Action = "lost" }, ErrUnknown},
		"content":        {func(r *Report) { r.Content = unreadable{broken} }, broken},
	} {
		r := smtpFailure(t)
		c.change(&r)
		var b bytes.Buffer
		if err := Compose(&b, r); !errors.Is(err, c.want) || b.Len() > 0 {
			t.Errorf("%s: %v, %d octets written", name, err, b.Len())
		}
	}
	if err := Compose(fullDisk{broken}, smtpFailure(t)); !errors.Is(err, broken) {
		t.Errorf("writer: %v", err)
	}
}

type unreadable struct{ err error }

func (u unreadable) Open() (mta.Reader, error) { return nil, u.err }
func (u unreadable) Size() int64               { return 1 }

type fullDisk struct{ err error }

func (f fullDisk) Write([]byte) (int, error) { return 0, f.err }

func TestInterval(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "zero seconds", time.Millisecond: "zero seconds", -time.Hour: "zero seconds", time.Second: "1 second", 4 * time.Hour: "4 hours",
		5 * 24 * time.Hour: "5 days", 9 * 24 * time.Hour: "1 week 2 days", 90 * time.Minute: "1 hour 30 minutes",
	} {
		if got := Interval(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func FuzzCompose(f *testing.F) {
	f.Add("bad@reject.example", "rfc822;orig@orig.example", "mx.example.", "No such\nuser", "env\rid", "Subject: s\r\n\r\nbody\r\n", "... while\r\n", 550, true)
	f.Add("", ";", "[::1]", "\x85\u2028--", "\xff", "no header\r--6AM", "", 451, false)
	f.Fuzz(func(t *testing.T, rcpt, orcpt, host, diagnostic, envid, original, transcript string, code int, smtp bool) {
		r := smtpFailure(t)
		r.Envelope.EnvID, r.Content, r.Transcript = envid, text(original), []byte(transcript)
		if !smtp {
			r.Envelope.Origin.Client = ""
		}
		who := to(t, rcpt, "esmtp", Failed, mta.Status{Code: code, Text: diagnostic, RemoteMTA: host}, rcpt)
		who.Original = orcpt
		r.Recipients = []Recipient{who, r.Recipients[0]}
		report := compose(t, r)
		parts, blocks := read(t, report)
		if len(parts) != 3 || len(blocks) != 3 {
			t.Fatalf("%d parts, %d blocks:\n%s", len(parts), len(blocks), report)
		}
		first := values(blocks[1])
		if first["Action"] != "failed" || first["Last-Attempt-Date"] != Date(r.Time) || first["Status"] != Enhanced(Failed, who.Last).String() {
			t.Errorf("%v", first)
		}
		if got, want := strings.TrimPrefix(first["Diagnostic-Code"], "SMTP; "), diagnostic; code != 0 && host != "" && len(want) < 700 && isASCII(want) && !strings.ContainsAny(want, "\x00\x0b\x0c\r") {
			want = strings.Join(strings.Fields(printable(strings.Join(lines(want), " "))), " ")
			if !strings.HasSuffix(got, want) {
				t.Errorf("diagnostic %q, want %q", got, want)
			}
		}
		if got := values(blocks[2])["Final-Recipient"]; got != "RFC822; bad@reject.example" {
			t.Errorf("second recipient %q", got)
		}
	})
}

func TestARefusalStandsBehindTheCommandThatItIsOf(t *testing.T) {
	r := smtpFailure(t)
	r.Transcript = nil
	last := &r.Recipients[0].Last
	last.Command = "RCPT To:<bad@reject.example>"
	got := string(compose(t, r))
	if want := "... while talking to " + last.RemoteMTA + ":\r\n>>> RCPT To:<bad@reject.example>\r\n<<< " + strconv.Itoa(last.Code); !strings.Contains(got, want) {
		t.Errorf("%q is not in\n%s", want, got)
	}
}
