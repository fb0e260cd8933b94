package format_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/commands/intake/format"
)

// writers are all formats that hold any form; the text pack is apart, as it has no lists
// of payments.
var writers = map[string]func(b *bytes.Buffer, p *document.Pack, d []*document.Document) error{
	"csv": func(b *bytes.Buffer, p *document.Pack, d []*document.Document) error {
		return format.WriteCSV(b, format.CSVDialect{BOM: true}, p, seq(d))
	},
	"csv comma 1251": func(b *bytes.Buffer, p *document.Pack, d []*document.Document) error {
		dialect := format.CSVDialect{Separator: ',', Encoding: format.Windows1251}
		return format.WriteCSV(b, dialect, p, seq(d))
	},
	"csv tab 866": func(b *bytes.Buffer, p *document.Pack, d []*document.Document) error {
		dialect := format.CSVDialect{Separator: '\t', Encoding: format.CP866}
		return format.WriteCSV(b, dialect, p, seq(d))
	},
	"json": func(b *bytes.Buffer, p *document.Pack, d []*document.Document) error {
		return format.WriteJSON(b, p, seq(d))
	},
	"ndjson": func(b *bytes.Buffer, p *document.Pack, d []*document.Document) error {
		return format.WriteNDJSON(b, p, seq(d))
	},
	"xlsx": func(b *bytes.Buffer, p *document.Pack, d []*document.Document) error {
		return format.WriteXLSX(b, p, seq(d))
	},
}

func textWriter(version string, enc format.Encoding) func(
	b *bytes.Buffer, p *document.Pack, d []*document.Document,
) error {
	return func(b *bytes.Buffer, p *document.Pack, d []*document.Document) error {
		return format.WriteText(b, version, enc, p, seq(d))
	}
}

// samples is the same small report in every format.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	files := map[string][]byte{"text": pu3}
	for name, write := range writers {
		var b bytes.Buffer
		require.NoError(t, write(&b, pu3Pack(), []*document.Document{pu3Document()}))
		files[name] = b.Bytes()
	}
	return files
}
