package config

// ExampleAliases is the aliases file of a new home: no alias, and what one looks like.
const ExampleAliases = `# Aliases: who gets the mail for a local name, as aliases(5) has it.
# Saved means in force; newaliases checks the file and counts.
#
#   name: target, target ...
#
# A target is a local name, an address, or a list in a file of its own:
#
#team:          alice, bob, carol@example.com
#list:          :include:/home/me/list
#owner-list:    alice
#
# Names that every mail server has:
#
#postmaster:    root
#MAILER-DAEMON: postmaster
#abuse:         root
#root:          alice
`
