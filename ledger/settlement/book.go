package settlement

import (
	"cmp"
	"slices"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// funds are all funds, in the order of a law that says none.
var funds = [...]string{event.FundPension, event.FundSocial, event.FundOccupational}

const social = 1 // the fund that benefits are offset against

// assessed is what a month owes to a fund.
func assessed(m *account.LiabilityMonth, fund int) money.Amount {
	switch funds[fund] {
	case event.FundPension:
		return m.ForPensions()
	case event.FundSocial:
		return m.ForSocial()
	}
	return m.Occupational.Amount
}

func fundOf(name string) (int, bool) {
	i := slices.Index(funds[:], name)
	return i, i >= 0
}

// charge is something owed to a fund: a month's contributions, or what a refund or an
// offset has taken back out.
type charge struct {
	what  string       // as of an allocation
	month period.Month // of contributions
	// at orders the charges: the due date where it is known.
	at         period.Date
	due        period.Date // null where the law does not say
	owed, paid money.Amount
	grants     []grant     // deferments in force, the first granted first
	source     int         // index of the refund or offset
	since      period.Date // first day whose penalty is in no line yet
	lines      []Line
}

// grant is what a deferment has of a charge.
type grant struct {
	deferment int
	amount    money.Amount
}

func (c *charge) open() money.Amount { return c.owed - c.paid }

// rested is the part of what is open on which no penalty grows.
func (c *charge) rested() (sum money.Amount) {
	for _, g := range c.grants {
		sum += g.amount
	}
	return min(sum, c.open())
}

// restedBy is what is left of one deferment: payments go to the first granted first.
func (c *charge) restedBy(deferment int) (sum money.Amount) {
	left := c.rested()
	for _, g := range slices.Backward(c.grants) {
		amount := min(g.amount, left)
		left -= amount
		if g.deferment == deferment {
			sum += amount
		}
	}
	return sum
}

// column is what is owed to one fund.
type column struct {
	charges []charge // by day
	place   []int    // of the payer's months among the charges; -1 where nothing is owed
	next    int      // first charge that may be open
	accrued money.Amount
	paid    money.Amount // of the penalty
	over    money.Amount // negative parts of months whose day has not come
}

// book is a payer's account while the days pass.
type book struct {
	payer    *account.Payer
	law      *account.Law
	on       period.Date
	columns  [len(funds)]column
	credits  []credit
	terms    []rules.PenaltyTerm
	waivers  []account.Waiver // approved
	missing  *Missing
	expenses []Expense
	defers   []Deferment
	due      []period.Date              // by month; null where the law does not say
	offset   [][len(funds)]money.Amount // by month: benefits kept
}

func newBook(p *account.Payer, law *account.Law, on period.Date) *book {
	b := &book{payer: p, law: law, on: on}
	b.offset = make([][len(funds)]money.Amount, len(p.Months))
	b.due = make([]period.Date, len(p.Months))
	for i := range p.Months {
		b.due[i] = DueOn(law, p.Months[i].Month)
	}
	b.spend()
	for f := range b.columns {
		c := &b.columns[f]
		c.place = make([]int, len(p.Months))
		c.charges = make([]charge, 0, len(p.Months))
		for i := range p.Months {
			b.owe(c, f, i)
		}
	}
	for i := range p.Refunds {
		if x := &p.Refunds[i]; x.CountsOn(on) {
			b.takeBack(x.Fund, charge{what: ForRefund, at: x.Proposal.On, due: x.PaidOn,
				owed: x.Amount, source: i})
		}
	}
	for i := range p.Offsets {
		if x := &p.Offsets[i]; x.On <= on {
			b.takeBack(x.From, charge{what: ForOffset, at: x.On, due: x.On, owed: x.Amount,
				source: i})
		}
	}
	for f := range b.columns {
		b.columns[f].settle(p)
	}
	b.terms = rules.PenaltyTerms(law.Parameters, b.first(), on)
	for _, w := range p.Waivers {
		if w.Proposal.State == account.ProposalApproved && w.Proposal.On <= on {
			b.waivers = append(b.waivers, w)
		}
	}
	b.collect()
	return b
}

// owe adds the payer's month to the column of a fund.
func (b *book) owe(c *column, fund, i int) {
	m := &b.payer.Months[i]
	sum := assessed(m, fund)
	switch at := b.dayOf(i); {
	case sum < 0 && at > b.on:
		c.over -= sum
	case sum > 0:
		x := charge{what: ForContributions, month: m.Month, owed: sum - b.offset[i][fund],
			at: at, due: b.due[i]}
		if !x.due.IsZero() {
			x.since = x.due.AddDays(1)
		}
		c.charges = append(c.charges, x)
	}
}

// dayOf orders the payer's months: the due date where it is known.
func (b *book) dayOf(i int) period.Date {
	if !b.due[i].IsZero() {
		return b.due[i]
	}
	return b.payer.Months[i].Month.Add(1).First()
}

// takeBack charges a fund with what has left it. A refund is not due before it has been paid
// back: until then the money is here. The fund lacks it from the day after.
func (b *book) takeBack(fund string, x charge) {
	if f, ok := fundOf(fund); ok {
		if !x.due.IsZero() {
			x.since = x.due.AddDays(1)
		}
		b.columns[f].charges = append(b.columns[f].charges, x)
	}
}

// first is the first day on which anything may be late.
func (b *book) first() (day period.Date) {
	for f := range b.columns {
		for i := range b.columns[f].charges {
			since := b.columns[f].charges[i].since
			if !since.IsZero() && (day.IsZero() || since < day) {
				day = since
			}
		}
	}
	return day
}

// settle puts the charges in their order and notes where each month stands.
func (c *column) settle(p *account.Payer) {
	slices.SortStableFunc(c.charges, func(x, y charge) int { return cmp.Compare(x.at, y.at) })
	month := 0
	for i := range c.place {
		c.place[i] = -1
	}
	for i := range c.charges {
		if c.charges[i].what != ForContributions {
			continue
		}
		for p.Months[month].Month != c.charges[i].month {
			month++
		}
		c.place[month] = i
	}
}

// charge finds what is owed to a fund for a month.
func (b *book) charge(fund int, month period.Month) *charge {
	i, ok := slices.BinarySearchFunc(b.payer.Months, month,
		func(m account.LiabilityMonth, month period.Month) int {
			return cmp.Compare(m.Month, month)
		})
	if !ok || b.columns[fund].place[i] < 0 {
		return nil
	}
	return &b.columns[fund].charges[b.columns[fund].place[i]]
}

// spend offsets benefits against the social contributions of their quarter, the oldest
// month first; what is beyond them becomes a credit.
func (b *book) spend() {
	for _, e := range b.payer.Expenses {
		x := Expense{Year: e.Year, Quarter: e.Quarter, Claimed: e.Amount, Refused: e.Refused,
			Receipt: e.Receipt, Position: max(e.Position, e.Decided),
			Allocations: []Allocation{}, Rest: max(e.Amount-e.Refused, 0)}
		x.Refused = e.Amount - x.Rest
		for i := range b.payer.Months {
			m := &b.payer.Months[i]
			if m.Month.Year() != e.Year || m.Month.Quarter() != e.Quarter {
				continue
			}
			amount := min(x.Rest, m.ForSocial()-b.offset[i][social])
			if amount > 0 {
				b.offset[i][social] += amount
				x.Rest -= amount
				x.Allocations = append(x.Allocations,
					Allocation{event.FundSocial, ForContributions, m.Month, amount})
			}
		}
		b.expenses = append(b.expenses, x)
	}
}

// moment is a day on which a decision begins or ends to hold.
type moment struct {
	on period.Date
	do func(period.Date)
}

// walk goes through the days in their order: on each first what was decided, then what was
// paid. In the end the penalty runs up to the day of the balance.
func (b *book) walk() {
	moments := b.decisions()
	for i := 0; i < len(b.credits); {
		day, n := b.credits[i].on, i+1
		for n < len(b.credits) && b.credits[n].on == day {
			n++
		}
		moments = decide(moments, day)
		b.allocate(day, b.credits[i:n])
		i = n
	}
	decide(moments, b.on)
	for f := range b.columns {
		c := &b.columns[f]
		for i := range c.charges {
			b.accrue(c, f, &c.charges[i], b.on)
		}
	}
}

func decide(moments []moment, until period.Date) []moment {
	for len(moments) > 0 && moments[0].on <= until {
		moments[0].do(moments[0].on)
		moments = moments[1:]
	}
	return moments
}
