package commands

import (
	"slices"
	"strings"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
)

// reduced gives what of a person's earnings of the month has an employer's tariff of its
// own, before and after a form slot changes. A month in which nothing
// has one, as nearly all, is not looked for among the person's other slots.
func (a *assessment) reduced(law *account.Law, kind string, who *account.Person,
	c *account.SlotChange) (was, is []event.TariffSum) {
	if a.tariffs == nil {
		tariffs := law.TariffsOf(a.Month)
		a.tariffs = &tariffs
	}
	is = a.tariffs.AddAll(nil, kind, c.Slot.Category, c.After.Months)
	if len(is) == 0 && len(a.Tariffs) == 0 && !slices.ContainsFunc(a.waiting, atTariff) {
		return nil, nil
	}
	others := who.ReducedBeside(law, kind, c.Slot, a.Month)
	was = a.tariffs.AddAll(slices.Clone(others), kind, c.Slot.Category, c.Before.Months)
	return was, a.tariffs.AddAll(others, kind, c.Slot.Category, c.After.Months)
}

func atTariff(e event.PersonEarnings) bool { return len(e.Tariffs) > 0 }

// countReduced moves the parts of the base that have tariffs of their own by what a change
// makes, and the contributions on the whole base from the general rates to theirs.
func (a *assessment) countReduced(law *account.Law, c change) {
	if len(a.Tariffs) == 0 && len(c.reducedBefore) == 0 && len(c.reducedAfter) == 0 {
		return
	}
	a.Tariffs = slices.Clone(a.Tariffs)
	a.moveBases(c.before, c.reducedBefore, -1)
	a.moveBases(c.after, c.reducedAfter, 1)
	a.Tariffs = slices.DeleteFunc(a.Tariffs, func(t event.TariffBase) bool { return t.Base == 0 })
	general := a.Base
	a.Pension, a.Social = 0, 0
	for i := range a.Tariffs {
		t := &a.Tariffs[i]
		t.Pension, t.Social = law.EmployerRates(t.Tariff, &a.terms).Employer(t.Base)
		a.Pension, a.Social = a.Pension+t.Pension, a.Social+t.Social
		general -= t.Base
	}
	a.Pension += general.Times(a.terms.EmployerPensionRate)
	a.Social += general.Times(a.terms.EmployerSocialRate)
}

func (a *assessment) moveBases(earnings money.Amount, parts []event.TariffSum,
	sign money.Amount) {
	if len(parts) == 0 {
		return
	}
	sums := make([]money.Amount, len(parts))
	for i, p := range parts {
		sums[i] = p.Earnings
	}
	for i, base := range a.terms.Bases(earnings, sums) {
		place, found := slices.BinarySearchFunc(a.Tariffs, parts[i].Tariff,
			func(t event.TariffBase, code string) int { return strings.Compare(t.Tariff, code) })
		if !found {
			a.Tariffs = slices.Insert(a.Tariffs, place, event.TariffBase{Tariff: parts[i].Tariff})
		}
		a.Tariffs[place].Base += sign * base
	}
}
