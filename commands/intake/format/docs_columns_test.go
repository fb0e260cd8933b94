package format

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/document"
)

var update = flag.Bool("update", false, "write the tables of docs/formats.md anew")

const (
	formatsPage = "../../../docs/formats.md"
	updateHint  = "run: go test ./commands/intake/format -run Documentation -update"
	columnsHead = "| column | also | JSON | value | needed | example |\n|---|---|---|---|---|---|\n"
)

// The tables of columns agree with the code: names, synonyms and JSON fields. What stands
// in the last three columns is written by hand and kept by -update.
func TestColumnsOfTheDocumentation(t *testing.T) {
	page, err := os.ReadFile(formatsPage)
	require.NoError(t, err)
	want := string(page)
	for _, form := range documentedForms {
		want = replaceBlock(t, want, "columns "+string(form), func(old string) string {
			return columnsTable(form, tableRowsOf(old))
		})
	}
	want = replaceBlock(t, want, "records", func(string) string { return recordsTable() })
	if *update {
		require.NoError(t, os.WriteFile(formatsPage, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(page), updateHint)
}

// Every example of the tables is read without a fault, under each name of its column.
func TestColumnExamplesOfTheDocumentation(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(formatsPage)
	require.NoError(t, err)
	for _, form := range documentedForms {
		var old string
		replaceBlock(t, string(page), "columns "+string(form), func(block string) string {
			old = block
			return block
		})
		names := [2][]string{}
		var values []string
		for _, row := range tableRowsOf(old) {
			require.NotContains(t, row, "", "%s: fill in all cells of %q", form, row)
			others := splitNames(row[1])
			names[0] = append(names[0], row[0])
			names[1] = append(names[1], others[0])
			value := strings.Trim(row[5], "`")
			require.NotContains(t, value, ";")
			values = append(values, value)
		}
		for _, header := range names {
			readExample(t, form, strings.Join(header, ";")+"\n"+strings.Join(values, ";")+"\n")
		}
	}
}

func readExample(t *testing.T, form document.Form, table string) {
	t.Helper()
	f, err := Open(bytes.NewReader([]byte(table)), "", Limits{})
	require.NoError(t, err)
	docs := 0
	for item, err := range f.Items(t.Context()) {
		require.NoError(t, err)
		require.Nil(t, item.Fault, table)
		if d := item.Document; d != nil {
			docs++
			require.Equal(t, form, d.Form)
			require.Empty(t, d.Faults, table)
			require.Empty(t, d.Unread, table)
		}
	}
	require.Equal(t, 1, docs)
}

var documentedForms = []document.Form{
	document.PU1, document.PU2, document.PU3, document.Fund4, document.Payments,
}

// replaceBlock gives the page with the block between two marks replaced.
func replaceBlock(t *testing.T, page, name string, by func(old string) string) string {
	t.Helper()
	block := regexp.MustCompile(`(?s)(<!-- ` + name + ` -->\n)(.*?)(<!-- end -->)`)
	at := block.FindStringSubmatchIndex(page)
	require.NotNil(t, at, "the page lacks the block %q", name)
	return page[:at[3]] + by(page[at[4]:at[5]]) + page[at[6]:]
}

// tableRowsOf takes the rows of a table apart, its head left out.
func tableRowsOf(table string) [][]string {
	var rows [][]string
	for line := range strings.Lines(table) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		cells[0] = strings.Trim(cells[0], "`")
		rows = append(rows, cells)
	}
	return rows
}

func columnsTable(form document.Form, old [][]string) string {
	var b strings.Builder
	b.WriteString(columnsHead)
	row := func(key, pointer string) {
		cells := []string{key, "", "", "", "", ""}
		if i := slices.IndexFunc(old, func(r []string) bool { return r[0] == key }); i >= 0 {
			copy(cells, old[i])
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", key,
			synonymsOf(key, splitNames(cells[1])), pointer, cells[3], cells[4], cells[5])
	}
	row(documentColumn, "–")
	for _, c := range formColumns(form) {
		pointer := c.pointer
		switch {
		case c.pack:
			pointer = "pack/" + pointer
		case c.group == monthGroup:
			pointer = monthsPath[1:] + "/0/" + pointer
		case c.group == serviceGroup:
			pointer = servicePath[1:] + "/0/" + pointer
		case c.group == movementGroup:
			pointer = movementsPath[1:] + "/0/" + pointer
		case c.group == lineGroup:
			pointer = linesPath[1:] + "/0/" + pointer
		}
		row(c.key, "`/"+pointer+"`")
	}
	return b.String()
}

// synonymsOf lists the other names of a column, spelled as the page spells them already.
func synonymsOf(key string, spelled []string) string {
	var names []string
	for _, s := range synonyms[key] {
		if s == columnName(key) {
			continue
		}
		if i := slices.IndexFunc(spelled, func(n string) bool { return columnName(n) == s }); i >= 0 {
			s = spelled[i]
		}
		names = append(names, s)
	}
	return strings.Join(names, ", ")
}

func splitNames(cell string) []string { return strings.Split(cell, ", ") }

// recordsTable lists the fields of the records of text packs in their order.
func recordsTable() string {
	var b strings.Builder
	b.WriteString("| record | fields | in their order |\n|---|---|---|\n")
	row := func(tag string, count int, names string) {
		fmt.Fprintf(&b, "| `%s` | %d | %s |\n", tag, count, names)
	}
	row(tagHead, 1, "1 version")
	row("<"+tagPack, packCount, positions(packLayout, "")+", 5–6 not known, 7 number of forms: 1")
	row(tagForms, formsCountSums, "1 form, 2 number of documents, "+
		"3 earnings, 4 benefits, 5 contributions, 6 paid (ПУ-3; blank in others)")
	row("<"+string(document.PU1), len(pu1Layout), positions(pu1Layout, ""))
	row("<"+string(document.PU2), len(pu2Layout), positions(pu2Layout, ""))
	row(tagMovement, len(movementLayout), positions(movementLayout, ""))
	row("<"+string(document.PU3), len(pu3Layout), positions(pu3Layout, ""))
	row(tagMonth, len(monthLayout), positions(monthLayout, ""))
	row(tagService, len(serviceLayout), positions(serviceLayout, "service_"))
	return b.String()
}

// positions names the fields of a layout as the columns of the tables are named.
func positions[T any](layout []field[T], prefix string) string {
	names := make([]string, len(layout))
	for i, f := range layout {
		key := strings.TrimPrefix(f.key, "registration/")
		key = strings.TrimPrefix(key, "individual_data/")
		key = strings.Replace(key, "/", "_", 1)
		switch {
		case f.at == nil:
			key = "not known"
		case synonyms[prefix+key] != nil:
			key = prefix + key
		}
		names[i] = fmt.Sprintf("%d %s", i+1, key)
	}
	return strings.Join(names, ", ")
}
