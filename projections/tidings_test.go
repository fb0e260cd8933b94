package projections

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
)

// What one process says is what the others read.
func TestTidingsReadBackWhatIsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		told := tidings{
			schemas:  rapid.SliceOfN(rapid.StringMatching("[a-z][a-z_0-9]*"), 1, 12).Draw(r, "schemas"),
			position: ledger.Position(rapid.Uint64Max(1<<63-1).Draw(r, "position")),
			replaced: rapid.Bool().Draw(r, "replaced")}
		heard, ok := readTidings(told.String())
		require.True(r, ok, told.String())
		require.Equal(r, told, heard)
	})
}

// Anybody may send on the channel; what is no tidings says nothing.
func TestWhatIsNoTidings(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", ":", "a", "a:", ":5", ",:5", "a,:5", "a:-1", "a:+1", "a: 1",
		"a:1:2", "a:1:old", "a:new", ":new", "a:9223372036854775808", "a:1:new:new"} {
		_, ok := readTidings(text)
		require.False(t, ok, text)
	}
	heard, ok := readTidings("a_v1,b_v2:7") // as the convoy's statement writes it
	require.True(t, ok)
	require.Equal(t, tidings{schemas: []string{"a_v1", "b_v2"}, position: 7}, heard)
}

func FuzzReadTidings(f *testing.F) {
	for _, text := range []string{"", "a_v1:5", "a_v1,b_v2:7:new", ",:1", "a:99999999999999999999"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		heard, ok := readTidings(text)
		if !ok {
			return
		}
		again, ok := readTidings(heard.String())
		require.True(t, ok)
		require.Equal(t, heard, again)
		for _, schema := range heard.schemas {
			require.NotEmpty(t, schema)
			require.True(t, strings.Contains(text, schema))
		}
	})
}
