package event_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

// noteV1 to noteV3 are three versions of an event type that only this test knows.
type noteV1 struct {
	Text string `json:"text"`
}

func (*noteV1) EventType() string        { return "test.note.v1" }
func (n *noteV1) Fields(c *ledger.Codec) { c.String(&n.Text) }
func (*noteV2) EventType() string        { return "test.note.v2" }
func (n *noteV2) Fields(c *ledger.Codec) { c.String(&n.Text); c.Int(&n.Length) }
func (*noteV3) EventType() string        { return "test.note.v3" }
func (n *noteV3) Fields(c *ledger.Codec) { c.String(&n.Upper); c.Int(&n.Length) }

type noteV2 struct {
	Text   string
	Length int
}

type noteV3 struct {
	Upper  string
	Length int
}

// TestUpcastersBringOldFactsToTheNewestVersion must not be parallel.
func TestUpcastersBringOldFactsToTheNewestVersion(t *testing.T) {
	old := recorded(&noteV1{Text: "note"})
	middle := recorded(&noteV2{Text: "note", Length: 40})
	stored := string(old.Payload)

	t.Run("published", func(t *testing.T) {
		event.PublishForTest(t, []func() event.Payload{
			func() event.Payload { return new(noteV1) },
			func() event.Payload { return new(noteV2) },
			func() event.Payload { return new(noteV3) },
		}, map[string]func(event.Payload) event.Payload{
			"test.note.v1": func(p event.Payload) event.Payload {
				v1 := p.(*noteV1)
				return &noteV2{Text: v1.Text, Length: len(v1.Text)}
			},
			"test.note.v2": func(p event.Payload) event.Payload {
				v2 := p.(*noteV2)
				return &noteV3{Upper: strings.ToUpper(v2.Text), Length: v2.Length}
			},
		})
		require.Contains(t, event.Types(), "test.note.v2")

		p, err := event.Decode(old)
		require.NoError(t, err)
		require.Equal(t, &noteV3{Upper: "NOTE", Length: 4}, p)
		p, err = event.Decode(middle)
		require.NoError(t, err)
		require.Equal(t, &noteV3{Upper: "NOTE", Length: 40}, p)
		p, err = event.Decode(recorded(&noteV3{Upper: "new", Length: 1}))
		require.NoError(t, err)
		require.Equal(t, &noteV3{Upper: "new", Length: 1}, p)

		text, err := event.JSON(old)
		require.NoError(t, err)
		require.JSONEq(t, `{"text":"note"}`, string(text), "as it is stored")
		require.Equal(t, stored, string(old.Payload))

		old.Payload = append(old.Payload, 0)
		_, err = event.Decode(old)
		require.ErrorIs(t, err, ledger.ErrUnknownType, "checked before it is upcast")
	})
	_, err := event.Decode(middle)
	require.ErrorIs(t, err, ledger.ErrUnknownType, "nothing is left behind")
	require.Len(t, event.Types(), len(samples()))
}
