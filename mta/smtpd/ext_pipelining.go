package smtpd

// pipelining is RFC 2920. wire keeps its rules, announced or not: replies are
// sent before the next read that would block, and what is left of a block after DATA's text is read as commands.
func pipelining() extension { return extension{keyword: "PIPELINING"} }
