package sendmail

import "postroom.dev/mta"

// The exit statuses of sysexits(3) that this command uses.
const (
	exOK          = 0
	exUsage       = 64 // command line, or an address that is none
	exDataErr     = 65 // the message was refused for what is in it
	exNoUser      = 67
	exNoHost      = 68
	exUnavailable = 69 // any other refusal
	exSoftware    = 70 // -O names no option, as sendmail has it
	exOSFile      = 72 // -C names no file
	exCantCreate  = 73 // the file of -X or -D cannot be written
	exIOErr       = 74 // standard input broke off
	exTempFail    = 75 // neither a server nor the client queue took the message
	exNoPerm      = 77 // the caller may not run the client queue
	exConfig      = 78 // a directory cannot be entered, or an option is not for this caller
)

// exitStatus gives the exit status for a refusal, from its enhanced status code (RFC 3463) as sendmail's
// dsntoexitstat does, or from the reply code where there is none.
func exitStatus(s mta.Status) int {
	switch s.Enhanced {
	case mta.Enhanced{5, 1, 1}, mta.Enhanced{5, 1, 6}:
		return exNoUser
	case mta.Enhanced{5, 1, 2}, mta.Enhanced{5, 1, 8}:
		return exNoHost
	case mta.Enhanced{5, 1, 3}, mta.Enhanced{5, 1, 7}:
		return exUsage
	case mta.Enhanced{5, 1, 0}:
		return exDataErr
	case mta.Enhanced{}:
		switch s.Code {
		case 550, 551, 553:
			return exNoUser
		case 501:
			return exDataErr
		}
	}
	if s.Enhanced[0] == 5 && s.Enhanced[1] == 6 { // content
		return exDataErr
	}
	return exUnavailable
}

// words are sendmail's for an exit status, for a server that gives a code and no text.
func words(exit int) string {
	switch exit {
	case exUsage, exDataErr:
		return "Data format error"
	case exNoUser:
		return "User unknown"
	case exNoHost:
		return "Host unknown"
	}
	return "Service unavailable"
}
