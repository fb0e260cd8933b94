package ledger

import (
	"bytes"
	"encoding/hex"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// everything has one field of each kind the codec knows.
type everything struct {
	unsigned uint64
	signed   int64
	count    int
	truth    bool
	raw      []byte
	text     string
	id       uuid.UUID
	hash     Hash
	maybeID  uuid.UUID
	maybe    Hash
	sum      money.Amount
	rate     money.Rate
	day      period.Date
	month    period.Month
	list     []inner
}

type inner struct {
	name string
	sums []money.Amount
}

func (e *everything) fields(c *Codec) {
	c.Uint64(&e.unsigned)
	c.Int64(&e.signed)
	c.Int(&e.count)
	c.Bool(&e.truth)
	c.Bytes(&e.raw)
	c.String(&e.text)
	c.UUID(&e.id)
	c.Hash(&e.hash)
	c.OptionalUUID(&e.maybeID)
	c.OptionalHash(&e.maybe)
	c.Amount(&e.sum)
	c.Rate(&e.rate)
	c.Date(&e.day)
	c.Month(&e.month)
	Slice(c, &e.list, func(c *Codec, i *inner) {
		c.String(&i.name)
		Slice(c, &i.sums, (*Codec).Amount)
	})
}

func drawBytes(t *rapid.T, n int, label string) []byte {
	return rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, label)
}

func drawEverything(t *rapid.T) (e everything) {
	e.unsigned = rapid.Uint64().Draw(t, "unsigned")
	e.signed = rapid.Int64().Draw(t, "signed")
	e.count = rapid.Int().Draw(t, "count")
	e.truth = rapid.Bool().Draw(t, "truth")
	e.raw = rapid.SliceOf(rapid.Byte()).Draw(t, "raw")
	e.text = rapid.String().Draw(t, "text")
	copy(e.id[:], drawBytes(t, 16, "id"))
	copy(e.hash[:], drawBytes(t, 32, "hash"))
	if e.truth {
		copy(e.maybeID[:], drawBytes(t, 16, "maybe id"))
		copy(e.maybe[:], drawBytes(t, 32, "maybe hash"))
	}
	e.sum = money.Amount(rapid.Int64().Draw(t, "sum"))
	e.rate = money.Rate(rapid.Int64().Draw(t, "rate"))
	e.day = period.Date(rapid.Int32().Draw(t, "day"))
	e.month = period.Month(rapid.Int32().Draw(t, "month"))
	for range rapid.IntRange(0, 3).Draw(t, "items") {
		i := inner{name: rapid.String().Draw(t, "name")}
		for range rapid.IntRange(0, 3).Draw(t, "sums") {
			i.sums = append(i.sums, money.Amount(rapid.Int64().Draw(t, "item sum")))
		}
		e.list = append(e.list, i)
	}
	return e
}

func encodeEverything(e everything) []byte {
	c := NewEncoder(nil)
	e.fields(c)
	return c.Encoded()
}

func decodeEverything(b []byte) (e everything, err error) {
	c := NewDecoder(b)
	e.fields(c)
	return e, c.Finish()
}

func TestCodecRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := drawEverything(t)
		b := encodeEverything(e)
		got, err := decodeEverything(b)
		require.NoError(t, err)
		if len(e.raw) == 0 {
			e.raw, got.raw = nil, nil
		}
		require.Equal(t, e, got)
	})
}

// Bytes that differ anywhere are refused or mean something else: every accepted text of
// bytes is the one encoding of what it decodes to.
func TestCodecIsCanonical(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := encodeEverything(drawEverything(t))
		at := rapid.IntRange(0, len(b)-1).Draw(t, "at")
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			b[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "mask"))
		case 1:
			b = append(b[:at], b[at+1:]...)
		default:
			b = append(b[:at:at], append([]byte{rapid.Byte().Draw(t, "new")}, b[at:]...)...)
		}
		if e, err := decodeEverything(b); err == nil {
			require.Equal(t, b, encodeEverything(e))
		}
	})
}

func TestCodecRefuses(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		bytes string
		read  func(*Codec)
		want  error
	}{
		{"nothing", "", func(c *Codec) { c.Uint64(new(uint64)) }, ErrCorrupt},
		{"longer form of 1", "8100", func(c *Codec) { c.Uint64(new(uint64)) }, ErrCorrupt},
		{"beyond 64 bits", "ffffffffffffffffff02",
			func(c *Codec) { c.Uint64(new(uint64)) }, ErrCorrupt},
		{"truth 2", "02", func(c *Codec) { c.Bool(new(bool)) }, ErrCorrupt},
		{"text cut", "0561", func(c *Codec) { c.String(new(string)) }, ErrCorrupt},
		{"text not UTF-8", "01ff", func(c *Codec) { c.String(new(string)) }, ErrCorrupt},
		{"huge text", "ffffffffffffffffff01", func(c *Codec) { c.String(new(string)) }, ErrCorrupt},
		{"huge bytes", "ffffffffffffffffff01", func(c *Codec) { c.Bytes(new([]byte)) }, ErrCorrupt},
		{"huge list", "ffffffffffffffffff01",
			func(c *Codec) { Slice(c, new([]string), (*Codec).String) }, ErrCorrupt},
		{"list cut", "020161", func(c *Codec) { Slice(c, new([]string), (*Codec).String) },
			ErrCorrupt},
		{"uuid cut", "0102", func(c *Codec) { c.UUID(new(uuid.UUID)) }, ErrCorrupt},
		{"null id as present", "0100000000000000000000000000000000",
			func(c *Codec) { c.OptionalUUID(new(uuid.UUID)) }, ErrCorrupt},
		{"date beyond 32 bits", "8080808020", func(c *Codec) { c.Date(new(period.Date)) }, ErrCorrupt},
		{"left over", "0100", func(c *Codec) { c.Uint64(new(uint64)) }, ErrUnknownType},
	}
	for _, c := range cases {
		b, err := hex.DecodeString(c.bytes)
		require.NoError(t, err)
		d := NewDecoder(b)
		require.True(t, d.Decoding())
		c.read(d)
		require.ErrorIs(t, d.Finish(), c.want, c.name)
	}
}

func drawEvent(t *rapid.T) NewEvent {
	text := func(label string) string { return rapid.StringN(0, 20, 60).Draw(t, label) }
	e := NewEvent{Type: text("type"), Payload: rapid.SliceOf(rapid.Byte()).Draw(t, "payload")}
	copy(e.ID[:], drawBytes(t, 16, "id"))
	e.Meta = Meta{
		EffectiveFrom: period.Month(rapid.Int32().Draw(t, "from")),
		EffectiveTo:   period.Month(rapid.Int32().Draw(t, "to")),
		Actor:         Actor{Subject: text("subject"), Role: text("role"), Office: text("office")},
		Ground:        text("ground"),
		RulePack:      text("rules"),
	}
	if rapid.Bool().Draw(t, "optional") {
		copy(e.Meta.Correlation[:], drawBytes(t, 16, "correlation"))
		copy(e.Meta.Causation[:], drawBytes(t, 16, "causation"))
		copy(e.Meta.Source[:], drawBytes(t, 32, "source"))
	}
	return e
}

func TestRecordRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvent(t)
		at := time.UnixMicro(rapid.Int64Range(math.MinInt32, math.MaxInt32).Draw(t, "at")*1e6 + 7).UTC()
		s := PersonStream(uuid.New())
		sealed := Seal(s, 3, 4, at, Hash{1}, e)
		x, k := NewContext(e.Meta), NewKind(e.Type)
		own, head := SealInto([]byte("before"), x, k, s, 3, at, Hash{1}, &e)
		require.Equal(t, sealed.Head, head)
		record := slices.Concat(x.Stored(), k.Stored(), own[len("before"):])
		require.Equal(t, sealed.Record(), record)
		require.Equal(t, HashRecord(record), sealed.Hash())
		stored, err := ParseContext(x.Stored())
		require.NoError(t, err)
		require.Equal(t, x, stored)
		opened, err := Open(s, 3, 4, record, sealed.Head)
		require.NoError(t, err)
		parts := Event{Stream: s, Revision: 3, Position: 4, Head: head}
		require.NoError(t, parts.Complete(stored, k, own[len("before"):]))
		if len(e.Payload) == 0 {
			sealed.Payload, opened.Payload, parts.Payload = nil, nil, nil
		}
		require.Equal(t, sealed, opened)
		require.Equal(t, sealed, parts)
	})
}

func TestRecordVersions(t *testing.T) {
	t.Parallel()
	open := func(record []byte) error {
		_, err := Open(Law, 0, 1, record, Hash{})
		return err
	}
	require.ErrorIs(t, open(nil), ErrCorrupt)
	require.ErrorIs(t, open([]byte{2}), ErrUnknownType)
	sealed := Seal(Law, 0, 1, time.Unix(0, 0), Hash{}, NewEvent{Type: "a"})
	record := sealed.Record()
	require.ErrorIs(t, open(append(bytes.Clone(record), 0)), ErrUnknownType)
	for n := range record {
		err := open(record[:n])
		require.Error(t, err, "cut after %d bytes", n)
	}
}

func FuzzDecodeRecord(f *testing.F) {
	full := NewEvent{
		ID: uuid.New(), Type: "report.accepted.v1", Payload: []byte("payload"),
		Meta: Meta{
			EffectiveFrom: period.MustMonth("2026-01"), Actor: Actor{"a", "b", "c"},
			Ground: "закон", Correlation: uuid.New(), Source: Hash{9}, RulePack: "1",
		},
	}
	for _, e := range []Event{
		Seal(Law, 0, 1, time.Unix(1, 5000), Hash{}, full),
		Seal(Law, 0, 1, time.Unix(-1, 0), Hash{}, NewEvent{}),
	} {
		f.Add(e.Record())
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := Open(Law, 0, 1, b, Hash{})
		if err != nil {
			return
		}
		again := Seal(Law, 0, 1, e.RecordedAt, Hash{}, e.NewEvent)
		require.Equal(t, b, again.Record(), "only the canonical form is accepted")
		require.Equal(t, b, e.Record())
	})
}

func BenchmarkSeal(b *testing.B) {
	e := NewEvent{ID: uuid.New(), Type: "report.accepted.v1", Payload: make([]byte, 200)}
	s, at := PersonStream(uuid.New()), time.Unix(1_700_000_000, 0)
	x, k := NewContext(e.Meta), NewKind(e.Type)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = SealInto(buf[:0], x, k, s, 3, at, Hash{1}, &e)
	}
}

func BenchmarkOpen(b *testing.B) {
	e := NewEvent{ID: uuid.New(), Type: "report.accepted.v1", Payload: make([]byte, 200)}
	sealed := Seal(PersonStream(uuid.New()), 3, 4, time.Unix(1_700_000_000, 0), Hash{1}, e)
	record := sealed.Record()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Open(sealed.Stream, 3, 4, record, sealed.Head); err != nil {
			b.Fatal(err)
		}
	}
}
