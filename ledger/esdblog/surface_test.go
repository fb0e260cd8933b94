package esdblog_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/esdblog"
)

const client = "github.com/EventStore/EventStore-Client-Go/v4"

// forbidden are the names of the client with which something could be deleted, truncated,
// hidden or written without an expected revision, and the helper that misreads errors.
var forbidden = map[string]bool{"DeleteStream": true, "TombstoneStream": true,
	"SetStreamMetadata": true, "StreamMetadata": true, "Any": true, "StreamExists": true,
	"FromError": true, "NewProjectionClient": true, "CreatePersistentSubscription": true}

// Only this package speaks to the client, it uses none of the forbidden names, and it hands
// no client out.
func TestNothingCanBeDeletedThroughThisPackage(t *testing.T) {
	t.Parallel()
	files, err := parser.ParseDir(token.NewFileSet(), ".", nil, 0) //nolint:staticcheck // one package
	require.NoError(t, err)
	used := 0
	for _, f := range files["esdblog"].Files {
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				used++
				require.False(t, forbidden[s.Sel.Name], s.Sel.Name)
			}
			return true
		})
	}
	require.Greater(t, used, 100)

	cmd := exec.CommandContext(t.Context(), "go", "list", "-f",
		`{{.ImportPath}} {{join .Imports " "}}`, "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	require.NoError(t, err)
	for line := range strings.Lines(string(out)) {
		name, imports, _ := strings.Cut(line, " ")
		if strings.Contains(imports, client) {
			require.Contains(t, name, "ledger/esdblog")
		}
	}

	var methods []string
	for m := range reflect.TypeFor[*esdblog.Log]().Methods() {
		methods = append(methods, m.Name)
	}
	require.Equal(t, []string{"Append", "Close", "Examine", "Guarantees", "Head", "Import",
		"ReadAfter", "ReadAll", "ReadStreams", "RecordedAt", "Wait"}, methods)
}
