package sendmail

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRoutes(t *testing.T) {
	t.Run("the socket comes before the listener", func(t *testing.T) {
		d := newDesk(t)
		socket, listener := d.serve(true), d.serve(false)
		d.call(small, 0, "", "x")
		socket.only(t)
		if len(listener.kept) > 0 {
			t.Error("both have it")
		}
	})
	t.Run("the listener when there is no socket", func(t *testing.T) {
		d := newDesk(t)
		listener := d.serve(false)
		d.call(small, 0, "", "x")
		listener.only(t)
	})
	t.Run("the listener when nobody answers at the socket", func(t *testing.T) {
		d := newDesk(t)
		d.play(with("greeting", "421 closing"))
		listener := d.serve(false)
		d.call(small, 0, "", "x")
		listener.only(t)
	})
	t.Run("the client queue when a server lets the call in and says nothing", func(t *testing.T) {
		d := newDesk(t)
		l, err := net.Listen("unix", d.Home.Submit) // as a stopped program does: the system takes connections for it
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		d.call(small, 0, "", "x@x")
		if d.queuedFor() != "x@x" {
			t.Errorf("queue: %q", d.queuedFor())
		}
	})
	t.Run("no listener is asked after a transaction was begun", func(t *testing.T) {
		d := newDesk(t)
		d.play(with("BDAT", "close"))
		listener := d.serve(false)
		d.call(small, 0, "", "x@x")
		if len(listener.kept) > 0 || d.queuedFor() != "x@x" {
			t.Errorf("listener: %d; queue: %q", len(listener.kept), d.queuedFor())
		}
	})
	t.Run("-odq and -odd ask nobody", func(t *testing.T) {
		for _, mode := range []string{"-odq", "-odd", "-o dq", "-O DeliveryMode=q"} {
			d := newDesk(t)
			o := d.serve(true)
			d.call(small, 0, "", append(strings.Fields(mode), "x@x")...)
			if len(o.kept) > 0 || d.queuedFor() != "x@x" {
				t.Errorf("%s: sent %d; queue: %q", mode, len(o.kept), d.queuedFor())
			}
		}
	})
	t.Run("-v asks for a delivery whatever else is said", func(t *testing.T) {
		d := newDesk(t)
		o := d.serve(true)
		d.ask(small, "sendmail", "-odq", "-v", "x@x")
		o.only(t)
	})
}

func TestNobodyTakesIt(t *testing.T) {
	const cure = "; start postroom (or postroom serve), or name a server that runs with POSTROOM_SMTP=host:port\n"
	t.Run("no server and no queue", func(t *testing.T) {
		d := newDesk(t)
		d.Home.ClientQueue = filepath.Join(d.Home.ClientQueue, "none")
		d.call(small, exTempFail, "sendmail: message not accepted: "+d.Home.Submit+": connect: no such file or directory; "+
			"client queue: queue directory: stat "+d.Home.ClientQueue+": no such file or directory"+cure, "x")
	})
	t.Run("a server that says later, and no queue", func(t *testing.T) {
		d := newDesk(t)
		d.play(with("RCPT", "451 4.7.1 greylisted"))
		d.Home.ClientQueue = filepath.Join(d.Home.ClientQueue, "none")
		d.call(small, exTempFail, "sendmail: message not accepted: 451 4.7.1 greylisted; "+
			"client queue: queue directory: stat "+d.Home.ClientQueue+": no such file or directory"+cure, "x")
	})
	t.Run("a queue that may not be written", func(t *testing.T) {
		if os.Geteuid() == 0 {
			t.Skip("root may write everywhere")
		}
		d := newDesk(t)
		os.Chmod(d.Home.ClientQueue, 0o500)
		d.call(small, exTempFail, "sendmail: message not accepted: "+d.Home.Submit+": connect: no such file or directory; client queue "+
			d.Home.ClientQueue+": open "+d.Home.ClientQueue+"/df6AM9dp01013925: permission denied"+cure, "x")
	})
	t.Run("a queue that is a file", func(t *testing.T) {
		d := newDesk(t)
		d.Home.ClientQueue = filepath.Join(d.Home.ClientQueue, "file")
		os.WriteFile(d.Home.ClientQueue, nil, 0o600)
		d.call(small, exTempFail, "sendmail: message not accepted: client queue: queue directory "+d.Home.ClientQueue+": not a directory"+cure, "-odq", "x")
	})
	t.Run("a queue that everybody may write", func(t *testing.T) {
		d := newDesk(t)
		os.Chmod(d.Home.ClientQueue, 0o777)
		d.call(small, exTempFail, "sendmail: message not accepted: client queue: queue: others may write it: directory "+
			d.Home.ClientQueue+" has mode 0777; chmod o-w "+d.Home.ClientQueue+cure, "-odq", "x")
	})
	t.Run("a queue where every id is taken", func(t *testing.T) {
		d := newDesk(t)
		df := filepath.Join(d.Home.ClientQueue, "df6AM9dpAA013925")
		os.WriteFile(df, []byte("another's"), 0o600)
		d.QueueID = func() string { d.ids++; return "6AM9dpAA013925" }
		d.call(small, exTempFail, "sendmail: message not accepted: client queue "+d.Home.ClientQueue+
			": queue: the id is in use: open "+df+": file exists"+cure, "-odq", "x")
		if d.ids != idTries || d.queueFile("df") != "another's" {
			t.Errorf("after %d ids the other's file is %q", d.ids, d.queueFile("df"))
		}
	})
	t.Run("a caller that gives up", func(t *testing.T) {
		d := newDesk(t)
		ctx, cancel := context.WithCancel(context.Background())
		d.Dial = func(network, address string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			t.Cleanup(func() { theirs.Close() })
			cancel() // the server never says a word
			return ours, nil
		}
		d.Argv, d.Stdin = []string{"sendmail", "x"}, strings.NewReader(small)
		if exit := d.Run(ctx); exit != exTempFail || len(d.queued()) > 0 {
			t.Errorf("exit %d, %v: %s", exit, d.queued(), d.stderr.String())
		}
	})
}

func BenchmarkRun(b *testing.B) {
	d := newDesk(b)
	d.serve(true)
	text := "To: x@x\nFrom: a@b\nSubject: x\n\n" + strings.Repeat("a line of a message of 2 KB\n", 70)
	d.Argv = []string{"sendmail", "-t", "-i"}
	for b.Loop() {
		d.Stdin = strings.NewReader(text)
		if exit := d.Run(context.Background()); exit != exOK {
			b.Fatalf("exit %d: %s", exit, d.stderr.String())
		}
	}
}
