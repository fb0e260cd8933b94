package format

import (
	"slices"

	"github.com/stazh/stazh/commands/intake/document"
)

// RepairKind names something that the readers mend because it can mean one thing only.
type RepairKind string

// The repairs.
const (
	RepairDateForm       RepairKind = "date_form"        // 31.01.2018 for 31/01/2018 and the like
	RepairFinalEquals    RepairKind = "final_equals"     // the last = of a record was missing
	RepairGroupMark      RepairKind = "group_mark"       // < or > of a pack head, or > twice
	RepairOlderType      RepairKind = "older_type"       // ПУ-2 of type Р read as И
	RepairOldRubles      RepairKind = "old_rubles"       // old rubles, by 10 000
	RepairIdentifier     RepairKind = "identifier_chars" // Cyrillic letters in a Latin identifier
	RepairAmountSpaces   RepairKind = "amount_spaces"    // spaces between thousands
	RepairLeadingZeros   RepairKind = "leading_zeros"    // lost in a spreadsheet
	RepairTextMark       RepairKind = "text_mark"        // ="01" or '01 to keep a text a text
	RepairQuotedLines    RepairKind = "quoted_lines"     // whole lines in quotes
	RepairFloat          RepairKind = "float"            // 12.300000000000001 read as 12.30
	RepairTimeOfDay      RepairKind = "time_of_day"      // of a date, dropped
	RepairUnknownColumn  RepairKind = "unknown_column"   // ignored: no field is known for it
	RepairEncodingGuess  RepairKind = "encoding_guess"   // too few letters to be sure
	RepairOtherSheets    RepairKind = "other_sheets"     // sheets that were not read
	RepairIgnoredColumns RepairKind = "beyond_header"    // cells to the right of the header, kept
)

// Repair is one kind of mending: how often, and where first.
type Repair struct {
	Kind  RepairKind
	Count int
	First document.Place
	// Fields are what was mended, in the order of its first place: keys of the model's
	// fields, for RepairUnknownColumn the titles of the columns as filed. Empty where a
	// repair is of a whole line or file. At most repairFieldsMax are listed.
	Fields []string
}

// repairFieldsMax bounds the list of a repair's fields: a hostile table may have any
// number of unknown columns.
const repairFieldsMax = 20

// repairLog counts repairs; its size is bounded by the number of kinds.
type repairLog struct{ byKind map[RepairKind]*Repair }

func newRepairLog() *repairLog { return &repairLog{byKind: map[RepairKind]*Repair{}} }

func (l *repairLog) note(k RepairKind, at document.Place, field string) {
	r := l.byKind[k]
	if r == nil {
		r = &Repair{Kind: k, First: at}
		l.byKind[k] = r
	}
	r.Count++
	if field != "" && len(r.Fields) < repairFieldsMax && !slices.Contains(r.Fields, field) {
		r.Fields = append(r.Fields, field)
	}
}

func (l *repairLog) add(other *repairLog) {
	for k, r := range other.byKind {
		c := *r
		c.Fields = slices.Clone(r.Fields)
		l.byKind[k] = &c
	}
}

func (l *repairLog) list() []Repair {
	list := make([]Repair, 0, len(l.byKind))
	for _, r := range l.byKind {
		c := *r
		c.Fields = slices.Clone(r.Fields)
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b Repair) int {
		if a.Kind < b.Kind {
			return -1
		}
		return 1
	})
	return list
}
