package rewrite

import "testing"

// BenchmarkHeader is what a message costs whose sender is in the genericstable.
func BenchmarkHeader(b *testing.B) {
	r := worlds[1].rewriter(b)
	text := []byte("Received: from x\r\n\tby y\r\nFrom: Shop <apache@MagentoWebServer>\r\nTo: Ada <ada@example.net>, bob@example.net\r\nSubject: order\r\n" +
		"Date: Mon, 23 Nov 2026 00:00:00 +0000\r\nMessage-Id: <1@x>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		changes, _, err := r.Header(text, false, false)
		if err != nil || len(changes) != 1 {
			b.Fatal(changes, err)
		}
	}
}
