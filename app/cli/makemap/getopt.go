package makemap

import (
	"fmt"
	"strings"
)

// option is one option as it stood on the command line.
type option struct {
	letter byte
	value  string // not empty where the option takes one
}

// getopt reads a command line as GNU's getopt does for these commands: letters may be clustered, a value may be attached or be the
// next argument, options may follow operands, "--" ends them. letters has a colon behind each that takes a value.
// complaint is the first thing wrong.
func getopt(argv []string, letters string) (options []option, operands []string, complaint string) {
	if len(argv) == 0 {
		return nil, nil, ""
	}
	name, args := argv[0], argv[1:]
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if arg == "--" {
			return options, append(operands, args...), ""
		}
		if len(arg) < 2 || arg[0] != '-' {
			operands = append(operands, arg)
			continue
		}
		for cluster := arg[1:]; cluster != ""; {
			letter := cluster[0]
			cluster = cluster[1:]
			at := strings.IndexByte(letters, letter)
			switch {
			case at < 0 || letter == ':':
				return nil, nil, fmt.Sprintf("%s: invalid option -- '%c'", name, letter)
			case !strings.HasPrefix(letters[at+1:], ":"):
				options = append(options, option{letter: letter})
			case cluster != "":
				options, cluster = append(options, option{letter, cluster}), ""
			case len(args) == 0 || args[0] == "":
				return nil, nil, fmt.Sprintf("%s: option requires an argument -- '%c'", name, letter)
			default:
				options, args = append(options, option{letter, args[0]}), args[1:]
			}
		}
	}
	return options, operands, ""
}
