package effect

import (
	"bytes"
	"cmp"
	"errors"
	"slices"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/contribution"
	"github.com/stazh/stazh/ledger/coverage"
	"github.com/stazh/stazh/ledger/entitlement"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// Person is what differs for an insured person.
type Person struct {
	Person ledger.PersonID `json:"person"`
	// Account is AccountOpened or DataChanged; empty when neither happens.
	Account       string               `json:"account,omitempty"`
	Employments   []EmploymentChange   `json:"employments"`
	Months        []MonthChange        `json:"months"`
	Contributions []ContributionChange `json:"contributions"`
	// Occupational is what ПУ-6 credit for work in special conditions.
	Occupational []OccupationalChange `json:"occupational"`
	// Coverage is that of all that is reported.
	Coverage *Change[Coverage] `json:"coverage,omitempty"`
	// Pension is the outlook to an old-age pension.
	Pension *Change[Outlook] `json:"pension,omitempty"`
	// Awards are pensions and benefits whose facts change: an officer reviews them, and
	// their amounts stay until then.
	Awards []Award `json:"awards"`
}

// What happens to the account itself.
const (
	AccountOpened = "opened"
	DataChanged   = "data_changed"
)

// EmploymentChange is a relationship that begins, ends or is put right.
type EmploymentChange struct {
	Employment uuid.UUID `json:"employment"`
	Payer      string    `json:"payer"`
	Change[Employment]
}

// Employment is what the Fund knows of a relationship; zero when it knows of none.
type Employment struct {
	HiredOn      period.Date `json:"hired_on,omitzero"`
	EndedOn      period.Date `json:"ended_on,omitzero"`
	EndReason    string      `json:"end_reason,omitempty"`
	Contract     string      `json:"contract,omitempty"`
	ContractNo   string      `json:"contract_no,omitempty"`
	ContractDate period.Date `json:"contract_date,omitzero"`
}

// MonthChange is what a payer reported of a month in a category with a tariff.
type MonthChange struct {
	Month    period.Month `json:"month"`
	Payer    string       `json:"payer"`
	Category string       `json:"category"`
	Tariff   string       `json:"tariff,omitempty"`
	Change[Facts]
}

// ContributionChange is what follows from a month's earnings with a payer, by fund.
type ContributionChange struct {
	Month        period.Month `json:"month"`
	Payer        string       `json:"payer"`
	SelfEmployed bool         `json:"self_employed"`
	Change[contribution.Funds]
	// Awaiting names the parameter of the law without which it cannot be computed.
	Awaiting string `json:"awaiting,omitempty"`
}

// Coverage is the length of coverage, in total and with paid contributions.
type Coverage struct {
	Total     rules.Duration `json:"total"`
	TotalDays int            `json:"days_total"`
	Paid      rules.Duration `json:"paid"`
	PaidDays  int            `json:"days_paid"`
}

// Outlook is a pension to be expected, or why it cannot be told.
type Outlook struct {
	entitlement.Outlook
	// Why is empty when it could be computed.
	Why string `json:"why,omitempty"`
}

// Why an outlook cannot be told.
const (
	DataUnknown      = "data_unknown" // birth date or sex
	NumberMissing    = "number_missing"
	EvidenceMissing  = "evidence_missing"
	OutlookUncertain = "not_computable"
)

// Award is an award that will be reviewed.
type Award struct {
	Case   uuid.UUID    `json:"case"`
	Kind   string       `json:"kind"`
	From   period.Date  `json:"from"`
	Amount money.Amount `json:"amount"`
	Reason string       `json:"reason"`
}

func personOf(then, now Insured, law *account.Law, on period.Date) Person {
	p := Person{Person: now.ID, Employments: employments(then.Person, now.Person),
		Months: months(then.Person, now.Person), Awards: awards(then.Person, now.Person)}
	p.Contributions = contributions(then.Person, now.Person, law)
	p.Occupational = occupational(then.Person, now.Person)
	switch {
	case !then.Registered && now.Registered:
		p.Account = AccountOpened
	case then.Personal != now.Personal:
		p.Account = DataChanged
	}
	if before, after := coverageOf(then, law), coverageOf(now, law); before != after {
		p.Coverage = &Change[Coverage]{before, after}
	}
	if p.Account != "" || p.Coverage != nil || len(p.Months) > 0 {
		before, after := outlook(then, law, on), outlook(now, law, on)
		if !before.same(after) {
			p.Pension = &Change[Outlook]{before, after}
		}
	}
	return p
}

func (p *Person) differs() bool {
	return p.Account != "" || p.Coverage != nil || p.Pension != nil ||
		len(p.Employments)+len(p.Months)+len(p.Contributions)+len(p.Occupational)+
			len(p.Awards) > 0
}

func employments(then, now *account.Person) []EmploymentChange {
	of := func(p *account.Person) map[uuid.UUID]account.Employment {
		all := make(map[uuid.UUID]account.Employment, len(p.Employments))
		for _, e := range p.Employments {
			all[e.ID] = e
		}
		return all
	}
	told := func(e account.Employment) Employment {
		return Employment{e.HiredOn, e.EndedOn, e.EndReason, e.Contract, e.ContractNo,
			e.ContractDate}
	}
	before, after := of(then), of(now)
	list := []EmploymentChange{}
	for _, id := range union(before, after, func(x, y uuid.UUID) int {
		return bytes.Compare(x[:], y[:])
	}) {
		_, was := before[id]
		_, is := after[id]
		c := Change[Employment]{told(before[id]), told(after[id])}
		if was != is || c.Before != c.After {
			list = append(list, EmploymentChange{id,
				cmp.Or(after[id].Payer, before[id].Payer), c})
		}
	}
	return list
}

// monthKey is what a line of months is about.
type monthKey struct {
	month                   period.Month
	payer, category, tariff string
}

func compareMonths(a, b monthKey) int {
	return cmp.Or(cmp.Compare(a.month, b.month), cmp.Compare(a.payer, b.payer),
		cmp.Compare(a.category, b.category), cmp.Compare(a.tariff, b.tariff))
}

func months(then, now *account.Person) []MonthChange {
	of := func(p *account.Person) map[monthKey]Facts {
		all := map[monthKey]Facts{}
		slots := p.Slots()
		for i := range slots {
			s := &slots[i]
			for _, m := range s.Months {
				k := monthKey{m.Month, s.Payer, s.Category, m.Tariff}
				f := all[k]
				f.add(Facts{m.Earnings, m.Benefits, m.Contributions, m.Paid})
				all[k] = f
			}
		}
		return all
	}
	before, after := of(then), of(now)
	list := []MonthChange{}
	for _, k := range union(before, after, compareMonths) {
		_, was := before[k]
		_, is := after[k]
		if c := (Change[Facts]{before[k], after[k]}); was != is || c.Before != c.After {
			list = append(list, MonthChange{k.month, k.payer, k.category, k.tariff, c})
		}
	}
	return list
}

// contributionKey is what a line of contributions is about.
type contributionKey struct {
	month period.Month
	payer string
	own   bool
}

func compareContributions(a, b contributionKey) int {
	own := 0
	switch {
	case a.own && !b.own:
		own = 1
	case b.own && !a.own:
		own = -1
	}
	return cmp.Or(cmp.Compare(a.month, b.month), cmp.Compare(a.payer, b.payer), own)
}

func contributions(then, now *account.Person, law *account.Law) []ContributionChange {
	of := func(p *account.Person) map[contributionKey]contribution.Contribution {
		all := map[contributionKey]contribution.Contribution{}
		for _, c := range contribution.Between(p.Slots(), law, 0, 0) {
			all[contributionKey{c.Month, c.Payer, c.SelfEmployed}] = c
		}
		return all
	}
	before, after := of(then), of(now)
	list := []ContributionChange{}
	for _, k := range union(before, after, compareContributions) {
		x, y := before[k], after[k]
		if x.Funds == y.Funds && x.Earnings == y.Earnings {
			continue
		}
		line := ContributionChange{Month: k.month, Payer: k.payer, SelfEmployed: k.own,
			Change: Change[contribution.Funds]{x.Funds, y.Funds}}
		for _, c := range []contribution.Contribution{x, y} {
			if c.Awaiting != nil {
				line.Awaiting = c.Awaiting.Parameter
			}
		}
		if x.Funds != y.Funds || line.Awaiting != "" {
			list = append(list, line)
		}
	}
	return list
}

func coverageOf(p Insured, law *account.Law) Coverage {
	c := coverage.Of(p.Person, law, 0)
	return Coverage{Total: c.Total.Coverage, TotalDays: c.Total.Days,
		Paid: c.Paid.Coverage, PaidDays: c.Paid.Days}
}

func outlook(p Insured, law *account.Law, on period.Date) Outlook {
	if p.Personal.BirthDate.IsZero() || p.Personal.Sex == "" {
		return unknown(DataUnknown)
	}
	found, err := entitlement.Expect(entitlement.Question{Person: p.Person,
		Personal: p.Personal, Law: law, Kind: entitlement.OldAge}, on)
	if err == nil {
		return Outlook{Outlook: found}
	}
	var (
		refusal  *rules.Error
		evidence *entitlement.MissingEvidenceError
	)
	switch {
	case errors.As(err, &refusal) && refusal.Code == rules.CodeMissingParameter:
		return unknown(NumberMissing)
	case errors.As(err, &evidence):
		return unknown(EvidenceMissing)
	}
	return unknown(OutlookUncertain)
}

func unknown(why string) Outlook {
	return Outlook{Outlook: entitlement.Outlook{Unmet: []string{}}, Why: why}
}

func (o Outlook) same(other Outlook) bool {
	return o.Why == other.Why && o.On == other.On && o.Earnings == other.Earnings &&
		o.Entitled == other.Entitled && o.Form == other.Form && o.Amount == other.Amount &&
		slices.Equal(o.Unmet, other.Unmet)
}

// awards lists those for which a review is asked that was not asked before.
func awards(then, now *account.Person) []Award {
	list := []Award{}
	for i := range now.Cases {
		x := &now.Cases[i]
		known := 0
		if before, ok := then.Case(x.ID); ok {
			known = len(before.Reviews)
		}
		for _, r := range x.Reviews[min(known, len(x.Reviews)):] {
			list = append(list, Award{x.ID, x.Kind, x.Award.From, x.Award.Amount, r.Reason})
		}
	}
	return list
}
