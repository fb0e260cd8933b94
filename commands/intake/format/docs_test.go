package format_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/format"
)

// Every example of the documentation is a file that is read without a fault.
func TestExamplesOfTheDocumentation(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../../docs/formats.md")
	require.NoError(t, err)
	kinds := map[string]format.Kind{
		"text-pack": format.TextPack, "csv": format.CSV, "json": format.JSON, "ndjson": format.NDJSON,
	}
	examples := 0
	for _, block := range bytes.Split(b, []byte("\n```"))[1:] {
		name, body, _ := bytes.Cut(block, []byte("\n"))
		kind, ok := kinds[string(name)]
		if !ok {
			continue
		}
		examples++
		got := read(t, body)
		require.Equal(t, kind, got.file.Format)
		require.Empty(t, got.faults, "%s", body)
		require.NotEmpty(t, got.docs)
		for _, d := range got.docs {
			require.Empty(t, d.Faults, "%s", body)
			require.Empty(t, d.Unread, "%s", body)
		}
	}
	require.Equal(t, 8, examples)
}
