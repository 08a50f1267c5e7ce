package sendmail

import (
	"fmt"
	"strings"
)

// longNames are the option names of sendmail 8.17 in the order of its table, which decides what an
// abbreviation is said to match.
const longNames = "SevenBitInput EightBitMode AliasFile AliasWait BlankSub MinFreeBlocks CheckpointInterval " +
	"HoldExpensive DeliveryMode ErrorHeader ErrorMode TempFileMode SaveFromLine MatchGECOS HelpFile MaxHopCount " +
	"ResolverOptions IgnoreDots ForwardPath SendMimeErrors ConnectionCacheSize ConnectionCacheTimeout UseErrorsTo " +
	"LogLevel MeToo CheckAliases OldStyleHeaders DaemonPortOptions PrivacyOptions PostmasterCopy QueueFactor " +
	"QueueDirectory DontPruneRoutes Timeout StatusFile SuperSafe QueueTimeout TimeZoneSpec UserDatabaseSpec DefaultUser " +
	"FallbackMXhost Verbose TryNullMXList QueueLA RefuseLA RecipientFactor ForkEachJob ClassFactor RetryFactor " +
	"QueueSortOrder HostsFile MinQueueAge DefaultCharSet ServiceSwitchFile DialDelay NoRecipientAction " +
	"SafeFileEnvironment MaxMessageSize ColonOkInAddr MaxQueueRunSize MaxDaemonChildren DontExpandCnames " +
	"MustQuoteChars SmtpGreetingMessage UnixFromLine OperatorChars DontInitGroups SingleLineFromHeader " +
	"AllowBogusHELO ConnectionRateThrottle UnsafeGroupWrites DoubleBounceAddress HostStatusDirectory " +
	"SingleThreadDelivery RunAsUser RrtImpliesDsn PidFile DontBlameSendmail DontProbeInterfaces " +
	"MaxRecipientsPerMessage DeadLetterDrop MaxAliasRecursion ConnectOnlyTo TrustedUser MaxMimeHeaderLength " +
	"ControlSocketName MaxHeadersLength ProcessTitlePrefix DefaultAuthInfo AuthMechanisms ClientPortOptions " +
	"DataFileBufferSize XscriptFileBufferSize LDAPDefaultSpec ServerCertFile ServerKeyFile ClientCertFile " +
	"ClientKeyFile CACertFile CACertPath DHParameters InputMailFilters AuthOptions QueueFileMode " +
	"CertFingerprintAlgorithm CipherList RandFile TLSSrvOptions BadRcptThrottle DeliverByMin MaxQueueChildren " +
	"MaxRunnersPerQueue DirectSubmissionModifiers NiceQueueRun SharedMemoryKey AuthMaxBits MailboxDatabase UseMSP " +
	"DelayLA FastSplit SoftBounce SharedMemoryKeyFile RejectLogInterval RequiresDirfsync ConnectionRateWindowSize " +
	"CRLFile FallbackSmartHost AuthRealm CRLPath HeloName MaxNOOPCommands BadRcptShutdown BadRcptShutdownGood " +
	"ServerSSLOptions ClientSSLOptions MaxQueueAge RejectNUL UseCompressedIPv6Addresses SSLEngine SSLEnginePath " +
	"TLSFallbacktoClear SetCertAltnames SmtpUTF8 StrictTransportSecurity CipherSuites"

// setLetter does -oXvalue. Letters that sendmail knows and a submission does not need are taken and
// change nothing: they set how an MTA works, and ours has settings of its own.
func (c *call) setLetter(v string) error {
	if v == "" { // "-o ''"
		return nil
	}
	letter, value := v[0], v[1:]
	switch letter {
	case 'i':
		c.ignoreDots = isTrue(value)
	case 'v':
		c.verbose = isTrue(value)
	case 'd':
		return c.setDelivery(value)
	case 'e':
		c.setErrorMode(value)
	case 'h':
		return c.setHops(value)
	case 'T':
		return checkTimes(value)
	case 'Q':
		c.place.Dir = value
	case 'A':
		c.aliasFile = value
	default:
		if !isLetter(letter) || strings.IndexByte("DNW", letter) >= 0 {
			return &Exit{exSoftware, fmt.Sprintf("readcf: unknown option name 0x%x", letter)}
		}
	}
	return nil
}

func isLetter(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || b == '7' || b == '8'
}

// setLong does -O Name=value. Names may be abbreviated as long as one name fits.
func (c *call) setLong(v string) error {
	name, value, _ := strings.Cut(v, "=")
	name, value = strings.TrimRight(name, " "), strings.TrimLeft(value, " ")
	if name == "" {
		return &Exit{exSoftware, "readcf: null option name"}
	}
	name, sub, _ := strings.Cut(name, ".")
	full, err := longName(name)
	if err != nil {
		return err
	}
	if !strings.EqualFold(full, name) {
		c.notes = append(c.notes, fmt.Sprintf("Option %s used as abbreviation for %s", printable(name), full))
	}
	if c.place.Settings == nil {
		c.place.Settings = make(map[string]string)
	}
	c.place.Settings[full] = value
	switch full {
	case "IgnoreDots":
		c.ignoreDots = isTrue(value)
	case "Verbose":
		c.verbose = isTrue(value)
	case "DeliveryMode":
		return c.setDelivery(value)
	case "ErrorMode":
		c.setErrorMode(value)
	case "Timeout":
		if strings.HasPrefix(strings.ToLower(sub), "queue") {
			return checkTimes(value)
		}
	case "QueueTimeout":
		return checkTimes(value)
	case "QueueDirectory":
		c.place.Dir = value
	case "AliasFile":
		c.aliasFile = value
	}
	return nil
}

// longName finds the option that name is or abbreviates.
func longName(name string) (string, error) {
	found := ""
	for full := range strings.FieldsSeq(longNames) {
		switch {
		case strings.EqualFold(full, name):
			return full, nil
		case len(full) < len(name) || !strings.EqualFold(full[:len(name)], name):
		case found != "":
			return "", &Exit{exSoftware, fmt.Sprintf("readcf: ambiguous option name %s (matches %s and %s)",
				printable(name), found, full)}
		default:
			found = full
		}
	}
	if found == "" {
		return "", &Exit{exSoftware, "readcf: unknown option name " + printable(name)}
	}
	return found, nil
}

// isTrue reads a boolean as sendmail does: nothing, T, t, Y and y are true.
func isTrue(v string) bool { return v == "" || strings.IndexByte("TtYy", v[0]) >= 0 }

// setDelivery reads a delivery mode. Background delivery is the MTA's business, so b is i here.
func (c *call) setDelivery(v string) error {
	mode := byte('b')
	if v != "" {
		mode = v[0]
	}
	if strings.IndexByte("bidq", mode) < 0 {
		return usage("Unknown delivery mode %s", printable(string(rune(mode))))
	}
	c.delivery = mode
	return nil
}

// setErrorMode reads -e and -oe. What it does not know changes nothing, as in sendmail.
func (c *call) setErrorMode(v string) {
	if v != "" && strings.IndexByte("pqmwe", v[0]) >= 0 {
		c.errors = v[0]
	}
}

// badUnit finds what is no time unit in an interval such as "1h30m"; "" when all is well.
func badUnit(v string) string {
	for i := range len(v) {
		if b := v[i]; (b < '0' || b > '9') && strings.IndexByte("smhdw", b) < 0 {
			return fmt.Sprintf("Invalid time unit `%s'", printable(string(rune(b))))
		}
	}
	return ""
}

// checkTimes reads "return/warn". sendmail sets both timeouts from one value and complains for each.
func checkTimes(v string) error {
	back, warn, two := strings.Cut(v, "/")
	if !two {
		warn = back
	}
	text := badUnit(back)
	if w := badUnit(warn); w != "" {
		text = strings.TrimPrefix(text+"\n"+w, "\n")
	}
	if text == "" {
		return nil
	}
	return usage("%s", text)
}
