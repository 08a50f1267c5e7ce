package address

import (
	"errors"
	"fmt"
)

// What is wrong with an address, for errors.Is. Complaint gives sendmail's words.
var (
	ErrUnbalanced       = errors.New("address: unbalanced") // in the chain of every *UnbalancedError
	ErrHostnameRequired = errors.New("address: hostname required")
	ErrHostName         = errors.New("address: invalid host name")
	ErrUserRequired     = errors.New("address: user address required")
	ErrRoute            = errors.New("address: invalid route address")
	ErrGroup            = errors.New("address: a group without members is no recipient")
	ErrControl          = errors.New("address: control character")
	ErrSyntax           = errors.New("address: words that make no address")
	ErrTooLong          = errors.New("address: too long")
	ErrTooMany          = errors.New("address: too many addresses in one list")
	ErrEmpty            = errors.New("address: no address") // ParsePath alone; to Parse it is the null path
)

// UnbalancedError says which bracket or quote has no partner. It is an ErrUnbalanced.
type UnbalancedError struct {
	Char byte // '<' '>' '"' '(' ')' '['
}

func (e *UnbalancedError) Error() string { return fmt.Sprintf("address: unbalanced '%c'", e.Char) }

// Is makes every UnbalancedError an ErrUnbalanced.
func (e *UnbalancedError) Is(target error) bool { return target == ErrUnbalanced }

// EntryError is a bad entry of a list.
type EntryError struct {
	Entry string // as written, at most 1,024 octets of it
	Err   error
}

func (e *EntryError) Error() string { return fmt.Sprintf("%q: %v", e.Entry, e.Err) }

// Unwrap gives what is wrong.
func (e *EntryError) Unwrap() error { return e.Err }

// Complaint gives the words that sendmail has for an error of this package, and
// the enhanced status code (RFC 3463) that its SMTP reply, always 553, has before them:
// {5,1,3} and "Hostname required". For any other error it gives {5,1,3} and "Invalid address".
func Complaint(err error) (enhanced [3]int, text string) {
	if u, ok := errors.AsType[*UnbalancedError](err); ok {
		return [3]int{5, 0, 0}, fmt.Sprintf("Unbalanced '%c'", u.Char)
	}
	switch {
	case errors.Is(err, ErrHostnameRequired):
		return [3]int{5, 1, 3}, "Hostname required"
	case errors.Is(err, ErrHostName):
		return [3]int{5, 1, 2}, "Invalid host name"
	case errors.Is(err, ErrUserRequired):
		return [3]int{5, 1, 3}, "User address required"
	case errors.Is(err, ErrRoute):
		return [3]int{5, 1, 3}, "Invalid route address"
	case errors.Is(err, ErrGroup):
		return [3]int{5, 1, 3}, "List:; syntax illegal for recipient addresses"
	case errors.Is(err, ErrControl):
		return [3]int{5, 1, 1}, "Address contained invalid control characters"
	case errors.Is(err, ErrTooLong):
		return [3]int{5, 1, 0}, "prescan: token too long"
	}
	return [3]int{5, 1, 3}, "Invalid address"
}
