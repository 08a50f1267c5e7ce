package model

import "postroom.dev/ui/say"

// TablePurpose says in a sentence what a table is for, "" for one that is not known.
func TablePurpose(name string) string {
	switch name {
	case "access":
		return say.T("Who may send and relay here: an answer for a domain, an address or a network")
	case "aliases":
		return say.T("Who gets the mail for a local name: users, other addresses, files, programs")
	case "virtusertable":
		return say.T("Who gets the mail for an address in a domain that is served here")
	case "genericstable":
		return say.T("The address that a local sender's mail leaves with")
	case "mailertable":
		return say.T("Which way mail for a domain goes: caught, held, to a host, or to a simulated one")
	case "local-host-names":
		return say.T("Domains whose mail is for this machine")
	case "virtuser-domains":
		return say.T("Domains for which virtusertable is asked")
	case "generics-domains":
		return say.T("Domains of senders for which genericstable is asked")
	case "relay-domains":
		return say.T("Domains and networks that may relay")
	case "trusted-users":
		return say.T("Users who may send in another's name without a warning")
	case "authinfo":
		return say.T("How to log in at the hosts that mail is sent to")
	case "simulate":
		return say.T("Errors with which this server answers, for your application to meet")
	}
	return ""
}

// TableExample is an entry as a table may have one, "" for a table that is not known.
func TableExample(table string) string {
	for _, e := range []struct{ name, key string }{
		{name: "access", key: "From:spam.example   REJECT"},
		{name: "aliases", key: "sales   ada, bob@example.com"},
		{name: "virtusertable", key: "info@shop.example   ada"},
		{name: "genericstable", key: "www-data   shop@shop.example"},
		{name: "mailertable", key: "example.com   sim:greylist"},
		{name: "local-host-names", key: "shop.example"},
		{name: "virtuser-domains", key: "shop.example"},
		{name: "generics-domains", key: "shop.example"},
		{name: "relay-domains", key: "192.168.1"},
		{name: "trusted-users", key: "www-data"},
		{name: "authinfo", key: `AuthInfo:mail.example.net   "U:ada" "P:secret"`},
		{name: "simulate", key: "rcpt to=@full.example   452 4.2.2 <{to}>: mailbox full"},
	} {
		if e.name == table {
			return e.key
		}
	}
	return ""
}
