package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
)

// The figures of a page stand between two lines that name their part of it.
func reportBegin(part string) string {
	return "<!-- figures of " + part + ": made by stazh-bench -report, do not edit -->"
}

func reportEnd(part string) string { return "<!-- end of figures of " + part + " -->" }

// errNoPlace: the page has no place for figures.
var errNoPlace = errors.New("the page has no lines for figures")

// machineFigure is the name of the figure that holds the facts of the machine.
const machineFigure = "machine"

// writeReport puts the figures of a file of JSON lines, or a text as it is, into a part of
// a page.
func writeReport(page, part, source string) error {
	content, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	block := "```\n" + strings.TrimSpace(string(content)) + "\n```\n"
	if !strings.HasSuffix(source, ".txt") {
		list, err := readLines(bytes.NewReader(content))
		if err != nil {
			return err
		}
		block = markdown(list)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	out, err := insertFigures(string(text), part, block)
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	return os.WriteFile(page, []byte(out), 0o644)
}

// insertFigures replaces what stands between the lines for figures.
func insertFigures(page, part, figures string) (string, error) {
	head, rest, ok := strings.Cut(page, reportBegin(part))
	_, tail, end := strings.Cut(rest, reportEnd(part))
	if !ok || !end {
		return "", fmt.Errorf("%w: %s and %s", errNoPlace, reportBegin(part), reportEnd(part))
	}
	return head + reportBegin(part) + "\n\n" + figures + "\n" + reportEnd(part) + tail, nil
}

// markdown is the table for a page, after the facts of the machine.
func markdown(list []figure) string {
	var b strings.Builder
	for _, f := range list {
		if f.Name == machineFigure {
			fmt.Fprintf(&b, "%s\n\n", f.Note)
		}
	}
	row := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	row(columns)
	row(strings.Split(strings.Repeat("---,", len(columns)-1)+"---", ","))
	for _, f := range list {
		if f.Name != machineFigure {
			row(f.cells())
		}
	}
	return b.String()
}
