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

// The list of commands in the README has every command, and no other.
func TestCommandsOfTheReadme(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	_, list, found := strings.Cut(string(page), "\n## Commands\n")
	require.True(t, found)
	list, _, found = strings.Cut(list, "All take `--json`")
	require.True(t, found)
	var listed []string
	for _, entry := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(list, -1) {
		command, rest, _ := strings.Cut(strings.TrimPrefix(entry[1], "stazh "), " ")
		if command == "completion" {
			rest = "" // its words are shells
		}
		for _, sub := range strings.Split(rest, "|") {
			listed = append(listed, strings.TrimSpace(command+" "+sub))
		}
	}

	var cli grammar
	parser, err := newParser(&cli, io.Discard, io.Discard)
	require.NoError(t, err)
	var want []string
	for _, leaf := range parser.Model.Leaves(true) {
		want = append(want, strings.TrimPrefix(leaf.FullPath(), "stazh "))
	}
	require.NotEmpty(t, want)
	require.ElementsMatch(t, want, listed)
}
