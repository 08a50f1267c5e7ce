package config

// exampleTables are the tables of a new home: no entry, and what one looks like. A line that begins with "#" and no blank is one.
var exampleTables = []struct{ name, text string }{
	{"access", `# Access: who may send, from where, to whom, as sendmail's access table has it.
# Saved means in force; makemap hash access < access checks it and does no harm.
#
#   TAG:KEY  VALUE       the tag may be left out: then for Connect, From and To
#
# Keys: user@host, user@, host (with all below it), 192.0.2.1, 192.0.2, IPv6:2001:db8.
# Values: OK, RELAY, REJECT, DISCARD, SKIP, QUARANTINE:reason, ERROR:5.7.1:"550 text".
#
#From:spam.example           REJECT
#From:friend@spam.example    OK
#Connect:192.0.2             RELAY
#To:far.example              RELAY
#To:trap@example.com         DISCARD
#To:old@example.com          ERROR:5.1.6:"550 moved away"
#ClientRate:192.0.2.1        10
#ClientConn:                 20
#GreetPause:192.0.2          5000
`},
	{"virtusertable", `# Virtual users: whom mail for an address of ours is for, before aliases.
# For domains in local-host-names and virtuser-domains. %1 is the user, %2 the +detail.
#
#info@example.com        alice
#sales@example.com       team@far.example
#gone@example.com        error:5.1.1:"550 gone"
#@example.net            %1@example.com
`},
	{"mailertable", `# Mailers: which way mail for other domains goes. What is here leaves the machine, or
# as the mailer says; what is not goes as [delivery] external says.
#
# catch: keeps it, hold: keeps it until it is released, smtp: esmtp: relay: send it, local:
# is a user here, error: and discard: are what they say. ".example" is what is below it.
#
# sim:NAME is a host that is only simulated, to see a queue at work without a network; nothing leaves.
#   accept defer busy full unknown drop tls-fail     takes all; 451, 421, 452, 550 to each; goes
#                                                    away after the text; breaks TLS and insists on it
#   greylist slow flaky                              until 5m have passed, sim:greylist:1h; 3s for each
#                                                    answer, sim:slow:10s; now and then, sim:flaky:SEED
# What they remember outlives a new start; take run/simulated.json away before one to begin anew.
#
#example.net             esmtp:[192.0.2.25]
#.example.net            relay:mail.example.net:2525
#example.org             hold:esmtp:mx.example.org
#example.com             error:5.7.0:"550 no mail there"
#gray.example            sim:greylist
#dead.example            sim:defer
`},
	{"authinfo", `# Authinfo: how to log in at hosts that offer AUTH, by name, by address, or for all; for its owner
# alone (chmod 600). "P=" has the password in base64; "M:" names mechanisms.
#
#AuthInfo:mail.example.net   "U:ada" "P:secret" "M:PLAIN LOGIN"
#AuthInfo:[192.0.2.25]       "U:ada" "I:ada@example.net" "P=c2VjcmV0"
#AuthInfo:                   "U:ada" "P:secret"
`},
	{"genericstable", `# Generics: what senders are called in mail that leaves, for our own domains and those
# in generics-domains.
#
#apache@web.example      shop@example.com
#@web.example            info@example.com
#alice                   Alice.Example@example.com
`},
	{"local-host-names", `# Local host names (class w): domains whose mail is for users of this machine, one a line.
#
#example.com
`},
	{"relay-domains", `# Relay domains (class R): who may relay, and to where: domains with all below them, and
# networks such as 192.0.2, one a line.
#
#example.net
`},
	{"generics-domains", `# Generics domains (class G): domains that genericstable is for, one a line. While there is none
# those of local-host-names serve.
#
#web.example
`},
	{"virtuser-domains", `# Virtual domains: domains that virtusertable is for and that are not local, one a line.
#
#example.net
`},
	{"simulate", `# Simulate: errors with which this server answers, for a program's handling of errors to be tried.
# Nothing here, nothing simulated. The first rule that matches answers; what is saved otherwise counts anew, and so does kill -HUP.
#
#   STAGE [CONDITION]... [delay=TIME] ANSWER
#
# Stages: connect helo mail rcpt data dot (the end of the text).
# Conditions: client=192.0.2.0/24 helo=NAME from=@host to=user@host after=RECIPIENTS over=SIZE
#   subject="some words" header=NAME:words; first=N every=N greylist=TIME rate=N/TIME chance=20% seed=N,
#   which count per=all, client, from, to, or triple (client, from, to)
# Answers: CODE [D.S.N] text, with {to} {from} {client} {helo} in it; disconnect; pass;
#   disconnect-after=SIZE at data; accept-disconnect at dot (it is kept, but the client never hears so)
#
#rcpt to=full@example.com     452 4.2.2 <{to}>: mailbox full
#rcpt first=3                 451 4.3.0 try again
#rcpt greylist=5m             450 4.7.1 greylisted
#rcpt after=10                452 4.5.3 too many recipients
#mail rate=20/1m              421 4.7.0 too many messages
#dot over=1M                  552 5.3.4 message too big
#dot subject="lose me"        disconnect
#dot chance=10% seed=7        451 4.3.0 queue file write error
#data delay=30s
`},
	{"trusted-users", `# Trusted users (class t): who may say who sends a message without a warning in it, one a line.
#
#www-data
`},
}

// ExampleTable is the table of that name in a new home, "" when it has none.
func ExampleTable(name string) string {
	for _, t := range exampleTables {
		if t.name == name {
			return t.text
		}
	}
	if name == "aliases" {
		return ExampleAliases
	}
	return ""
}
