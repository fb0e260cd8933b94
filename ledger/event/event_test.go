package event_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

// A published type never changes, so -update is for new types only: a golden file that it
// changes is a broken promise to every ledger that holds such events.
var update = flag.Bool("update", false, "write the golden files of the event types")

func recorded(p event.Payload) ledger.Event {
	return ledger.Event{NewEvent: event.New(uuid.UUID{}, ledger.Meta{}, p)}
}

// empty makes a payload of the same type with nothing in it.
func empty(p event.Payload) event.Payload {
	return reflect.New(reflect.TypeOf(p).Elem()).Interface().(event.Payload)
}

func TestGoldenForms(t *testing.T) {
	t.Parallel()
	for _, p := range samples() {
		text, err := event.JSON(recorded(p))
		require.NoError(t, err)
		var indented bytes.Buffer
		require.NoError(t, json.Indent(&indented, text, "", "  "))
		indented.WriteByte('\n')
		golden(t, p.EventType()+".json", indented.String())
		golden(t, p.EventType()+".hex", hexLines(event.Encode(p)))
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "a new event type needs golden files: run the test with -update")
	require.Equal(t, string(want), got, name)
}

func hexLines(b []byte) string {
	var text strings.Builder
	for line := range slices.Chunk(b, 32) {
		text.WriteString(hex.EncodeToString(line) + "\n")
	}
	return text.String()
}

// TestGoldenFilesDecode reads the committed bytes, not those made a moment ago.
func TestGoldenFilesDecode(t *testing.T) {
	t.Parallel()
	for _, want := range samples() {
		name := want.EventType()
		text, err := os.ReadFile(filepath.Join("testdata", name+".hex"))
		require.NoError(t, err)
		stored, err := hex.DecodeString(strings.ReplaceAll(string(text), "\n", ""))
		require.NoError(t, err)
		got, err := event.Decode(
			ledger.Event{NewEvent: ledger.NewEvent{Type: name, Payload: stored}})
		require.NoError(t, err)
		require.Equal(t, want, got)

		text, err = os.ReadFile(filepath.Join("testdata", name+".json"))
		require.NoError(t, err)
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		back := empty(want)
		require.NoError(t, d.Decode(back), name)
		require.Equal(t, want, back, "JSON shows all of the fact")
	}
}

func TestEveryPublishedTypeHasASampleAndGoldenFiles(t *testing.T) {
	t.Parallel()
	var sampled []string
	for _, p := range samples() {
		require.Regexp(t, `^[a-z_]+\.[a-z_]+\.v[1-9][0-9]*$`, p.EventType())
		sampled = append(sampled, p.EventType())
	}
	require.ElementsMatch(t, event.Types(), sampled)

	files, err := filepath.Glob(filepath.Join("testdata", "*.*"))
	require.NoError(t, err)
	var want []string
	for _, name := range sampled {
		want = append(want, filepath.Join("testdata", name+".json"),
			filepath.Join("testdata", name+".hex"))
	}
	require.ElementsMatch(t, want, files)
}

func TestSamplesUseEveryField(t *testing.T) {
	t.Parallel()
	for _, p := range samples() {
		requireNoZero(t, reflect.ValueOf(p).Elem(), p.EventType())
	}
}

// requireNoZero looks into structs and into the first item of lists.
func requireNoZero(t *testing.T, v reflect.Value, where string) {
	t.Helper()
	require.False(t, v.IsZero(), "%s is zero in the sample", where)
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			requireNoZero(t, v.Field(i), where+"."+v.Type().Field(i).Name)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Struct {
			requireNoZero(t, v.Index(0), where+"[0]")
		}
	}
}

func TestDecodeRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, p := range samples() {
		e := recorded(p)
		stored := e.Payload

		e.Payload = append(slices.Clone(stored), 0)
		_, err := event.Decode(e)
		require.ErrorIs(t, err, ledger.ErrUnknownType, "%s with a field too many", e.Type)
		_, err = event.JSON(e)
		require.ErrorIs(t, err, ledger.ErrUnknownType)

		for n := range stored {
			e.Payload = stored[:n]
			_, err := event.Decode(e)
			require.ErrorIs(t, err, ledger.ErrCorrupt, "%s cut to %d bytes", e.Type, n)
			require.ErrorContains(t, err, e.Type)
		}

		e.Payload = stored
		for _, name := range []string{"", "v1", e.Type + "0", strings.ToUpper(e.Type)} {
			e.Type = name
			_, err := event.Decode(e)
			require.ErrorIs(t, err, ledger.ErrUnknownType, "type %q", name)
			_, err = event.JSON(e)
			require.ErrorIs(t, err, ledger.ErrUnknownType, "type %q", name)
		}
	}
}

func TestNewCarriesTypeIDAndMeta(t *testing.T) {
	t.Parallel()
	p := &event.PayerDeregistered{On: date("2020-06-30"), Cause: "ликвидация"}
	meta := ledger.Meta{Ground: "ground", Correlation: id(4)}
	require.Equal(t, ledger.NewEvent{ID: id(3), Type: "payer.deregistered.v1", Meta: meta,
		Payload: event.Encode(p)}, event.New(id(3), meta, p))
}

func TestClassifierEntryAttribute(t *testing.T) {
	t.Parallel()
	e := event.ClassifierEntry{Attributes: []event.Attribute{{Key: "paid", Value: "no"}}}
	require.Equal(t, "no", e.Attribute("paid"))
	require.Empty(t, e.Attribute("unpaid"))
}

func TestLiabilitySums(t *testing.T) {
	t.Parallel()
	l := &event.LiabilityAssessed{Withheld: 1, Pension: 20, Social: 300, SelfPension: 4000,
		SelfSocial: 50000, Base: 7, Earnings: 7, SelfBase: 7, Ceiling: 7}
	require.EqualValues(t, 4021, l.ForPensions())
	require.EqualValues(t, 50300, l.ForSocial())
	require.EqualValues(t, 54321, l.Total())
}
