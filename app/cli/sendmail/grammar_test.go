package sendmail

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct{ name, args, want string }{
		{"letters may be clustered", "-ti a", "t i | a"},
		{"a cluster may end with an option and its value", "-tifa@b c", "t i f=a@b | c"},
		{"the value may be the next argument", "-itf a b", "i t f=a | b"},
		{"a value may begin with a dash", "-A -t x", "A=-t | x"},
		{"options end at the first address", "bob -i", "| bob -i"},
		{"options end at two dashes", "-t -- -i", "t | -i"},
		{"a dash alone is an address", "- -i", "| - -i"},
		{"an empty argument is an address", "\x00 -i", "|  -i"},
		{"-q alone is one run", "-q", "q=0 |"},
		{"-q before an option is one run", "-q -v", "q=0 v |"},
		{"-q takes an interval from the next argument", "-q 15", "q=15 |"},
		{"-d alone takes nothing from the next argument", "-d bob", "d=0-99.1 | bob"},
		{"-o takes its letter from the next argument", "-o i x", "o=i | x"},
		{"nothing at all is nothing", "", "|"},
	} {
		args := []string{"sendmail"}
		if c.args != "" {
			for _, a := range strings.Split(c.args, " ") {
				args = append(args, strings.Trim(a, "\x00"))
			}
		}
		options, operands, err := split(args)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for _, o := range options {
			if o.value != "" {
				got = append(got, fmt.Sprintf("%c=%s", o.letter, o.value))
			} else {
				got = append(got, string(rune(o.letter)))
			}
		}
		got = append(append(got, "|"), operands...)
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%s: %q, want %q", c.name, g, c.want)
		}
	}
}

// noLong ends the answer to an option of msmtp's and others'.
const noLong = ": there are no long options; as sendmail's they are single letters, such as -t -i -f ADDRESS"

// Texts and statuses were measured with sendmail 8.17.1.9, except those that name Postroom.
func TestRefusedCommandLines(t *testing.T) {
	for _, c := range []struct {
		args []string
		exit int
		text string
	}{
		{nil, 64, "Recipient names must be specified"},
		{[]string{"-i"}, 64, "Recipient names must be specified"},
		{[]string{"-oi"}, 64, "Recipient names must be specified"},
		{[]string{"--help"}, 64, "sendmail: --help" + noLong},
		{[]string{"-t", "-i", "--read-envelope-from"}, 64, "sendmail: --read-envelope-from" + noLong},
		{[]string{"--read-envelope-from", "-t"}, 64, "sendmail: --read-envelope-from" + noLong},
		{[]string{"-a", "default", "-t"}, 64, "sendmail: illegal option -- a"},
		{[]string{"-Ax", "-o", "x"}, 64, "Recipient names must be specified"},
		{[]string{"-z"}, 64, "sendmail: illegal option -- z"},
		{[]string{"-tzi"}, 64, "sendmail: illegal option -- z"},
		{[]string{"-s", "-x", "y"}, 64, "sendmail: illegal option -- x"},
		{[]string{"-t", "-:"}, 64, "sendmail: illegal option -- :"},
		{[]string{"-h"}, 64, "sendmail: option requires an argument -- h"},
		{[]string{"-tf"}, 64, "sendmail: option requires an argument -- f"},
		{[]string{"-b"}, 64, "Invalid operation mode  "},
		{[]string{"-ba"}, 64, "550 Recipient names must be specified"},
		{[]string{"-bz"}, 64, "Frozen configurations unsupported"},
		{[]string{"-bX"}, 64, "Invalid operation mode X"},
		{[]string{"-b", "", "x"}, 64, "Invalid operation mode  "},
		{[]string{"-f", "a", "-f", "b", "c"}, 64, `More than one "from" person`},
		{[]string{"-r", "a", "-fb", "c"}, 64, `More than one "from" person`},
		{[]string{"-f", "", "-r", "", "c"}, 64, `More than one "from" person`},
		{[]string{"-f", "a,b@c", "x"}, 64, "a,b@c... Invalid route address"},
		{[]string{"-f", "a@", "x"}, 64, "a@... Hostname required"},
		{[]string{"-N", "foo", "x"}, 64, "Invalid -N argument"},
		{[]string{"-N", "never,success", "x"}, 64, "Invalid -N argument"},
		{[]string{"-N", "", "x"}, 64, "Invalid -N argument"},
		{[]string{"-R", "xx", "y"}, 64, "Invalid -R value"},
		{[]string{"-R", "full", "-R", "hdrs", "x"}, 64, "Duplicate -R flag"},
		{[]string{"-V", "a b", "x"}, 64, "Invalid syntax in -V flag"},
		{[]string{"-V", "a+b", "x"}, 64, "Invalid syntax in -V flag"},
		{[]string{"-B", "FOO", "x"}, 64, "Illegal body type FOO"},
		{[]string{"-h", "2x", "x"}, 64, "Bad hop count (2x)"},
		{[]string{"-odx", "x"}, 64, "Unknown delivery mode x"},
		{[]string{"-O", "DeliveryMode=x", "x"}, 64, "Unknown delivery mode x"},
		{[]string{"-q15x"}, 64, "Invalid time unit `x'"},
		{[]string{"-q1H"}, 64, "Invalid time unit `H'"},
		{[]string{"-q1.5h"}, 64, "Invalid time unit `.'"},
		{[]string{"-q-5"}, 64, "Invalid -q value"},
		{[]string{"-qv"}, 64, "Invalid time unit `v'"},
		{[]string{"-q!x"}, 64, "Invalid time unit `x'"},
		{[]string{"-qpx"}, 64, "Invalid time unit `x'"},
		{[]string{"-q!Gx"}, 64, "Can not use -q!G"},
		{[]string{"-qGa", "-qGb"}, 64, "Can not use multiple -qG options"},
		{[]string{"-qGfoo", "-v"}, 0, "Queue group foo unknown"},
		{[]string{"-bp", "-qGfoo"}, 0, "Queue group foo unknown"},
		{[]string{"-bs", "-qf"}, 64, "550 Can not use -q with -bs"},
		{[]string{"-q", "-bv", "x"}, 64, "Can not use -q with -bv"},
		{[]string{"-bi", "-q15"}, 64, "Can not use -q with -bi"},
		{[]string{"-bh", "-qf"}, 64, "Can not use -q with -bh"},
		{[]string{"-bt", "-q"}, 64, "Can not use -q with -bt"},
		{[]string{"-Qx", "-bp"}, 64, "Can not use -Q with -bp"},
		{[]string{"-Q", "-bv", "x"}, 64, "Can not use -Q with -bv"},
		{[]string{"-bv"}, 64, "Recipient names must be specified"},
		{[]string{"-d0", "-D", "x", "-bp"}, 64, "-D file must be before -d"},
		{[]string{"-C/nonexist.cf", "x"}, 72, "/nonexist.cf: line 0: cannot open: No such file or directory"},
		{[]string{"-C/etc/passwd", "x"}, 69, "sendmail: -C /etc/passwd: settings are those of the home; name another with POSTROOM_HOME=DIR"},
		{[]string{"-X/nonexist/x", "x"}, 73, "cannot open /nonexist/x: No such file or directory"},
		{[]string{"-D/nonexist/x", "-d0", "x"}, 73, "cannot open /nonexist/x: No such file or directory"},
		{[]string{"-oQ/nonexist", "x"}, 78, "can not chdir(/nonexist/): No such file or directory"},
		{[]string{"-bp", "-oQ/nonexist/"}, 78, "can not chdir(/nonexist/): No such file or directory"},
		{[]string{"-O", "QueueDir=/etc/passwd", "-q"}, 78,
			"Option QueueDir used as abbreviation for QueueDirectory\ncan not chdir(/etc/passwd/): Not a directory"},
		{[]string{"-oTx", "y"}, 64, "Invalid time unit `x'\nInvalid time unit `x'"},
		{[]string{"-T"}, 64, "Invalid time unit `T'\nInvalid time unit `T'\nRecipient names must be specified"},
		{[]string{"-U", "x"}, 64, ""},
		{[]string{"-I", "x"}, 64, ""},
		{[]string{"-O", "Foo=bar", "x"}, 70, "readcf: unknown option name Foo"},
		{[]string{"-O", "=x", "y"}, 70, "readcf: null option name"},
		{[]string{"-O", "Max=1", "x"}, 70, "readcf: ambiguous option name Max (matches MaxHopCount and MaxMessageSize)"},
		{[]string{"-O", ".x", "x"}, 70, "readcf: ambiguous option name  (matches SevenBitInput and EightBitMode)"},
		{[]string{"-o-i", "x"}, 70, "readcf: unknown option name 0x2d"},
		{[]string{"-oD", "x"}, 70, "readcf: unknown option name 0x44"},
		{[]string{"-h", "26", "x"}, 69, "Too many hops 26 (25 max): from <alice@mail.example.com> via localhost, to x@mail.example.com"},
		{[]string{"foo@"}, 64, "foo@... Hostname required"},
		{[]string{"@foo"}, 64, "@foo... User address required"},
		{[]string{"a@b@c"}, 64, "a@b@c... Invalid route address"},
		{[]string{"<foo"}, 64, "<foo... Unbalanced '<'"},
		{[]string{"foo>"}, 64, "foo>... Unbalanced '>'"},
		{[]string{`"unbal`}, 64, `"unbal... Unbalanced '"'`},
		{[]string{"(com"}, 64, "(com... Unbalanced '('"},
		{[]string{"|/bin/cat"}, 64, "|/bin/cat... Cannot mail directly to programs"},
		{[]string{`"|/bin/cat -u"`}, 64, "|/bin/cat -u... Cannot mail directly to programs"},
		{[]string{"/etc/passwd"}, 64, "/etc/passwd... Cannot mail directly to files"},
		{[]string{":include:/etc/hosts"}, 64, ":include:/etc/hosts... Cannot mail directly to :include:s"},
		{[]string{""}, 0, ""},
	} {
		d := newDesk(t)
		text := c.text
		if text != "" {
			text += "\n"
		}
		d.call("Subject: x\n\nhi\n", c.exit, text, c.args...)
		if q := d.queued(); len(q) > 0 {
			t.Errorf("sendmail %q: refused, and yet in the queue: %v", c.args, q)
		}
	}
}

// What a submission by sendmail takes without a change, ours takes, too.
func TestAcceptedCommandLines(t *testing.T) {
	d := newDesk(t)
	o := d.serve(true)
	for _, args := range []string{
		"x", "-i x", "-oi x", "-o i x", "-bm x", "-b m x", "-bmfoo x", "-ba x", "-n -m -c -s x", "-om -oo x", "-os x", "-oT1h x",
		"-oem x", "-oep x", "-oez x", "-e q x", "-odi x", "-odb x", "-od x", "-L tag x", "-p P:h x", "-pP x", "-M x x", "-Mx x",
		"-M{name}v x", "-G x", "-Ac x", "-Am x", "-h 25 x", "-B 7bit x", "-B8BITMIME x", "-N success,delay x",
		"-N never x", "-R hdrs -V a+2Bb x", "-ox x", "-O IgnoreDots=t x", "-O ignoredots x", "-O Timeout.queuereturn=5d x",
		"-i -odi -oem -oi -- x", "-F Name x", "-f a x", "-r a x", "-f <> x", "-t x",
	} {
		d.call("Subject: x\n\nhi\n", 0, "", strings.Fields(args)...)
		if l := o.only(t); l.recipients() != "x@mail.example.com" || l.text != "Subject: x\n\nhi\n" {
			t.Errorf("sendmail %s: %s: %q", args, l.recipients(), l.text)
		}
	}
}

func TestXtext(t *testing.T) {
	for _, s := range []string{"", "a+b=c d", "Zoë", "plain", "\x00\xff"} {
		x := xtext(s)
		if !isXtext(x) || decodeXtext(x) != s {
			t.Errorf("%q becomes %q and %q", s, x, decodeXtext(x))
		}
	}
}

func FuzzReadCall(f *testing.F) {
	for _, s := range []string{"-t -i", "-fa@b c", "-oi -O IgnoreDots=t x", "-q15x", "-d", "-N success,x y", "-V a+2 x", "- -i", "-O Max=1", "-b"} {
		f.Add(strings.ReplaceAll(s, " ", "\x00"))
	}
	f.Fuzz(func(t *testing.T, line string) {
		argv := append([]string{"sendmail"}, strings.Split(line, "\x00")...)
		c, err := readCall(argv)
		if r, ok := errors.AsType[*Exit](err); err != nil && (!ok || r.Code == exOK) {
			t.Fatalf("%q: not a refusal: %v", argv, err)
		}
		if err == nil && c.envID != nil && !isXtext(*c.envID) {
			t.Fatalf("%q: ENVID %q", argv, *c.envID)
		}
		// What follows the options is taken as it stands.
		_, operands, err := split(argv)
		if err == nil && len(operands) > 0 {
			if diff := cmp.Diff(argv[len(argv)-len(operands):], operands); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}
