package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/stazh/stazh"

// layers is the table of docs/architecture.md: which packages of this module a package
// may import. A name with "/..." stands for the package and all below it. The first row
// that fits a package counts; a package without a row is a fault.
var layers = []struct {
	pkg string
	may string // separated by spaces
}{
	{pkg: "ledger", may: "ledger/money ledger/period"},
	{pkg: "ledger/money"},
	{pkg: "ledger/period"},
	{pkg: "ledger/seal", may: "ledger"},
	{pkg: "ledger/event", may: "ledger ledger/seal ledger/money ledger/period"},
	{pkg: "ledger/account",
		may: "ledger ledger/event ledger/seal ledger/rules ledger/money ledger/period"},
	{pkg: "ledger/contribution",
		may: "ledger/event ledger/account ledger/rules ledger/money ledger/period"},
	{pkg: "ledger/coverage", may: "ledger ledger/event ledger/account ledger/obligation " +
		"ledger/rules ledger/money ledger/period"},
	{pkg: "ledger/effect", may: "ledger ledger/event ledger/account ledger/contribution " +
		"ledger/coverage ledger/entitlement ledger/settlement ledger/rules ledger/money " +
		"ledger/period"},
	{pkg: "ledger/reconciliation", may: "ledger ledger/event ledger/account " +
		"ledger/settlement ledger/money ledger/period"},
	{pkg: "ledger/obligation", may: "ledger ledger/event ledger/account ledger/money " +
		"ledger/period"},
	{pkg: "ledger/entitlement", may: "ledger ledger/event ledger/account ledger/coverage " +
		"ledger/occupational " +
		"ledger/rules ledger/money ledger/period"},
	{pkg: "ledger/occupational",
		may: "ledger ledger/event ledger/account ledger/rules ledger/money ledger/period"},
	{pkg: "ledger/settlement",
		may: "ledger ledger/event ledger/account ledger/rules ledger/money ledger/period"},
	{pkg: "ledger/rules", may: "ledger/money ledger/period"},
	{pkg: "ledger/pglog", may: "ledger ledger/period ledger/pglog/segment"},
	{pkg: "ledger/pglog/segment", may: "ledger"},
	{pkg: "ledger/pglog/floor"},
	{pkg: "ledger/esdblog", may: "ledger"},
	{pkg: "ledger/esdblog/standin"},
	{pkg: "ledger/logcopy", may: "ledger"},
	{pkg: "ledger/memlog", may: "ledger ledger/period"},
	{pkg: "ledger/logtest", may: "ledger ledger/period"},
	{pkg: "ledger/pgvault", may: "ledger ledger/seal ledger/gather ledger/recent"},
	{pkg: "ledger/gather"},
	{pkg: "ledger/recent"},
	{pkg: "ledger/pgrun", may: "ledger/pgrun/tether"},
	{pkg: "ledger/pgrun/tether"},

	{pkg: "commands", may: "commands/intake/... ledger ledger/event ledger/account " +
		"ledger/obligation ledger/reconciliation ledger/settlement ledger/coverage " +
		"ledger/effect ledger/entitlement ledger/occupational ledger/rules ledger/seal " +
		"ledger/gather ledger/recent ledger/money ledger/period"},
	{pkg: "commands/intake/document", may: "ledger/event ledger/money ledger/period"},
	{pkg: "commands/intake/format",
		may: "commands/intake/document ledger/event ledger/money ledger/period"},
	{pkg: "commands/intake/control", may: "commands/intake/document ledger ledger/event " +
		"ledger/account ledger/obligation ledger/reconciliation ledger/rules ledger/money " +
		"ledger/period"},

	{pkg: "projections/projectiontest", may: "projections ledger ledger/event ledger/account " +
		"ledger/memlog ledger/seal ledger/money ledger/period"},
	{pkg: "projections/...", may: "projections/... ledger ledger/event ledger/account " +
		"ledger/obligation ledger/reconciliation ledger/contribution ledger/coverage " +
		"ledger/settlement ledger/seal ledger/rules ledger/gather ledger/money ledger/period"},

	{pkg: "api/auth", may: "ledger"},
	{pkg: "api/service", may: "api/auth commands/... projections/... ledger ledger/event " +
		"ledger/account ledger/obligation ledger/reconciliation ledger/coverage " +
		"ledger/effect ledger/entitlement ledger/occupational ledger/settlement ledger/seal " +
		"ledger/rules ledger/money ledger/period"},
	{pkg: "api/node", may: "commands/... projections/... ledger/... fixtures/law"},
	{pkg: "api", may: "api/auth api/service commands commands/intake/control " +
		"commands/intake/document projections/... ledger ledger/event ledger/account " +
		"ledger/obligation ledger/reconciliation ledger/occupational ledger/coverage " +
		"ledger/settlement ledger/rules ledger/money ledger/period"},

	{pkg: "fixtures/...", may: "fixtures/... ledger/... commands/..."},
	{pkg: "cmd/...", may: "cmd/... api/... commands/... projections/... fixtures/... ledger/..."},
}

// listed is what `go list` says of a package.
type listed struct {
	ImportPath string
	Imports    []string
}

func TestImportsFollowTheTable(t *testing.T) {
	t.Parallel()
	packages := listPackages(t)
	require.Greater(t, len(packages), 20)
	for _, p := range packages {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		row := rowOf(name)
		if row < 0 {
			t.Errorf("package %s is not in the table: add it there and to "+
				"docs/architecture.md", name)
			continue
		}
		for _, imported := range p.Imports {
			local, ok := strings.CutPrefix(imported, module+"/")
			if ok && !allowed(layers[row].may, local) {
				t.Errorf("package %s may not import %s", name, local)
			}
		}
	}
}

func TestImportTableRefusesWhatIsNotInIt(t *testing.T) {
	t.Parallel()
	require.Negative(t, rowOf("ledger/util"))
	require.False(t, allowed(layers[rowOf("projections/balance")].may, "ledger/pglog"))
	require.False(t, allowed(layers[rowOf("commands")].may, "projections"))
	require.False(t, allowed(layers[rowOf("ledger")].may, "ledger/event"))
	require.True(t, allowed(layers[rowOf("projections/balance")].may, "projections"))
	require.True(t, allowed(layers[rowOf("cmd/stazh")].may, "ledger/pgrun"))
}

// rowOf gives the row of a package, -1 when there is none.
func rowOf(name string) int {
	for i, row := range layers {
		if fits(row.pkg, name) {
			return i
		}
	}
	return -1
}

func allowed(may, name string) bool {
	for pattern := range strings.FieldsSeq(may) {
		if fits(pattern, name) {
			return true
		}
	}
	return false
}

func fits(pattern, name string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return name == base || strings.HasPrefix(name, base+"/")
	}
	return name == pattern
}

// listPackages asks the go command, which builds nothing for it.
func listPackages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Imports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	require.NoError(t, err)
	var packages []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		require.NoError(t, err)
		packages = append(packages, p)
	}
}
