package main

import (
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The table of settings in the documentation has what `stazh config explain` lists, in its
// order, and the variable that only the start of Postgres reads.
func TestSettingsOfTheDocumentation(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	row := regexp.MustCompile("(?m)^\\| `(STAZH_[A-Z_]+)` \\| (`--[a-z-]+`|–) \\|")
	var documented [][2]string
	for _, cells := range row.FindAllStringSubmatch(string(page), -1) {
		documented = append(documented, [2]string{cells[1], strings.Trim(cells[2], "`")})
	}

	var cli grammar
	parser, err := newParser(&cli, io.Discard, io.Discard)
	require.NoError(t, err)
	a := &app{globals: &cli.globals, grammar: parser}
	var want [][2]string
	for _, s := range a.settingsInForce() {
		want = append(want, [2]string{s.Environment, "--" + s.Name})
	}
	require.NotEmpty(t, want)
	want = append(want, [2]string{"STAZH_PG_BIN", "–"})
	require.ElementsMatch(t, want, documented)
}
