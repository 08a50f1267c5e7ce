// Package authusers knows who may log in by SMTP AUTH (RFC 4954), and how they prove it.
//
// The users stand in a file, one a line, name:secret. Empty lines and lines that begin with "#" are nothing.
//
//	alice:SCRAM-SHA-256$4096:SALT$STOREDKEY:SERVERKEY    the form of RFC 5803, in base64; the password cannot be read from it
//	bob:{PLAIN}password                                  the password itself
//
// PLAIN, LOGIN and SCRAM-SHA-256 can be verified with either. CRAM-MD5 (RFC 2195) needs the password itself, and is
// offered only where a user has the second form. A password's octets count as they are, without SASLprep.
//
// Limits: a file of 16 MiB, 100,000 users, lines of 4,096 octets, names of 255, 4,096 to 1,000,000 iterations. A line that
// cannot be read is a problem, and its user cannot log in.
//
// An Exchange is the server's side of one login (exchange.go, scram.go). Lines, base64 and replies are left to package smtpd, keeping the
// file in force to package live.
package authusers

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"postroom.dev/mta/table"
)

// Limits of a file.
const (
	MaxSize  = 16 << 20 // octets
	MaxUsers = 100_000
	MaxLine  = 4096 // octets
	MaxName  = 255  // octets
)

// Iterations of PBKDF2 in a secret that we make, and the fewest and most in one that we take: RFC 7677 §4.
const (
	Iterations    = 4096
	maxIterations = 1_000_000
)

const (
	scramForm = "SCRAM-SHA-256$"
	plainForm = "{PLAIN}"
)

// Users are who may log in. It never changes; a nil Users is nobody.
type Users struct {
	any    bool
	byName map[string]secret
	plain  int // how many have the password itself
	list   []User
}

// User is one of Users, without the secret.
type User struct {
	Name  string
	Plain bool // the file has the password itself
	Line  int
}

// secret is what is known of a user's password: itself, or what SCRAM-SHA-256 makes of it.
type secret struct {
	plain    bool
	password string
	scram    scramKeys
}

// scramKeys is what a server keeps for RFC 5802 §3.
type scramKeys struct {
	iterations           int
	salt, stored, server []byte
}

// Anyone takes every login, for catching.
func Anyone() *Users { return &Users{any: true} }

// Parse reads a file. name stands for it in problems.
func Parse(name string, r io.Reader) (*Users, []table.Problem) {
	u := &Users{byName: map[string]secret{}}
	text, problems := table.ReadText(name, r, MaxSize)
	tell := func(line int, text, cure string) {
		if len(problems) < table.MaxProblems {
			problems = append(problems, table.Problem{File: name, Line: line, Text: text, Cure: cure})
		}
	}
	n := 0
	for line := range bytes.Lines(text) {
		n++
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		if len(line) > MaxLine {
			tell(n, fmt.Sprintf("line too long (%d octets max)", MaxLine), "cut it; its user cannot log in")
			continue
		}
		user, s, err := parseLine(string(line))
		_, twice := u.byName[user]
		switch {
		case err != nil:
			tell(n, err.Error(), "write it with: postroom setup auth-user NAME")
		case twice:
			tell(n, user+" is there twice", "remove this line; the first is in force")
		case len(u.byName) == MaxUsers:
			tell(n, fmt.Sprintf("more than %d users", MaxUsers), "this line and what follows is not read")
			return u, problems
		default:
			u.byName[user] = s
			u.list = append(u.list, User{user, s.plain, n})
			if s.plain {
				u.plain++
			}
		}
	}
	return u, problems
}

func parseLine(line string) (name string, s secret, err error) {
	name, text, ok := strings.Cut(line, ":")
	if !ok {
		return name, s, errors.New("no colon behind the name")
	}
	if err := CheckName(name); err != nil {
		return name, s, err
	}
	if password, ok := strings.CutPrefix(text, plainForm); ok {
		if password == "" {
			return name, s, fmt.Errorf("%s has no password", name)
		}
		return name, secret{plain: true, password: password}, nil
	}
	text, ok = strings.CutPrefix(text, scramForm)
	if !ok {
		return name, s, fmt.Errorf("%s has a secret that is neither %s… nor %s…", name, scramForm, plainForm)
	}
	s.scram, err = parseKeys(text)
	if err != nil {
		return name, s, fmt.Errorf("%s: %w", name, err)
	}
	return name, s, nil
}

// parseKeys reads ITERATIONS:SALT$STOREDKEY:SERVERKEY.
func parseKeys(text string) (k scramKeys, err error) {
	info, keys, _ := strings.Cut(text, "$")
	count, salt, _ := strings.Cut(info, ":")
	stored, server, _ := strings.Cut(keys, ":")
	k.iterations, err = strconv.Atoi(count)
	if err != nil || k.iterations < Iterations || k.iterations > maxIterations {
		return k, fmt.Errorf("%d to %d iterations belong in the secret", Iterations, maxIterations)
	}
	var bad [3]error
	k.salt, bad[0] = base64.StdEncoding.DecodeString(salt)
	k.stored, bad[1] = base64.StdEncoding.DecodeString(stored)
	k.server, bad[2] = base64.StdEncoding.DecodeString(server)
	if errors.Join(bad[:]...) != nil || len(k.salt) == 0 || len(k.stored) != sha256.Size || len(k.server) != sha256.Size {
		return k, errors.New("the secret is damaged")
	}
	return k, nil
}

// CheckName refuses what cannot be a user's name in the file: it has no colon, no control character, no blank at its ends, and no "#" in front.
func CheckName(name string) error {
	switch {
	case name == "":
		return errors.New("the user's name is empty")
	case len(name) > MaxName:
		return fmt.Errorf("the user's name is too long (%d octets max)", MaxName)
	case name[0] == '#' || strings.Contains(name, ":") || strings.ContainsFunc(name, unicode.IsControl) || !utf8.ValidString(name) || strings.TrimSpace(name) != name:
		return fmt.Errorf("%q cannot be a user's name", name)
	}
	return nil
}

// Line gives the line for a user, with a hash of the password or with the password itself.
func Line(name, password string, salt []byte, plain bool) (string, error) {
	if err := CheckName(name); err != nil {
		return "", err
	}
	switch {
	case password == "":
		return "", errors.New("the password is empty")
	case strings.ContainsFunc(password, unicode.IsControl):
		return "", errors.New("the password has a control character")
	}
	line := name + ":" + plainForm + password
	if !plain {
		k := derive(password, salt, Iterations)
		b64 := base64.StdEncoding.EncodeToString
		line = name + ":" + scramForm + strconv.Itoa(k.iterations) + ":" + b64(k.salt) + "$" + b64(k.stored) + ":" + b64(k.server)
	}
	if len(line) > MaxLine {
		return "", fmt.Errorf("the password is too long (lines have %d octets at most)", MaxLine)
	}
	return line, nil
}

// Set puts line in the place of name's lines in text, or at its end where there is none. line "" removes them. Whatever else
// text says stays as it is. found says that name was there.
func Set(text []byte, name, line string) (changed []byte, found bool) {
	written := line == ""
	for old := range bytes.Lines(text) {
		if of, _, ok := bytes.Cut(old, []byte(":")); !ok || string(of) != name {
			changed = append(changed, old...)
			continue
		}
		found = true
		if !written {
			changed = append(append(changed, line...), '\n')
			written = true
		}
	}
	if written {
		return changed, found
	}
	if n := len(changed); n > 0 && changed[n-1] != '\n' {
		changed = append(changed, '\n')
	}
	return append(append(changed, line...), '\n'), found
}

// Len is the number of users.
func (u *Users) Len() int {
	if u == nil {
		return 0
	}
	return len(u.byName)
}

// All gives the users in the order of the file.
func (u *Users) All() []User {
	if u == nil {
		return nil
	}
	return slices.Clone(u.list)
}

// Has says that there is a user of that name.
func (u *Users) Has(name string) bool {
	if u == nil {
		return false
	}
	_, ok := u.byName[name]
	return ok
}

// derive is RFC 5802 §3 with SHA-256.
func derive(password string, salt []byte, iterations int) scramKeys {
	salted, err := pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
	if err != nil {
		panic(err) // only for a key length that is none
	}
	stored := sha256.Sum256(mac(salted, "Client Key"))
	return scramKeys{iterations, salt, stored[:], mac(salted, "Server Key")}
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	io.WriteString(h, text)
	return h.Sum(nil)
}

// matches says that the password is the user's.
func (s *secret) matches(password string) bool {
	if s.plain {
		return subtle.ConstantTimeCompare([]byte(s.password), []byte(password)) == 1
	}
	return hmac.Equal(derive(password, s.scram.salt, s.scram.iterations).stored, s.scram.stored)
}

// digest is RFC 2195 §2.
func (s *secret) digest(challenge string) string {
	h := hmac.New(md5.New, []byte(s.password))
	io.WriteString(h, challenge)
	return hex.EncodeToString(h.Sum(nil))
}
