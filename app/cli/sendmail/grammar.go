package sendmail

import (
	"fmt"
	"strings"
)

// option is one option as it stood on the command line.
type option struct {
	letter byte
	value  string // "" for an option that takes none
}

// letters are sendmail's options as getopt writes them: a colon follows the letter of
// an option with a value.
const letters = "A:B:b:C:cD:d:e:F:f:Gh:IiL:M:mN:nO:o:p:Q:q:R:r:sTtUV:vX:"

// alone gives what an option means that stands without its value; "" when it may not. Only -q and -Q look at
// the next argument first.
func alone(letter byte) string {
	switch letter {
	case 'q':
		return "0"
	case 'Q':
		return "."
	case 'd':
		return "0-99.1"
	}
	return ""
}

// split reads a command line as sendmail's getopt does: letters may be clustered, a value may be
// attached or be the next argument, "--" ends the options, and so does the first argument
// that is none ("-" is none). A long option is refused. argv[0] is the name that complaints begin with.
func split(argv []string) (options []option, operands []string, err error) {
	if len(argv) == 0 {
		return nil, nil, nil
	}
	name, args := argv[0], argv[1:]
	for len(args) > 0 {
		arg := args[0]
		if len(arg) < 2 || arg[0] != '-' {
			return options, args, nil
		}
		args = args[1:]
		switch {
		case arg == "--":
			return options, args, nil
		case arg[1] == '-': // to sendmail it is the end of the options, and "-t" behind it a recipient
			return nil, nil, usage("%s: %s: there are no long options; as sendmail's they are single letters, such as -t -i -f ADDRESS", name, printable(arg))
		}
		cluster := arg[1:]
		for len(cluster) > 0 {
			letter := cluster[0]
			cluster = cluster[1:]
			at := strings.IndexByte(letters, letter)
			switch {
			case at < 0 || letter == ':':
				return nil, nil, usage("%s: illegal option -- %s", name, printable(string(rune(letter))))
			case letters[at+1:] == "" || letters[at+1] != ':':
				options = append(options, option{letter: letter})
				continue
			}
			o := option{letter, cluster}
			switch {
			case cluster != "" || letter == 'b' && len(args) == 0: // a mode of nothing, which setMode refuses
			case len(arg) == 2 && alone(letter) != "" &&
				(letter == 'd' || len(args) == 0 || strings.HasPrefix(args[0], "-")):
				o.value = alone(letter)
			case len(args) == 0:
				return nil, nil, usage("%s: option requires an argument -- %c", name, letter)
			default:
				o.value, args = args[0], args[1:]
			}
			options = append(options, o)
			break
		}
	}
	return options, args, nil
}

// Exit is an error that ends a call: Text goes to standard error as a line, Code is the exit status (exit.go). Text
// may be "": sendmail says nothing to -U.
type Exit struct {
	Code int
	Text string
}

func (e *Exit) Error() string { return e.Text }

func usage(format string, a ...any) error {
	return &Exit{exUsage, fmt.Sprintf(format, a...)}
}

// unavailable is the answer to what sendmail can do and this version cannot. Doing something
// else instead, or nothing, would look like success.
func unavailable(what string) error {
	return &Exit{exUnavailable, "sendmail: " + what + ": not available in this version of Postroom"}
}

// printable makes text from elsewhere fit for one line of a terminal: RFC 5321 lets replies
// hold printable ASCII and tabs only, servers send what they like.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0:
			return '?'
		}
		return r
	}, s)
}
