package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// chain makes a stream of n sealed events.
func chain(s StreamID, n int) []Event {
	events := make([]Event, n)
	var head Hash
	for i := range events {
		events[i] = Seal(s, Revision(i), Position(i+10), time.Unix(int64(i), 0), head,
			NewEvent{ID: uuid.New(), Type: "a.v1", Payload: []byte{byte(i)}})
		head = events[i].Head
	}
	return events
}

func check(events []Event) error {
	var v Verifier
	for i := range events {
		if err := v.Check(&events[i]); err != nil {
			return err
		}
	}
	return nil
}

// The formulas of the format, written out once more without the code they check.
func TestHashesByTheFormula(t *testing.T) {
	t.Parallel()
	events := chain("payer-100000001", 2)
	var previous [32]byte
	for i, e := range events {
		event := sha256.Sum256(append([]byte("stazh/event/v1\x00"), e.Record()...))
		require.Equal(t, Hash(event), e.Hash())
		name := sha256.Sum256([]byte("payer-100000001"))
		text := append([]byte("stazh/stream/v1"), name[:]...)
		text = binary.BigEndian.AppendUint64(text, uint64(i))
		text = append(append(text, previous[:]...), event[:]...)
		previous = sha256.Sum256(text)
		require.Equal(t, Hash(previous), e.Head)
	}
}

// The page that tells how to compute a chain oneself has the tags of today.
func TestTagsOfTheDocumentation(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/operations.md")
	require.NoError(t, err)
	for _, tag := range []string{eventDomain, streamDomain} {
		quoted := `"` + strings.ReplaceAll(tag, "\x00", `\0`) + `"`
		require.Contains(t, string(page), "= SHA-256("+quoted+" ‖")
		require.Contains(t, string(page), "sha(b"+quoted+",")
	}
}

func TestVerifierDetects(t *testing.T) {
	t.Parallel()
	s := PersonStream(uuid.New())
	require.NoError(t, check(chain(s, 20)))
	rapid.Check(t, func(t *rapid.T) {
		events := chain(s, 20)
		i := rapid.IntRange(0, 19).Draw(t, "i")
		switch rapid.SampledFrom([]string{"byte", "head", "drop", "swap", "repeat", "other"}).
			Draw(t, "kind") {
		case "byte":
			parts := [][]byte{events[i].context.stored, events[i].kind.stored, events[i].own}
			part := rapid.SampledFrom(parts).Draw(t, "part")
			at := rapid.IntRange(0, len(part)-1).Draw(t, "at")
			part[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "mask"))
		case "head":
			events[i].Head[rapid.IntRange(0, 31).Draw(t, "at")] ^= 1
		case "drop":
			if i == 19 {
				return // a shorter chain is a chain; the length is known elsewhere
			}
			events = append(events[:i], events[i+1:]...)
		case "swap":
			j := (i + rapid.IntRange(1, 19).Draw(t, "distance")) % 20
			events[i], events[j] = events[j], events[i]
		case "repeat":
			events = append(events[:i+1], events[i:]...)
		case "other":
			events[i] = chain(PersonStream(uuid.New()), 20)[i]
		}
		require.ErrorIs(t, check(events), ErrCorrupt)
	})
	renumbered := chain(s, 3)[1:]
	for i := range renumbered {
		renumbered[i].Revision = Revision(i)
	}
	require.ErrorIs(t, check(renumbered), ErrCorrupt)
}

// A log need not keep all heads: those between are made, and proved by the next one.
func TestVerifierMakesHeads(t *testing.T) {
	t.Parallel()
	s := PersonStream(uuid.New())
	want, events := chain(s, 20), chain(s, 20)
	copy(events, want)
	for i := range 19 {
		events[i].Head = Hash{}
	}
	require.NoError(t, check(events))
	require.Equal(t, want, events)
	events[5].Head, events[5].own[3] = Hash{}, events[5].own[3]^1
	require.ErrorIs(t, check(events), ErrCorrupt)
	events[6].Head = Hash{}
	events = events[:7]
	require.NoError(t, check(events), "nothing kept, nothing proved")
}

func TestHashText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var h Hash
		copy(h[:], drawBytes(t, 32, "hash"))
		b, err := json.Marshal(h)
		require.NoError(t, err)
		var back Hash
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, h, back)
	})
	require.Empty(t, Hash{}.String())
	for _, bad := range []string{
		"1", strings.Repeat("a", 63), strings.Repeat("a", 65), strings.Repeat("a", 66),
		strings.Repeat("a", 1000), strings.Repeat("g", 64),
	} {
		_, err := ParseHash(bad)
		require.Error(t, err, bad)
	}
}

func TestStreamNames(t *testing.T) {
	t.Parallel()
	id := uuid.New()
	got, ok := PersonStream(id).Person()
	require.True(t, ok)
	require.Equal(t, id, got)
	unp, ok := PayerStream("100000001").Payer()
	require.True(t, ok)
	require.Equal(t, "100000001", unp)
	for _, good := range []StreamID{Law, PersonStream(id), "payer-100000001", "payer-AB0000001"} {
		require.True(t, good.Valid(), good)
	}
	upper := StreamID("person-" + strings.ToUpper(id.String()))
	bare := StreamID("person-" + strings.ReplaceAll(id.String(), "-", ""))
	for _, bad := range []StreamID{
		"", "law ", "Law", "person-", "payer-", "payer-10000000", "payer-1000000011",
		"payer-10000000я", "payer-ab0000001", "office-1", upper, bare,
		StreamID("person-{" + id.String() + "}"), StreamID("person-urn:uuid:" + id.String()),
	} {
		require.False(t, bad.Valid(), bad)
	}
}

func TestDeterministicID(t *testing.T) {
	t.Parallel()
	require.Equal(t, DeterministicID("a", 1), DeterministicID("a", 1))
	require.NotEqual(t, DeterministicID("a", 1), DeterministicID("a", 2))
	require.NotEqual(t, DeterministicID("ab", "c"), DeterministicID("a", "bc"))
	require.NotEqual(t, DeterministicID("a"), DeterministicID("a", ""))
	require.EqualValues(t, 5, DeterministicID("a").Version())
}

func TestLimits(t *testing.T) {
	t.Parallel()
	event := func(size int) NewEvent {
		return NewEvent{ID: uuid.New(), Type: "a", Payload: make([]byte, size)}
	}
	limits := Limits{Events: 2, Bytes: 100}
	for _, c := range []struct {
		events []NewEvent
		want   error
	}{
		{[]NewEvent{event(49), event(49)}, nil},
		{[]NewEvent{event(49), event(50)}, ErrTooLarge},
		{[]NewEvent{event(0), event(0), event(0)}, ErrTooLarge},
		{[]NewEvent{event(0), {Type: "a"}}, ErrInvalid},
	} {
		n, bytes, err := limits.Check([]StreamAppend{{Stream: Law, Expected: NoStream, Events: c.events}})
		require.ErrorIs(t, err, c.want)
		require.Equal(t, len(c.events), n)
		require.GreaterOrEqual(t, bytes, n)
	}
}

// The hash is one of the domain tag and the record, whatever the lengths of its parts.
func TestHashOfPartsIsThatOfTheRecord(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 100, 300, 400, 512, 513, 5_000} {
		e := NewEvent{Type: "test.v1", Payload: bytes.Repeat([]byte{7}, n)}
		sealed := Seal("law", 0, 1, time.Unix(0, 0), Hash{}, e)
		record := sealed.Record()
		want := sha256.Sum256(append([]byte("stazh/event/v1\x00"), record...))
		require.Equal(t, Hash(want), sealed.Hash())
		require.Equal(t, Hash(want), HashRecord(record))
	}
}
