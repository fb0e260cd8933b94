package main

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// table shows rows in aligned columns. Width is counted in characters, as Cyrillic
// letters take two bytes; a column whose title starts with ">" is aligned to the right,
// as figures are.
type table struct {
	titles []string
	rows   [][]string
}

// columnGap stands between two columns.
const columnGap = "  "

func newTable(titles ...string) *table { return &table{titles: titles} }

// add appends a row; missing cells are empty.
func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// print writes the table as a part of the answer. A list without entries says so, in place of
// titles above nothing.
func (t *table) print(term *terminal) {
	if len(t.rows) == 0 {
		term.printf("Nothing is listed.\n")
		return
	}
	right := make([]bool, len(t.titles))
	titles := make([]string, len(t.titles))
	widths := make([]int, len(t.titles))
	for i, title := range t.titles {
		titles[i], right[i] = strings.CutPrefix(title, ">")
		widths[i] = width(titles[i])
		for _, row := range t.rows {
			if i < len(row) {
				widths[i] = max(widths[i], width(row[i]))
			}
		}
	}
	term.printf("%s\n", term.paint(bold, aligned(titles, widths, right)))
	for _, row := range t.rows {
		term.printf("%s\n", aligned(row, widths, right))
	}
}

func aligned(cells []string, widths []int, right []bool) string {
	var b strings.Builder
	for i, w := range widths {
		cell := ""
		if i < len(cells) {
			cell = cells[i]
		}
		pad := strings.Repeat(" ", w-width(cell))
		if i > 0 {
			b.WriteString(columnGap)
		}
		if right[i] {
			b.WriteString(pad + cell)
		} else {
			b.WriteString(cell + pad)
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// width counts the places that a text takes on a screen: combining marks take none, and
// the codes of colours are not seen.
func width(s string) int {
	n := 0
	for len(s) > 0 {
		if rest, ok := strings.CutPrefix(s, "\x1b["); ok {
			_, s, _ = strings.Cut(rest, "m")
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		if !unicode.Is(unicode.Mn, r) && unicode.IsPrint(r) {
			n++
		}
	}
	return n
}

// clean makes a text from outside fit for one cell: no control characters, which could
// move the cursor of a terminal, and no more than limit characters.
func clean(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	if limit > 0 && utf8.RuneCountInString(s) > limit {
		return string([]rune(s)[:limit-1]) + "…"
	}
	return s
}
