package sendmail

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDebugLevel(t *testing.T) {
	for v, want := range map[string]int{"0": 1, "0.1": 1, "0.4": 4, "0.10": 10, "0-99.1": 1, "0.0": 0, "8.5": 0, "8.5,0.4": 4, "": 0, "x": 0, "0.x": 0, "1-99.1": 0, ANSI: 0} {
		if got := debugLevel(v); got != want {
			t.Errorf("-d%s: %d, want %d", v, got, want)
		}
	}
}

const ANSI = "ANSI" // sendmail's -dANSI colours its traces

const identity = `Version Postroom 0.1.0
 Compiled with: LOG NAMED_BIND NETINET NETINET6 NETUNIX PIPELINING

============ SYSTEM IDENTITY (after readcf) ============
      (short domain name) $w = mail
  (canonical domain name) $j = mail.example.com
         (subdomain name) $m = example.com
              (node name) $k = mail.example.com
========================================================

`

// The layout was measured with sendmail 8.17.1.9.
func TestIdentity(t *testing.T) {
	d := newDesk(t)
	for _, line := range []string{"-d0", "-d0.1", "-d", "-d0-99.1"} {
		if exit, stdout, stderr := d.ask("", "sendmail", line); exit != 64 || stdout != identity || stderr != "Recipient names must be specified\n" {
			t.Errorf("%s: %d, %s, %s", line, exit, stdout, stderr)
		}
	}
	if exit, stdout, stderr := d.ask("", "sendmail", "-d0.0", "-bp"); exit != 0 || stdout != "listed\n" || stderr != "" {
		t.Errorf("-d0.0: %d, %s, %s", exit, stdout, stderr)
	}
	if exit, stdout, _ := d.ask("", "sendmail", "-d0", "-bp"); exit != 0 || stdout != identity+"listed\n" {
		t.Errorf("the mode follows: %d, %s", exit, stdout)
	}
	_, stdout, _ := d.ask("", "sendmail", "-d0.10", "-bp")
	want := strings.Replace(identity, "PIPELINING\n", "PIPELINING\n    OS Defines: HASFLOCK HASLSTAT HASURANDOMDEV REQUIRES_DIR_FSYNC\n"+
		"Canonical name: mail.example.com\n UUCP nodename: mail.example.com\n\ta.k.a.: mail\n\ta.k.a.: [127.0.0.1]\n"+
		"     Conf file:\t/home/alice/postroom.toml (selected)\n      Pid file:\t/home/alice/postroom.pid (selected)\n", 1)
	if stdout != want+"listed\n" {
		t.Errorf("-d0.10: %s", stdout)
	}
	d.Hostname = func() string { return "vm" }
	_, stdout, _ = d.ask("", "sendmail", "-d0.4", "-bp")
	for _, want := range []string{"Canonical name: vm\n UUCP nodename: vm\n\n====", "$w = vm\n", "$m = <null>\n",
		"\n\nWARNING: local host name (vm) is not qualified; see cf/README: WHO AM I?\nlisted\n"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is missing in %s", want, stdout)
		}
	}
	o := d.serve(true)
	if exit, _, stderr := d.ask(small, "sendmail", "-d0.1", "x@x"); exit != 0 || stderr != "" || o.only(t).text != small {
		t.Errorf("a delivery follows: %d %s", exit, stderr)
	}
	file := filepath.Join(t.TempDir(), "debug")
	d.Hostname = func() string { return "mail.example.com" }
	for range 2 {
		if exit, stdout, _ := d.ask("", "sendmail", "-D", file, "-d0", "-bp"); exit != 0 || stdout != "listed\n" {
			t.Errorf("-D: %d %s", exit, stdout)
		}
	}
	if b, _ := os.ReadFile(file); string(b) != identity+identity {
		t.Errorf("-D: %s", b)
	}
}

func TestWrapped(t *testing.T) {
	const words = "DNSMAP IPV6_FULL LDAPMAP LDAP_NETWORK_TIMEOUT LDAP_REFERRALS LOG MAP_REGEX MATCHGECOS MAXDAEMONS=64 MILTER MIME7TO8 " +
		"MIME8TO7 NAMED_BIND NETINET NETINET6 NETUNIX NEWDB=5.3 NIS NISPLUS PIPELINING SASLv2 SCANF SOCKETMAP STARTTLS TCPWRAPPERS"
	const want = " DNSMAP IPV6_FULL LDAPMAP LDAP_NETWORK_TIMEOUT\n\t\tLDAP_REFERRALS LOG MAP_REGEX MATCHGECOS MAXDAEMONS=64 MILTER\n" +
		"\t\tMIME7TO8 MIME8TO7 NAMED_BIND NETINET NETINET6 NETUNIX NEWDB=5.3\n\t\tNIS NISPLUS PIPELINING SASLv2 SCANF SOCKETMAP STARTTLS\n\t\tTCPWRAPPERS"
	if got := wrapped(words); got != want {
		t.Errorf("%s\nwant%s", got, want)
	}
}
