package cli

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"

	"postroom.dev/app/control"
	"postroom.dev/mta"
)

func (r *run) release(ctx context.Context, words []string) error {
	return r.sendOn(ctx, "release", words)
}

func (r *run) forward(ctx context.Context, words []string) error {
	return r.sendOn(ctx, "forward", words)
}

// sendOn is release, and forward, which is the same with Resent- fields.
func (r *run) sendOn(ctx context.Context, name string, words []string) error {
	o := mta.ReleaseOrder{Resent: name == "forward", By: caller("postroom " + name)}
	var dryRun, yes, asJSON bool
	rest, err := r.flags(name, words, func(f *flag.FlagSet) {
		f.Func("to", "to this `ADDRESS` instead of its own recipients; may be given again", func(s string) error {
			var to string
			err := mailbox(&to)(s)
			o.To = append(o.To, to)
			return err
		})
		f.StringVar(&o.From, "from", "", "with this `ADDRESS` as the sender of the envelope")
		f.BoolVar(&dryRun, "dry-run", false, "only show who would get it by which host")
		f.BoolVar(&yes, "yes", false, "send it without being asked")
		f.BoolVar(&asJSON, "json", false, "print one JSON object a line")
	})
	switch {
	case err != nil:
		return err
	case len(rest) != 1:
		return usagef("%s: give one message id; postroom list shows them", name)
	case o.Resent && len(o.To) == 0:
		return usagef("forward: say to whom with --to ADDRESS")
	}
	if o.Message, err = messageID(rest[0]); err != nil {
		return err
	}
	return r.onDesk(ctx, func(d control.Desk) error {
		plan, err := d.PlanRelease(ctx, o)
		if err != nil {
			return aboutOrder(name, o.Message, err)
		}
		if !asJSON {
			if err := planText(r.Stdout, &plan); err != nil {
				return err
			}
		}
		switch {
		case plan.Refusal != "" && asJSON && dryRun:
			return printJSON(r.Stdout, plan)
		case plan.Refusal != "":
			return Status{ExitNoPerm, fmt.Errorf("%s: nothing was sent: %s", name, printable(plan.Refusal))}
		case dryRun && asJSON:
			return printJSON(r.Stdout, plan)
		case dryRun:
			_, err := fmt.Fprintln(r.Stdout, "dry run: nothing was sent")
			return err
		case !yes:
			if err := r.confirm(name, &plan); err != nil {
				return err
			}
		}
		o.Seal = plan.Seal
		done, err := d.LetOut(ctx, o)
		if err != nil {
			return aboutOrder(name, o.Message, err)
		}
		if asJSON {
			return printJSON(r.Stdout, done)
		}
		_, err = fmt.Fprintf(r.Stdout, "on its way as message %d (%s)%s\n", done.Message, done.QueueID, afterwards(d))
		return err
	})
}

// afterwards says what is to be done where no program runs that would send it.
func afterwards(d control.Desk) string {
	if _, running := d.(*control.Client); running {
		return ""
	}
	return "; no Postroom is running, so it waits in the queue: postroom queue run"
}

// planText prints who would get a message, by which host.
func planText(w io.Writer, p *mta.ReleasePlan) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "message %d (%s): %s\nfrom %s\n", p.Message, p.QueueID, printable(short(p.Subject)), printable(p.Sender))
	for _, s := range p.Earlier {
		fmt.Fprintf(out, "released before: to %s, %s\n", printable(s.Out), printable(s.Note))
	}
	for _, r := range p.Recipients {
		fmt.Fprintf(out, "to %s\n", printable(r.Address))
		if r.To != r.Address {
			fmt.Fprintf(out, "    redirected to %s\n", printable(r.To))
		}
		switch {
		case r.Leaves && len(r.Hosts) > 0:
			fmt.Fprintf(out, "    leaves by %s: %s\n", r.Mailer, printable(strings.Join(r.Hosts, ", then ")))
		case r.Leaves:
			fmt.Fprintf(out, "    leaves by %s:%s\n", r.Mailer, printable(r.Host))
		case r.Mailer != "catch" && r.Mailer != "error":
			fmt.Fprintf(out, "    stays on this machine: %s\n", printable(strings.TrimSuffix(r.Mailer+":"+r.Host, ":")))
		}
		if r.Problem != "" {
			fmt.Fprintf(out, "    %s\n", printable(r.Problem))
		}
	}
	if p.Cap > 0 {
		fmt.Fprintf(out, "daily cap: %d of %d used today\n", p.Left, p.Cap)
	}
	return out.Flush()
}

// confirm asks at a terminal. A script says --yes.
func (r *run) confirm(name string, p *mta.ReleasePlan) error {
	if !isTerminal(r.Stdin) {
		return usagef("%s: nothing was sent: there is no terminal to ask at; agree with --yes, or look with --dry-run", name)
	}
	fmt.Fprintf(r.Stderr, "Send it to %s? [y/N] ", people(len(p.Recipients)))
	line, err := bufio.NewReader(r.Stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	}
	return Status{ExitFailure, fmt.Errorf("%s: nothing was sent", name)}
}

func people(n int) string {
	if n == 1 {
		return "this recipient"
	}
	return fmt.Sprintf("these %d recipients", n)
}

func isTerminal(in io.Reader) bool {
	f, ok := in.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// caller is who gives an order.
func caller(command string) mta.Origin {
	o := mta.Origin{UID: os.Getuid(), PID: os.Getpid(), Argv: strings.Fields(command)}
	if u, err := user.Current(); err == nil {
		o.User = u.Username
	}
	return o
}

func aboutOrder(name string, id int64, err error) error {
	switch {
	case errors.Is(err, mta.ErrOrder):
		return Status{ExitUsage, fmt.Errorf("%s: %w", name, err)}
	case errors.Is(err, mta.ErrMayNotLeave):
		return Status{ExitNoPerm, fmt.Errorf("%s: nothing was sent: %w", name, err)}
	case errors.Is(err, mta.ErrOtherPlan):
		return Status{ExitTempFail, fmt.Errorf("%s: nothing was sent: %w", name, err)}
	}
	return aboutMessage(id, err)
}

func (r *run) redeliver(ctx context.Context, words []string) error {
	asJSON := false
	rest, err := r.flags("redeliver", words, func(f *flag.FlagSet) { f.BoolVar(&asJSON, "json", false, "print one JSON object a line") })
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return usagef("redeliver: give the ids of the messages; postroom list shows them")
	}
	var ids []int64
	for _, word := range rest {
		id, err := messageID(word)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	return r.onDesk(ctx, func(d control.Desk) error {
		var errs []error
		for _, id := range ids {
			now, err := d.Redeliver(ctx, id)
			switch {
			case err != nil:
				errs = append(errs, fmt.Errorf("redeliver: %w", aboutMessage(id, err)))
			case asJSON:
				errs = append(errs, printJSON(r.Stdout, map[string]int64{"message": id, "id": now}))
			default:
				_, err := fmt.Fprintf(r.Stdout, "message %d went through the tables again as message %d%s\n", id, now, afterwards(d))
				errs = append(errs, err)
			}
		}
		return errors.Join(errs...)
	})
}
