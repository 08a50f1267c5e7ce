package smtpd

// chunking is RFC 3030 §2: the BDAT verb, in bdat.go.
func chunking() extension { return extension{keyword: "CHUNKING"} }

// binaryMIME is RFC 3030 §3: BODY=BINARYMIME, a text of any octets, which only BDAT can carry. setBody reads it.
func binaryMIME() extension { return extension{keyword: "BINARYMIME"} }
