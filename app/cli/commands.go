package cli

import "context"

// command is one word of the command line.
type command struct {
	name, args, help string
	do               func(r *run, ctx context.Context, words []string) error
}

// commands are all of them, in the order of help: what is used most, first. A name with several forms stands there once for each.
func commands() []command {
	return []command{
		{"", "[--hidden | FILE.eml…]", "open the window, with the mail server inside: as an icon in the tray, or with files of mail, which are kept", (*run).window},
		{"serve", "[--listen HOST:PORT]… [--no-listen] [--queue 30m]", "run the mail server without a window, until interrupted", (*run).serve},
		{"list", "[--json] [--rcpt ADDRESS] [--state STATE] [--unread] [--starred] [--tag NAME] [--sort arrived|from|subject|size] [--reverse] [--limit N]", "list messages, newest first", (*run).list},
		{"search", "[--json] [--limit N] WORDS", "list the messages in which all words occur, newest first; postroom help search tells what else can be asked for", (*run).search},
		{"show", "[--json] ID | FILE.eml", "show a message: envelope, header, text, parts, problems", (*run).show},
		{"raw", "[--sent] ID | --rcpt ADDRESS", "print the exact bytes received (of the newest one to ADDRESS), or with --sent those that leave", (*run).raw},
		{"delete", "ID…", "delete messages for good; what still waits of them is not sent", (*run).remove},
		{"tag", "[--json] | [--off] NAME ID… | --rename NEW NAME | --delete NAME", "list the tags, put one on messages or take it off, or change one", (*run).tag},
		{"star", "[--off] ID…", "put a star on messages, or take it off", (*run).star},
		{"release", "ID [--to ADDRESS]… [--from ADDRESS] [--dry-run] [--yes] [--json]", "let a caught message go out, to its recipients or those named; shows who would get it by which host, and asks first", (*run).release},
		{"forward", "ID --to ADDRESS… [--from ADDRESS] [--dry-run] [--yes] [--json]", "hand a message on to somebody new, with Resent- fields before it", (*run).forward},
		{"redeliver", "ID… [--json]", "have messages go through the tables again, as if they came now", (*run).redeliver},
		{"sessions", "[--json] [--failed] [--limit N] [WORDS]", "list the clients' sessions, newest first: with --failed only those refused or broken off, with the reason", (*run).sessions},
		{"sessions", "show [--json] ID", "print one session: who it was, how it ended, and all that was said", (*run).sessions},
		{"queue", "[list] [--json] | run|hold|release|return|delete ID…", "list what waits or is held in the queue, or do something with it", (*run).queue},
		{"queue", "redirect ID OLD=NEW…", "change the recipients of a message that waits: OLD= takes one out, =NEW adds one", (*run).queue},
		{"queue", "orphans|repair [--json] [ID…]", "show what is odd in the queue directories, or put right what can be without loss", (*run).queue},
		{"clock", "[+4h | reset]", "move the queue's clock ahead: retries, warnings and returns happen now", (*run).clock},
		{"trace", "ADDRESS | --with TABLE=FILE --all [--from ADDRESS] [--client [NAME=]IP] [--with TABLE=FILE]… [--json]", "say what happens to an address, step by step; or which kept messages an edited table treats otherwise", (*run).trace},
		{"check", "[--json] [FILE…]", "find what is wrong with the settings and tables, as file:line: problem; cure", (*run).check},
		{"table", "[--json] NAME [set KEY VALUE | remove KEY | rename KEY NEW]", "list a table such as access, or change one entry and leave the rest of the file as it is", (*run).table},
		{"import", "[--dry-run] [--force] [--json] PATH…", "take a sendmail.mc, tables or a whole /etc/mail into the home, and say what each line comes to; or keep mail: .eml files, an mbox, a Maildir", (*run).imports},
		{"setup", "auth-user NAME [--plain | --remove] [--json]", "let NAME log in by SMTP AUTH, with the password on standard input; --plain keeps the password itself, which CRAM-MD5 needs", (*run).setup},
		{"setup", "php|laravel|symfony|…", "print the lines that make an application send its mail here: also magento, wordpress, rails, django, node, spring, go, docker", (*run).setup},
		{"setup", "tls [--ca] [--json]", "show the certificate of the listeners with TLS, and what an application needs to believe it; --ca prints the CA", (*run).setup},
		{"version", "", "print the version", (*run).version},
		{"help", "[COMMAND]", "print this, or what a command takes", (*run).help},
	}
}
