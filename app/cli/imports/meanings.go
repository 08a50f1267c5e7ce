package imports

// meaning says what it means that something is not supported, or why nothing has to be done for it. name is that of a macro, of what is
// defined, or "FEATURE " and a FEATURE's.
func meaning(name string) (Verdict, string, bool) {
	for _, m := range []struct {
		verdict Verdict
		note    string
		names   []string
	}{
		{Already, "it only speaks of the file itself", []string{"VERSIONID", "include", "LOCAL_CONFIG", "LOCAL_NET_CONFIG", "LOCAL_RULE_0", "LOCAL_RULE_1",
			"LOCAL_RULE_2", "LOCAL_RULE_3", "LOCAL_RULESETS", "MAILER_DEFINITIONS"}},
		{Already, "it names paths of an operating system; Postroom's are in its home", []string{"OSTYPE", "_USE_ETC_MAIL_"}},
		{Unsupported, "what the domain's file says is not read; import that file as a .mc if it matters", []string{"DOMAIN", "HACK", "SITE", "SITECONFIG"}},
		{Already, "AUTH is offered to the users in auth-users, who may relay whatever mechanism they log in with; make them by postroom setup auth-user NAME", []string{"TRUST_AUTH_MECH",
			"confAUTH_MECHANISMS"}},
		{Unsupported, "AUTH has neither options nor realms here", []string{"confAUTH_OPTIONS", "confAUTH_REALM", "confAUTH_MAX_BITS", "confDEF_AUTH_INFO"}},
		{Unsupported, "no STARTTLS is offered, and none is asked for", []string{"confCACERT", "confCACERT_PATH", "confSERVER_CERT", "confSERVER_KEY", "confCLIENT_CERT", "confCLIENT_KEY",
			"confCRL", "confDH_PARAMETERS", "confCIPHER_LIST", "confTLS_SRV_OPTIONS", "confSERVER_SSL_OPTIONS", "confCLIENT_SSL_OPTIONS", "CERT_DIR", "FEATURE tls_session_features", "FEATURE sts"}},
		{Unsupported, "no milter is asked: mail is kept as it arrives", []string{"INPUT_MAIL_FILTER", "MAIL_FILTER", "confINPUT_MAIL_FILTERS", "confMILTER_LOG_LEVEL",
			"confMILTER_MACROS_CONNECT", "confMILTER_MACROS_HELO", "confMILTER_MACROS_ENVFROM", "confMILTER_MACROS_ENVRCPT", "confMILTER_MACROS_EOM", "confMILTER_MACROS_DATA"}},
		{Unsupported, "VRFY, EXPN, ETRN and HELO answer as sendmail does without these flags", []string{"confPRIVACY_FLAGS"}},
		{Unsupported, "senders are neither slowed down nor counted", []string{"confCONNECTION_RATE_THROTTLE", "confCONNECTION_RATE_WINDOW_SIZE", "confBAD_RCPT_THROTTLE",
			"confQUEUE_LA", "confREFUSE_LA", "confDELAY_LA"}},
		{Already, "the numbers that access has behind ClientRate: and ClientConn: count", []string{"FEATURE conncontrol", "FEATURE ratecontrol"}},
		{Unsupported, "the greeting is held back only from clients that access has a GreetPause: for", []string{"FEATURE greet_pause"}},
		{Unsupported, "timeouts are sendmail's defaults", []string{"confTO_CONNECT", "confTO_ICONNECT", "confTO_INITIAL", "confTO_HELO", "confTO_MAIL", "confTO_RCPT", "confTO_DATAINIT",
			"confTO_DATABLOCK", "confTO_DATAFINAL", "confTO_QUIT", "confTO_RSET", "confTO_MISC", "confTO_COMMAND", "confTO_CONTROL", "confTO_IDENT", "confTO_ACONNECT", "confTO_STARTTLS"}},
		{Already, "Postroom runs as you, and so does everything that it does", []string{"confDEF_USER_ID", "confRUN_AS_USER", "confTRUSTED_USER", "confUNSAFE_GROUP_WRITES"}},
		{Already, "Postroom's files are in its home", []string{"QUEUE_DIR", "MSP_QUEUE_DIR", "STATUS_FILE", "HELP_FILE", "confPID_FILE", "confHOST_STATUS_DIRECTORY", "confCONTROL_SOCKET_NAME", "confDEAD_LETTER_DROP", "confSAFE_FILE_ENV"}},
		{Already, "what access says of To: always counts", []string{"FEATURE blocklist_recipients"}},
		{Unsupported, "directories that others may write are refused all the same", []string{"confDONT_BLAME_SENDMAIL"}},
		{Unsupported, "there is no user database; aliases and virtusertable do what it did", []string{"confUSERDB_SPEC"}},
		{Unsupported, "the greeting is sendmail's own", []string{"confSMTP_LOGIN_MSG", "confRECEIVED_HEADER"}},
		{Unsupported, "log/maillog has what sendmail logs by default", []string{"confLOG_LEVEL"}},
		{Unsupported, "mail for names without a domain stays here", []string{"LOCAL_RELAY", "MAIL_HUB", "LUSER_RELAY"}},
		{Unsupported, "there is no UUCP, BITNET or DECnet", []string{"UUCP_RELAY", "BITNET_RELAY", "DECNET_RELAY", "FAX_RELAY", "UUCPSMTP", "FEATURE uucpdomain", "FEATURE bitdomain"}},
		{Already, "there is no UUCP", []string{"FEATURE nouucp"}},
		{Unsupported, "the name is not put together anew: senders are shown as they stand", []string{"confFROM_LINE", "confFROM_HEADER", "confMESSAGEID_HEADER"}},
		{Already, "one port for all: nothing else is listened on", []string{"FEATURE no_default_msa"}},
		{Already, "no DNS is asked about senders", []string{"FEATURE nocanonify", "CANONIFY_DOMAIN", "CANONIFY_DOMAIN_FILE", "confDONT_PROBE_INTERFACES", "FEATURE bestmx_is_local", "FEATURE relay_based_on_MX"}},
		{Already, "local mail goes to mail/USER, as an mbox", []string{"FEATURE local_lmtp", "FEATURE local_procmail"}},
		{Unsupported, "no list of bad hosts is asked: mail from everywhere is shown", []string{"FEATURE dnsbl", "FEATURE enhdnsbl", "FEATURE rhsbl", "FEATURE badmx", "FEATURE mtamark", "FEATURE require_rdns", "FEATURE block_bad_helo"}},
		{Unsupported, "no programs are run", []string{"FEATURE smrsh"}},
		{Unsupported, "domains are not translated; genericstable and virtusertable do it for addresses", []string{"FEATURE domaintable", "FEATURE domainmap"}},
		{Unsupported, "nothing is looked up by LDAP", []string{"FEATURE ldap_routing", "LDAPROUTE_DOMAIN", "LDAPROUTE_DOMAIN_FILE", "LDAPROUTE_EQUIVALENT", "LDAPROUTE_EQUIVALENT_FILE", "confLDAP_CLUSTER", "confLDAP_DEFAULT_SPEC"}},
		{Unsupported, "all mail waits in one queue", []string{"QUEUE_GROUP", "FEATURE queuegroup"}},
		{Unsupported, "user.REDIRECT in aliases is an address like others", []string{"FEATURE redirect"}},
		{Already, "a name with a host stays with its host", []string{"FEATURE notsticky", "FEATURE stickyhost"}},
		{Unsupported, "this is the sendmail.mc of a machine that only sends; import the one of the server", []string{"FEATURE nullclient", "FEATURE msp"}},
		{Unsupported, "addresses for connecting are the machine's own", []string{"CLIENT_OPTIONS"}},
		{Unsupported, "mailers are Postroom's own", []string{"MODIFY_MAILER_FLAGS"}},
		{Unsupported, "+detail goes to the user without it", []string{"FEATURE preserve_local_plus_detail"}},
	} {
		for _, n := range m.names {
			if n == name {
				return m.verdict, m.note, true
			}
		}
	}
	return "", "", false
}
