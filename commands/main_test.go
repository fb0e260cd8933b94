package commands_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/stazh/stazh/fixtures/pgtest"
)

// racedChecks is how often a property is checked under the race detector: enough for it to
// see all goroutines meet. What is computed is checked a hundred times by the run without
// it, which `make test` makes as well.
const racedChecks = "25"

func TestMain(m *testing.M) {
	if raced {
		// The command line, which is read later, may say another number.
		if err := flag.Set("rapid.checks", racedChecks); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	pgtest.Main(m)
}
