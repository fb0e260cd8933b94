package settlement

import (
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/rules"
)

func assessmentFact(m *Month) Fact {
	return Fact{Type: m.EventType(), Position: m.Position}
}

// assessment explains what a month owes to a fund: by whose contributions they are, each by
// its rule and base, and the insured persons' down to their reports.
func (x *explainer) assessment(m *Month, p *Part) Node {
	n := node(FigureAssessed)
	n.Fund, n.Month, n.Facts = p.Fund, m.Month, []Fact{assessmentFact(m)}
	base := leaf("base", m.Base)
	switch p.Fund {
	case event.FundPension:
		withheld := leaf("withheld", m.Withheld)
		withheld.Parts = x.insured(m)
		n.add(withheld)
		n.add(x.employer(m, "employer_pension", "CO-2", rules.EmployerPensionRate, m.Pension,
			func(t *event.TariffBase) money.Amount { return t.Pension }, base))
		n.add(x.own(m, "own_pension", "CO-4", rules.SelfEmployedPensionRate, m.SelfPension))
	case event.FundSocial:
		n.add(x.employer(m, "employer_social", "CO-3", rules.EmployerSocialRate, m.Social,
			func(t *event.TariffBase) money.Amount { return t.Social }, base))
		n.add(x.own(m, "own_social", "CO-5", rules.SelfEmployedSocialRate, m.SelfSocial))
	case event.FundOccupational:
		n.Parts = append(n.Parts, x.credited(m)...)
	}
	if left := p.Assessed - added(n.Parts); left != 0 {
		n.add(leaf("fund_assessed", left, assessmentFact(m)))
	}
	n.Amount = p.Assessed
	return n
}

func (n *Node) add(part Node) {
	if part.Amount != 0 {
		n.Parts = append(n.Parts, part)
	}
}

func added(list []Node) (sum money.Amount) {
	for i := range list {
		sum += list[i].Amount
	}
	return sum
}

// employer explains the employer's part: the general rate on the base, and parts of the
// base at tariffs of their own.
func (x *explainer) employer(m *Month, code, id, rate string, sum money.Amount,
	of func(*event.TariffBase) money.Amount, base Node) Node {
	n := leaf(code, sum)
	rule := x.rule(id, "round(base × "+rate+")", m.Month.First(), rate)
	if len(m.Tariffs) == 0 {
		n.Rule, n.Basis = rule, []Node{base}
		return n
	}
	general := base
	for i := range m.Tariffs {
		t := &m.Tariffs[i]
		part := leaf("tariff_"+t.Tariff, of(t))
		part.Label = labels()["tariff"]
		part.Basis = []Node{leaf("base", t.Base)}
		n.Parts = append(n.Parts, part)
		general.Amount -= t.Base
	}
	rest := leaf("tariff_general", sum-added(n.Parts))
	rest.Rule, rest.Basis = rule, []Node{general}
	n.Parts = append(n.Parts, rest)
	return n
}

// own explains the payer's own insurance.
func (x *explainer) own(m *Month, code, id, rate string, sum money.Amount) Node {
	n := leaf(code, sum)
	n.Rule = x.rule(id, "round(max(income, minimum_wage) × "+rate+")", m.Month.First(), rate,
		rules.MinimumWage)
	n.Basis = []Node{leaf("base", m.SelfBase)}
	return n
}

// insured explains what is withheld by persons, whose accounts are given; what they do not
// explain, as their reports have come since or wait, is named.
func (x *explainer) insured(m *Month) []Node {
	if len(x.persons) == 0 {
		return nil
	}
	terms, err := rules.TermsOf(x.law.Parameters, m.Month)
	if err != nil {
		return nil
	}
	rule := x.rule("CO-1", "round(min(earnings, ceiling) × insured_rate)", m.Month.First(),
		rules.InsuredRate, rules.ContributionCeilingMultiple)
	rule.Numbers = append(rule.Numbers, x.rule("", "", m.Month.Add(-1).First(),
		rules.NationalAverageWage).Numbers...)
	var list []Node
	for _, p := range x.persons {
		earnings, known := p.EarningsAt(x.Payer, m.Month, false)
		if !known {
			continue
		}
		c := terms.Person(earnings)
		n := leaf("person", c.Insured)
		n.Person, n.Rule = &p.ID, rule
		n.Basis = []Node{leaf("base", c.Base), x.earnings(p, m)}
		list = append(list, n)
	}
	if left := m.Withheld - added(list); left != 0 {
		list = append(list, leaf("not_explained", left, assessmentFact(m)))
	}
	return list
}

// credited explains occupational contributions by persons, whose accounts are given.
func (x *explainer) credited(m *Month) (list []Node) {
	for _, p := range x.persons {
		for i := range p.Occupational {
			s := &p.Occupational[i]
			for _, f := range s.Months {
				if s.Payer != x.Payer || f.Month != m.Month || f.Credited == 0 {
					continue
				}
				n := leaf("person", f.Credited)
				n.Person = &p.ID
				n.Rule = &Rule{ID: "OP-1", Formula: "round(earnings × occupational_tariff)",
					Numbers: []rules.Parameter{{Name: "occupational_tariff",
						Value: f.Tariff.String(), From: m.Month.First(),
						Source: "the classifier occupational-tariff, or the ПУ-6"}}}
				n.Basis = []Node{leaf("reported", f.Earnings, Fact{Position: s.Position,
					Receipt: s.Receipt, Document: s.DocNo, Version: s.Version})}
				list = append(list, n)
			}
		}
	}
	return list
}

// earnings explains a person's earnings of the month by reports.
func (x *explainer) earnings(p *account.Person, m *Month) Node {
	n := node("earnings")
	slots := p.SlotsOf(m.Month.Year())
	for i := range slots {
		s := &slots[i]
		if s.Payer != x.Payer || s.Category == account.CategorySelfEmployed {
			continue
		}
		for _, f := range s.Months {
			if f.Month != m.Month {
				continue
			}
			fact := Fact{Position: s.Position, Receipt: s.Receipt, Document: s.DocNo,
				Version: s.Version}
			if s.Version == 1 {
				fact.Type = typeOf(&event.IndividualDataReported{})
			}
			n.Parts = append(n.Parts, leaf("reported", f.Earnings, fact))
		}
	}
	n.sum()
	return n
}
