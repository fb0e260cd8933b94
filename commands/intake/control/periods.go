package control

import (
	"strconv"
	"strings"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/period"
)

// quarterNames are the quarters of a year as digits, by a bit for each.
var quarterNames = [16]string{
	"", "1", "2", "12", "3", "13", "23", "123", "4", "14", "24", "124", "34", "134", "234", "1234",
}

// quarterBits reads quarters as filed: digits 1-4, ascending, none twice.
func quarterBits(s string) (bits int, ok bool) {
	for i := range len(s) {
		if s[i] < '1' || s[i] > '4' || 1<<(s[i]-'1') <= bits {
			return 0, false
		}
		bits |= 1 << (s[i] - '1')
	}
	return bits, true
}

// quartersOf gives the quarters that a ПУ-3 is about: those filed, else those of its
// months and service, as the field may be blank.
func quartersOf(d *document.Document) int {
	if bits, ok := quarterBits(d.Quarters); ok && bits != 0 {
		return bits
	}
	if d.Data == nil {
		return 0
	}
	bits := 0
	for _, m := range d.Data.Months {
		if m.Number >= 1 && m.Number <= 12 {
			bits |= 1 << ((m.Number - 1) / 3)
		}
	}
	first, _ := period.NewMonth(d.Year, 1)
	for _, s := range d.Data.Service {
		if s.From.IsZero() || s.To.IsZero() {
			continue
		}
		last := min(s.To.Month(), first.Add(11))
		for m := max(s.From.Month(), first); m <= last; m = m.Add(1) {
			bits |= 1 << (m.Quarter() - 1)
		}
	}
	return bits
}

// Quarters gives the quarters of a ПУ-3's form slot as ascending digits: those filed or,
// where the writer left them blank, those of its months and service.
func Quarters(d *document.Document) string { return quarterNames[quartersOf(d)] }

// firstMonth and lastMonth bound a ПУ-3's period; null when it cannot be told.
func firstMonth(d *document.Document) period.Month {
	bits := quartersOf(d)
	for q := range 4 {
		if bits&(1<<q) != 0 {
			m, _ := period.NewMonth(d.Year, q*3+1)
			return m
		}
	}
	return 0
}

func lastMonth(d *document.Document) period.Month {
	bits := quartersOf(d)
	for q := 3; q >= 0; q-- {
		if bits&(1<<q) != 0 {
			m, _ := period.NewMonth(d.Year, q*3+3)
			return m
		}
	}
	return 0
}

// monthList names the months of quarters for people: "1, 2, 3".
func monthList(bits int) string {
	var months []string
	for m := range 12 {
		if bits&(1<<(m/3)) != 0 {
			months = append(months, strconv.Itoa(m+1))
		}
	}
	return strings.Join(months, ", ")
}
