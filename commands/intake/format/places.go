package format

import (
	"strconv"
	"strings"

	"github.com/stazh/stazh/commands/intake/document"
)

// group is a repeated part of a document.
type group uint8

const (
	headGroup group = iota
	monthGroup
	serviceGroup
	movementGroup
	lineGroup
)

// Paths of the repeated parts.
const (
	monthsPath      = "/individual_data/months"
	servicePath     = "/individual_data/service"
	occupationsPath = "/individual_data/occupations"
	movementsPath   = "/movements"
	linesPath       = "/payer_report/lines"
)

// groupOf takes a JSON pointer apart: the repeated part, the index in it (-1 for the part
// itself) and the rest, such as "earnings".
func groupOf(pointer string) (g group, index int, rest string) {
	switch {
	case strings.HasPrefix(pointer, monthsPath):
		g, rest = monthGroup, pointer[len(monthsPath):]
	case strings.HasPrefix(pointer, servicePath):
		g, rest = serviceGroup, pointer[len(servicePath):]
	case strings.HasPrefix(pointer, occupationsPath): // ПУ-6 has no other service
		g, rest = serviceGroup, pointer[len(occupationsPath):]
	case strings.HasPrefix(pointer, movementsPath):
		g, rest = movementGroup, pointer[len(movementsPath):]
	case strings.HasPrefix(pointer, linesPath):
		g, rest = lineGroup, pointer[len(linesPath):]
	default:
		return headGroup, -1, strings.TrimPrefix(pointer, "/")
	}
	number, rest, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	n, err := strconv.Atoi(number)
	if err != nil {
		n = -1
	}
	return g, n, rest
}

// elementPointer is the pointer of one element of a repeated part.
func elementPointer(path string, index int) string {
	return path + "/" + strconv.Itoa(index)
}

// places remembers the lines of a document that is made of records or rows.
type places struct {
	file      string
	sheet     string
	head      int
	months    []int32
	service   []int32
	movements []int32
	lines     []int32
	columns   *columnSet // of a spreadsheet; nil elsewhere
}

// locate is Document.Locate.
func (p *places) locate(pointer string) document.Place {
	g, index, rest := groupOf(pointer)
	var lines []int32
	switch g {
	case monthGroup:
		lines = p.months
	case serviceGroup:
		lines = p.service
	case movementGroup:
		lines = p.movements
	case lineGroup:
		lines = p.lines
	}
	place := document.Place{File: p.file, Sheet: p.sheet, Line: p.head}
	if index >= 0 && index < len(lines) {
		place.Line = int(lines[index])
	}
	if p.sheet != "" && p.columns != nil {
		place.Cell = p.columns.cell(g, rest, place.Line)
	}
	return place
}
