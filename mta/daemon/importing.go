package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/spool"
	"postroom.dev/spool/mailfile"
	"postroom.dev/spool/mimetree"
)

// Import keeps the messages of a file as package mailfile reads it, each as it stands there. They are caught: none of them is routed, and nothing is
// sent. Their envelopes are guessed, see importedEnvelope. name is the file's, for whoever wonders later where they came from.
//
// An error leaves what was kept before it, and says how many that were. The errors are mailfile.ErrNotMail, spool.ErrFull, and the file's.
func (d *Daemon) Import(ctx context.Context, name string, file io.Reader) (spool.Imported, error) {
	var done spool.Imported
	r := mailfile.NewReader(file)
	for {
		m, err := r.Next()
		if errors.Is(err, io.EOF) {
			return done, nil
		}
		if err == nil {
			done.Newest, err = d.importOne(ctx, name, m, r)
		}
		switch {
		case err == nil:
			done.Messages++
		case done.Messages == 0:
			return done, fmt.Errorf("%s: %w", name, err)
		default:
			return done, fmt.Errorf("%s: message %d: %w; the %d before it are kept", name, done.Messages+1, err, done.Messages)
		}
	}
}

func (d *Daemon) importOne(ctx context.Context, name string, m mailfile.Message, text io.Reader) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	draft, err := d.Store.Create()
	if err != nil {
		return 0, err
	}
	defer draft.Discard()
	if _, err := io.Copy(draft, text); err != nil {
		return 0, err
	}
	env := importedEnvelope(m, draft.Head())
	env.ID, env.Arrival = d.QueueID(), d.Now()
	env.Origin = mta.Origin{Protocol: mta.ProtocolImport, UID: -1, Argv: []string{name}}
	for i := range env.Recipients {
		env.Recipients[i].Steps = []mta.Step{{Rule: mta.ProtocolImport, In: env.Recipients[i].Address.String(), Out: "catch", Note: "read from " + name + ": kept here, not sent"}}
	}
	return draft.Commit(ctx, env)
}

// importedRecipients is how many recipients are taken from a header. It is a guess anyway.
const importedRecipients = 1000

// importedEnvelope makes an envelope of what a stored message still says of the one that it had: the fields that mail servers leave
// behind (Return-Path: RFC 5321 §4.4; Delivered-To, X-Original-To and Envelope-To: Postfix, qmail, Exim), else those that the author
// wrote.
func importedEnvelope(m mailfile.Message, head []byte) *mta.Envelope {
	fields, _, _ := mimetree.ParseHeader(head)
	first := func(names ...string) (all []address.Address) {
		for _, name := range names {
			for _, f := range fields {
				if strings.EqualFold(f.Name, name) {
					list, _ := address.ParseList(f.Body)
					for _, a := range list {
						all = append(all, a.Address)
					}
				}
			}
			if len(all) > 0 {
				return all
			}
		}
		return nil
	}
	env := &mta.Envelope{}
	returnPath := ""
	for _, f := range fields {
		if strings.EqualFold(f.Name, "Return-Path") {
			returnPath = strings.TrimSpace(f.Body)
			break
		}
	}
	switch sender, err := address.Parse(strings.Trim(cmp.Or(returnPath, m.Sender), "<>")); {
	case returnPath == "<>" || returnPath == "" && m.Sender == "MAILER-DAEMON":
	case err == nil && !sender.IsNull():
		env.Sender = sender
	default:
		if from := first("Sender", "From"); len(from) > 0 {
			env.Sender = from[0]
		}
	}
	to := first("Delivered-To", "X-Original-To", "Envelope-To")
	if to == nil {
		to = append(append(first("To"), first("Cc")...), first("Bcc")...)
	}
	seen := map[string]bool{}
	for _, a := range to {
		if key := a.Fold().String(); !seen[key] && len(env.Recipients) < importedRecipients {
			seen[key] = true
			env.Recipients = append(env.Recipients, mta.Recipient{Address: a, State: mta.Caught, Mailer: "catch"})
		}
	}
	return env
}
