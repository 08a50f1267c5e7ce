package mta

import (
	"errors"
	"slices"
)

// Why an order to release a message is not carried out.
var (
	ErrMayNotLeave = errors.New("it may not leave")                                                           // wrapped with the reason
	ErrOtherPlan   = errors.New("tables, settings or the message have changed since; look at the plan again") // what the user agreed to is not what would be
	ErrOrder       = errors.New("the order cannot be understood")                                             // wrapped with the reason
)

// The protocols of Origin for messages that are made of ones that came before; Origin.Of says of which.
const (
	ProtocolRelease   = "release"   // the user let a caught message go out: mail that tables would keep here leaves
	ProtocolRedeliver = "redeliver" // the user had a message go through the tables again: like any other
)

// ProtocolImport is the protocol of messages that were read from a file of mail, whose name is Origin.Argv's only word.
const ProtocolImport = "import"

// ReleaseOrder says what the user lets go out, and to whom.
type ReleaseOrder struct {
	Message int64    `json:"message"`
	To      []string `json:"to"`     // none: those of the message's recipients that were caught
	From    string   `json:"from"`   // the envelope sender; "<>" for the null reverse-path, "" for the message's own
	Resent  bool     `json:"resent"` // forwarded to somebody new: Resent- fields stand before it, RFC 5322 §3.6.6
	By      Origin   `json:"by"`     // who orders it: User, UID, PID, Argv
	Seal    string   `json:"seal"`   // ReleasePlan.Seal of what the user agreed to; "" agrees to whatever it is now
}

// ReleasePlan is what would happen if an order were carried out now.
type ReleasePlan struct {
	Message    int64              `json:"message"`
	QueueID    string             `json:"queue_id"`
	Subject    string             `json:"subject"`
	Sender     string             `json:"sender"` // the envelope sender as it leaves, in angle brackets
	Recipients []PlannedRecipient `json:"recipients"`
	Redirect   string             `json:"redirect"`  // who gets all of it in their place; "" for nobody
	Bounded    bool               `json:"bounded"`   // a list says where mail may leave for
	Cap        int                `json:"daily_cap"` // recipients a day, 0 for no cap
	Left       int                `json:"left"`      // today's already, where there is a cap
	Earlier    []Step             `json:"earlier"`   // former releases of the same message
	Refusal    string             `json:"refusal"`   // why it cannot be carried out at all; "" when it can
	Seal       string             `json:"seal"`      // the same for two plans that do the same
}

// PlannedRecipient is one recipient of a ReleasePlan.
type PlannedRecipient struct {
	Address string   `json:"address"`
	To      string   `json:"to"` // who gets it really: Address, unless it is redirected
	Mailer  string   `json:"mailer"`
	Host    string   `json:"host"`  // as the mailer is given it
	Hosts   []string `json:"hosts"` // what it would connect to, best first, as DNS has it now
	Leaves  bool     `json:"leaves"`
	Problem string   `json:"problem"` // why it does not go there, or not now; "" for none
	Steps   []Step   `json:"steps"`
}

// Outside counts the recipients whose mail leaves the machine.
func (p *ReleasePlan) Outside() int {
	n := 0
	for _, r := range p.Recipients {
		if r.Leaves {
			n++
		}
	}
	return n
}

// Released is a release that was begun.
type Released struct {
	Message int64       `json:"id"` // the record of what leaves
	QueueID string      `json:"queue_id"`
	Plan    ReleasePlan `json:"plan"`
}

// Noted gives steps with others added to them; one about the same thing (Rule, Key and Out) takes the place of that.
func Noted(steps []Step, more ...Step) []Step {
	steps = slices.Clone(steps)
	for _, s := range more {
		i := slices.IndexFunc(steps, func(o Step) bool { return o.Rule == s.Rule && o.Key == s.Key && o.Out == s.Out })
		if i < 0 {
			steps = append(steps, s)
		} else {
			steps[i] = s
		}
	}
	return steps
}
