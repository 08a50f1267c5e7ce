//go:build !nogui

package ui

import (
	"errors"

	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
)

// What is kept of a password.
const (
	keptHash  = "hash"
	keptPlain = "plain"
)

// askLogin asks for a user of SMTP AUTH and a password, or for another password of one who is there.
func (w *window) askLogin(list *model.LoginList, user *model.Login) {
	f := w.newForm()
	title, verb, name, kept := say.T("Let somebody log in"), say.T("Add"), "", keptHash
	if user != nil {
		title, verb, name = say.T("Another password for %s", user.Name), say.T("Set the password"), user.Name
		if user.Plain {
			kept = keptPlain
		}
	}
	who := f.text(say.T("Name"), "app", name, func() bool { return user == nil })
	first := f.text(say.T("Password"), "", "", nil)
	again := f.text(say.T("Once more"), "", "", nil)
	first.Password, again.Password = true, true
	keep := f.choice(say.T("What is kept"), []option{
		{keptHash, say.T("A hash, from which nobody reads the password")},
		{keptPlain, say.T("The password itself, which CRAM-MD5 needs")},
	}, kept, nil)
	f.open(title, say.T("Who has logged in may relay. The password is shown to nobody."), "user", verb, func(then func(error)) {
		if first.Text != again.Text {
			then(errors.New(say.T("the two passwords are not the same")))
			return
		}
		list.Set(who.Text, first.Text, keep.value == keptPlain, func(err error) {
			if then(err); err == nil {
				w.notify(say.T("%s may log in with this password", who.Text))
			}
		})
	})
}
