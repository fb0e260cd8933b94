package settlement

import (
	"cmp"
	"slices"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// accrue writes the penalty lines of a charge up to a day. It is called before anything
// changes what the penalty is counted on.
func (b *book) accrue(c *column, fund int, x *charge, until period.Date) {
	if x.since.IsZero() || x.since > until {
		return
	}
	b.lines(fund, x, until, func(line Line) {
		x.lines = append(x.lines, line)
		c.accrued += line.Amount
		if line.Missing != nil && (b.missing == nil || line.Missing.On < b.missing.On) {
			b.missing = line.Missing
		}
	})
	x.since = until.AddDays(1)
}

// penalty adds up the lines of a charge.
func (c *charge) penalty() (sum money.Amount) {
	for _, line := range c.lines {
		sum += line.Amount
	}
	return sum
}

// pending is the penalty up to a day that is in no line yet.
func (b *book) pending(c *column, fund int, until period.Date) (sum money.Amount) {
	for i := c.next; i < len(c.charges) && c.charges[i].at < until; i++ {
		if x := &c.charges[i]; !x.since.IsZero() {
			b.lines(fund, x, until, func(line Line) { sum += line.Amount })
		}
	}
	return sum
}

// lines gives the penalty of a charge from the first day that is in no line up to a day:
// one line for each run of days with one rate that are all waived or all not.
func (b *book) lines(fund int, x *charge, until period.Date, give func(Line)) {
	base := x.open() - x.rested()
	if base <= 0 {
		return
	}
	for day := x.since; day <= until; {
		term := b.term(day)
		if term == nil {
			return
		}
		end, waived := b.waived(fund, x.month, day)
		end = min(end, term.Until, until)
		line := Line{From: day, Until: end, Days: day.DaysUntil(end) + 1, Base: base,
			Rate: term.Rate, Divisor: term.Divisor, Waived: waived}
		switch {
		case term.Missing != nil:
			line.Missing = &Missing{term.Missing.Name, day}
		case !waived:
			line.Amount = term.Penalty(base, line.Days)
		}
		give(line)
		day = end.AddDays(1)
	}
}

// term finds the rates of a day.
func (b *book) term(day period.Date) *rules.PenaltyTerm {
	i, ok := slices.BinarySearchFunc(b.terms, day, func(t rules.PenaltyTerm, d period.Date) int {
		return cmp.Compare(t.From, d)
	})
	if !ok {
		i--
	}
	if i < 0 {
		return nil
	}
	return &b.terms[i]
}

// waived tells whether officers freed a month's part from the penalty of a day, and up to
// which day that stays so.
func (b *book) waived(fund int, month period.Month, day period.Date) (period.Date, bool) {
	end := b.on
	for _, w := range b.waivers {
		if w.Fund != "" && w.Fund != funds[fund] || w.Month != 0 && w.Month != month {
			continue
		}
		switch {
		case w.From <= day && day <= w.Until:
			return w.Until, true
		case w.From > day:
			end = min(end, w.From.AddDays(-1))
		}
	}
	return end, false
}
