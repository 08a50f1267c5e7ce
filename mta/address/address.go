// Package address parses and prints RFC 5321 paths and mailboxes, and the
// address lists of RFC 5322 header fields.
package address

// Address is a mailbox. Local is decoded (no quotes, no backslashes); the null
// path is the zero value.
type Address struct{ Local, Domain string }

// Named is a mailbox with its display name, as in a From field.
type Named struct {
	Name string // decoded; "" when there is none
	Address
}

// IsNull says that a is the null path, "<>".
func (a Address) IsNull() bool { return a == Address{} }
