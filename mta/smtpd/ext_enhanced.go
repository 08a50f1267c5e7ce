package smtpd

// enhancedStatusCodes is RFC 2034: the RFC 3463 code stands on each line of a
// reply, but not in those to HELO and EHLO, nor in 220 and 354. session.reply leaves it out where the extension is hidden.
func enhancedStatusCodes() extension { return extension{keyword: "ENHANCEDSTATUSCODES"} }
