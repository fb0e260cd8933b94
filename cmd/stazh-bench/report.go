package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// The figures of a page stand between these lines.
const (
	reportBegin = "<!-- figures: made by stazh-bench -report, do not edit -->"
	reportEnd   = "<!-- end of figures -->"
)

// errNoPlace: the page has no place for figures.
var errNoPlace = errors.New("the page has no lines for figures")

// machineFigure is the name of the figure that holds the facts of the machine.
const machineFigure = "machine"

// writeReport puts the figures of a file of JSON lines into a page.
func writeReport(page, figures string) error {
	file, err := os.Open(figures)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	list, err := readLines(file)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	out, err := insertFigures(string(text), markdown(list))
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	return os.WriteFile(page, []byte(out), 0o644)
}

// insertFigures replaces what stands between the lines for figures.
func insertFigures(page, figures string) (string, error) {
	head, rest, ok := strings.Cut(page, reportBegin)
	_, tail, end := strings.Cut(rest, reportEnd)
	if !ok || !end {
		return "", fmt.Errorf("%w: %s and %s", errNoPlace, reportBegin, reportEnd)
	}
	return head + reportBegin + "\n\n" + figures + "\n" + reportEnd + tail, nil
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
