package app

import (
	"fmt"
	"slices"
	"strings"

	"postroom.dev/app/config"
	"postroom.dev/mta/route"
	"postroom.dev/mta/table"
)

// checkRedirect looks whether the mail that [delivery] redirect is to get may leave for it: all of it is kept here where that may not.
// path says where the tables are, text is the settings file's.
func checkRedirect(h config.Home, path func(name string) string, s config.Settings, text []byte) []table.Problem {
	to, err := s.Delivery.RedirectTo()
	if err != nil || to.IsNull() {
		return nil
	}
	w, err := traceWorld(h, path, s)
	if err != nil {
		return nil // the settings or tables are told of by themselves
	}
	problem := table.Problem{File: h.Settings(), Line: config.LineOf(text, "delivery", "redirect"), Ours: true, Warning: true}
	leaf, released := w.Router.Leaf(to), w.Router.LetOut(to)
	switch {
	case leaf.Mailer != route.Catch:
		return nil
	case released.Mailer == route.Catch && !w.Router.IsBounded():
		problem.Text = fmt.Sprintf("redirect: %s may not leave: %s", to, why(released))
		problem.Cure = "all mail that would leave is kept here; name somebody whom mail can be sent to"
	case released.Mailer == route.Catch:
		problem.Text = fmt.Sprintf("redirect: %s may not leave: %s", to, why(released))
		problem.Cure = fmt.Sprintf("all mail that would leave is kept here; put %q into [delivery] allow", to.String())
	default:
		problem.Text = fmt.Sprintf("redirect: only what you release leaves for %s; what tables send out is kept here: %s", to, why(leaf))
		problem.Cure = fmt.Sprintf("give %s a way in the mailertable, or write external = \"relay\"", to.Domain)
	}
	for _, st := range slices.Backward(leaf.Steps) { // a line of the mailertable that keeps it is what to change
		if st.Line > 0 && released.Mailer != route.Catch {
			problem.File, problem.Line = st.File, st.Line
			problem.Cure = fmt.Sprintf("give %s a way here, esmtp:%s", to.Domain, to.Domain)
			break
		}
	}
	return []table.Problem{problem}
}

// why says what keeps mail here.
func why(l route.Leaf) string {
	if n := len(l.Steps); n > 0 {
		note, _, _ := strings.Cut(l.Steps[n-1].Note, ":")
		if note != "" {
			return note
		}
		return l.Steps[n-1].Decision()
	}
	return "it is kept here"
}
