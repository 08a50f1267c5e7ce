// Command minimal is the smallest honest SMTP client: it sends standard input to the server named by its
// argument, and fails unless every reply is the right one. The benchmark of the sendmail command runs it beside ours.
package main

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"os"
	"strings"
)

func main() {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		os.Exit(1)
	}
	conn, err := net.Dial("tcp", os.Args[1])
	if err != nil {
		os.Exit(1)
	}
	r := bufio.NewReader(conn)
	expect := func(code string) {
		for {
			line, err := r.ReadString('\n')
			if err != nil || !strings.HasPrefix(line, code) {
				os.Exit(1)
			}
			if line[3] == ' ' {
				return
			}
		}
	}
	text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	expect("220")
	io.WriteString(conn, "EHLO minimal\r\n")
	expect("250")
	io.WriteString(conn, "MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n")
	expect("250")
	expect("250")
	expect("354")
	conn.Write(append(text, ".\r\n"...))
	expect("250")
	io.WriteString(conn, "QUIT\r\n")
	expect("221")
}
