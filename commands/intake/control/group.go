package control

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// groupExamples is how many findings of a group are shown at once: enough to see whether
// they have one cause.
const groupExamples = 3

// Group is all findings of one rule that say the same thing.
type Group struct {
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	Count    int      `json:"count"`
	Lines    int      `json:"lines"` // different places in the file
	// Summary says it in one line: "14 lines: The month is outside the quarters."
	Summary Text      `json:"summary"`
	Remedy  Text      `json:"remedy"`
	First   []Finding `json:"first"`
}

// GroupFindings puts findings of the same code, severity and message together, the
// gravest first and otherwise in the order of their first place.
func GroupFindings(findings []Finding) []Group {
	type key struct {
		code, message string
		severity      Severity
	}
	type spot struct {
		file, sheet string
		line        int
	}
	var groups []Group
	place := map[key]int{}
	var lines []map[spot]bool
	for _, f := range findings {
		k := key{f.Code, f.Message.EN, f.Severity}
		i, ok := place[k]
		if !ok {
			i = len(groups)
			place[k] = i
			groups = append(groups, Group{Code: f.Code, Severity: f.Severity, Remedy: f.Remedy,
				Summary: f.Message})
			lines = append(lines, map[spot]bool{})
		}
		g := &groups[i]
		g.Count++
		lines[i][spot{f.File, f.Sheet, f.Line}] = true
		if len(g.First) < groupExamples {
			g.First = append(g.First, f)
		}
	}
	var ordered []Group
	for _, severity := range []Severity{Fatal, Refuse, Park, Warn, Note} {
		for i := range groups {
			if g := &groups[i]; g.Severity == severity {
				g.Lines = len(lines[i])
				g.Summary = summary(g.Lines, g.Summary)
				ordered = append(ordered, *g)
			}
		}
	}
	return ordered
}

// summary puts the number of lines before a message.
func summary(n int, m Text) Text {
	en := "lines"
	if n == 1 {
		en = "line"
	}
	return Text{
		RU: fmt.Sprintf("%d %s: %s", n, plural(n, "строка", "строки", "строк"), lower(m.RU)),
		BE: fmt.Sprintf("%d %s: %s", n, plural(n, "радок", "радкі", "радкоў"), lower(m.BE)),
		EN: fmt.Sprintf("%d %s: %s", n, en, lower(m.EN)),
	}
}

// plural chooses the form that Russian and Belarusian give a noun after a number.
func plural(n int, one, few, many string) string {
	switch {
	case n%10 == 1 && n%100 != 11:
		return one
	case n%10 >= 2 && n%10 <= 4 && (n%100 < 12 || n%100 > 14):
		return few
	}
	return many
}

// lower makes the first letter of a sentence small, unless the word is an abbreviation.
func lower(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	second, _ := utf8.DecodeRuneInString(s[size:])
	if unicode.IsUpper(second) {
		return s
	}
	return strings.ToLower(string(first)) + s[size:]
}
