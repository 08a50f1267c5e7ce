package app

import (
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"strings"

	"postroom.dev/app/config"
	"postroom.dev/app/config/account"
	"postroom.dev/mta"
	"postroom.dev/mta/deliver"
	"postroom.dev/mta/table"
)

// safetyOf are the settings as the mailers have them.
func safetyOf(s config.Safety) deliver.Safety {
	return deliver.Safety{Programs: s.Programs, Files: s.FileDirs()}
}

// allowProgram says which programs aliases may name; nil where none may.
func allowProgram(s config.Safety) func(command, source string) error {
	if len(s.Programs) == 0 {
		return nil
	}
	return func(command, source string) error {
		_, err := safetyOf(s).Command(command)
		if err == nil {
			err = ownSource(source)
		}
		return err
	}
}

// allowFile says which files aliases may name; nil where none may.
func allowFile(s config.Safety) func(path, source string) error {
	if len(s.FileDirs()) == 0 {
		return nil
	}
	return func(path, source string) error {
		_, err := safetyOf(s).Path(path)
		if err == nil {
			err = ownSource(source)
		}
		return err
	}
}

// ownSource refuses what an :include: or .forward file of somebody else names: it would run, and be written, as our user.
func ownSource(source string) error {
	if source == "" || runtime.GOOS == "windows" {
		return nil
	}
	info, err := os.Stat(source)
	if err != nil {
		return mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 2, 4}, Text: "Cannot open " + source, Err: err}
	}
	if owner := ownerOf(info); owner != strconv.Itoa(os.Getuid()) {
		return mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 7, 0},
			Text: source + " belongs to another user than Postroom runs as; name the program or file in aliases"}
	}
	return nil
}

// command is what sh is told for a command of an alias, as the settings allow it now.
func (d *delivery) command(command string) (string, error) {
	return safetyOf(*d.routing.safety.Load()).Command(command)
}

// file is where a file of an alias is, as the settings allow it now.
func (d *delivery) file(path string) (string, error) {
	return safetyOf(*d.routing.safety.Load()).Path(path)
}

// login is how to log in at a host, as authinfo has it now, unless Clt_Features: in the access table says not to.
func (d *delivery) login(name, address string) (table.Login, bool, error) {
	ip, _ := netip.ParseAddr(strings.TrimPrefix(strings.Trim(address, "[]"), "IPv6:"))
	if off, err := d.routing.router.Load().ClientFeature(name, ip, "A"); err != nil || off {
		return table.Login{}, false, err
	}
	return table.AuthInfo(d.routing.logins, name, address)
}

// programEnv is what programs that get mail know of us: no more than sendmail tells, and who we are.
func programEnv() []string {
	env := []string{"PATH=/usr/local/bin:/usr/bin:/bin", "SHELL=/bin/sh"}
	if tz, ok := os.LookupEnv("TZ"); ok {
		env = append(env, "TZ="+tz)
	}
	if a, ok := account.System.ByUID(os.Getuid()); ok {
		env = append(env, "HOME="+a.Home, "LOGNAME="+a.Name, "USER="+a.Name)
	}
	return env
}
