package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands/intake/control"
)

// placesListed bounds the places that are shown of one group.
const placesListed = 20

// inLanguage picks one of three texts.
func inLanguage(t control.Text, lang string) string {
	switch lang {
	case "ru":
		return t.RU
	case "be":
		return t.BE
	}
	return t.EN
}

// rank orders severities from the gravest.
func rank(s control.Severity) int { return strings.Index("FEPWI", string(s)) }

func severityText(term *terminal, s control.Severity) string {
	switch s {
	case control.Fatal:
		return term.paint(red, "file refused")
	case control.Refuse:
		return term.paint(red, "rejected")
	case control.Park:
		return term.paint(yellow, "parked")
	case control.Warn:
		return term.paint(yellow, "warning")
	case control.Note:
		return term.paint(faint, "note")
	}
	return string(s)
}

// group is all findings that say the same.
type group struct {
	first  control.Finding
	places []control.Finding
}

// groups puts findings with the same words together, the gravest first.
func groups(list []control.Finding, lang string) []*group {
	var all []*group
	byWords := map[string]*group{}
	for _, f := range list {
		words := f.Code + "\x00" + inLanguage(f.Message, lang)
		g := byWords[words]
		if g == nil {
			g = &group{first: f}
			byWords[words] = g
			all = append(all, g)
		}
		g.places = append(g.places, f)
	}
	slices.SortStableFunc(all, func(a, b *group) int {
		return cmp.Or(rank(a.first.Severity)-rank(b.first.Severity),
			strings.Compare(a.first.Code, b.first.Code))
	})
	return all
}

// printFindings shows findings in groups, each with its remedy and its places.
func printFindings(term *terminal, list []control.Finding, lang string, total int) {
	for _, g := range groups(list, lang) {
		f := g.first
		term.printf("\n%s  %s  %s\n", term.paint(bold, f.Code), severityText(term, f.Severity),
			clean(inLanguage(f.Message, lang), 0))
		term.printf("  → %s\n", clean(inLanguage(f.Remedy, lang), 0))
		if f.Basis != "" {
			term.printf("  %s\n", term.paint(faint, clean(f.Basis, 0)))
		}
		for i, p := range g.places {
			if i == placesListed {
				term.printf("  and %s more places\n", grouped(int64(len(g.places)-placesListed)))
				break
			}
			term.printf("  %s\n", placeText(p))
		}
	}
	if more := total - len(list); more > 0 {
		term.printf("\n%s findings are listed, there are %s more.\n",
			grouped(int64(len(list))), grouped(int64(more)))
	}
}

// placeText says where it is, as the user's editor or spreadsheet shows it, and what
// stands there.
func placeText(f control.Finding) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if f.File != "" {
		add("%s", clean(f.File, 60))
	}
	if f.Sheet != "" {
		add("sheet %s", clean(f.Sheet, 40))
	}
	switch {
	case f.Cell != "":
		add("cell %s", clean(f.Cell, 20))
	case f.Line > 0:
		add("line %d", f.Line)
	}
	if f.Document > 0 {
		add("document %d", f.Document)
	}
	if f.Pointer != "" {
		add("%s", clean(f.Pointer, 80))
	}
	place := strings.Join(parts, ", ")
	parts = parts[:0]
	if f.Got != "" {
		add("got %s", clean(f.Got, 80))
	}
	if f.Expected != "" {
		add("expected %s", clean(f.Expected, 120))
	}
	values := strings.Join(parts, ", ")
	switch {
	case place == "":
		return values // it is about the file as a whole
	case values == "":
		return place
	case f.Got == "":
		return place + ", " + values
	}
	return place + ": " + values
}

// printRepairs says what was mended by the reader, or passed over.
func printRepairs(term *terminal, list []service.RepairView, lang string) {
	for _, r := range list {
		text := clean(inLanguage(r.Text, lang), 0)
		switch {
		case r.Cell != "":
			text += fmt.Sprintf(" First in cell %s.", clean(r.Cell, 20))
		case r.Line > 0:
			text += fmt.Sprintf(" First in line %d.", r.Line)
		}
		if r.Count > 1 {
			text += fmt.Sprintf(" %s places.", grouped(int64(r.Count)))
		}
		term.printf("  Note: %s\n", text)
	}
}
