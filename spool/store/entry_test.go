package store

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestAnEntryIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		octets := rapid.SliceOfN(rapid.Byte(), 0, 300)
		r := &row{
			queueID: rapid.String().Draw(t, "queue id"), envelope: octets.Draw(t, "envelope"), transcript: octets.Draw(t, "transcript"),
			added: octets.Draw(t, "added"), bytes: octets.Draw(t, "bytes"),
			rcpt: rapid.SliceOf(rapid.Custom(func(t *rapid.T) rcpt {
				return rcpt{rapid.String().Draw(t, "address"), rapid.String().Draw(t, "state")}
			})).Draw(t, "rcpt"),
		}
		id := rapid.Int64Min(1).Draw(t, "id")
		e := r.encode(nil, 7)
		e.number(id, 7)
		b := append(slices.Clone(e.head), e.bytes...)
		got, gotID, err := decode(append(b, "more"...), 7)
		if err != nil {
			t.Fatal(err)
		}
		if gotID != id || got.queueID != r.queueID || !bytes.Equal(got.envelope, r.envelope) || !bytes.Equal(got.transcript, r.transcript) ||
			!bytes.Equal(got.added, r.added) || !bytes.Equal(got.bytes, r.bytes) || !slices.Equal(got.rcpt, r.rcpt) || got.size != int64(len(r.bytes)) {
			t.Errorf("%+v, want %+v", got, r)
		}
		if _, _, err := decode(b, 8); err == nil {
			t.Error("read with the seed of another store")
		}
		b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] ^= 1
		if _, _, err := decode(b, 7); err == nil {
			t.Error("a flipped bit goes unnoticed")
		}
	})
}

func FuzzScan(f *testing.F) {
	e := plainRow(0, "5BM3rA0001").encode(nil, 0)
	e.number(1, 0)
	whole := append(slices.Clone(e.head), e.bytes...)
	f.Add(whole)
	f.Add(slices.Concat(whole, whole[:10], whole))
	f.Add(slices.Concat([]byte("PRj1PRj1"), whole, make([]byte, 100)))
	f.Fuzz(func(t *testing.T, b []byte) {
		at := int64(-1)
		_, err := scan(bytes.NewReader(b), int64(len(b)), 0, 0, func(r *row, e ref) {
			if e.id <= 0 || e.at <= at || e.at+int64(e.size) > int64(len(b)) || len(r.bytes) > e.size {
				t.Errorf("%+v", e)
			}
			at = e.at
		})
		if err != nil {
			t.Error(err)
		}
	})
}
