package account

import (
	"slices"
	"strings"

	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Attributes of occupational-tariff, special-occupation and benefit.
const (
	AttributeRate       = "rate"
	AttributeActivities = "activities"
	AttributeFund       = "fund" // that pays the benefit
)

// OccupationalPension tells whether a case is about a benefit that is paid of the
// occupational part of the account.
func (l *Law) OccupationalPension(x *Case) bool {
	entry, ok := l.Code(ClassifierBenefit, x.Kind, x.ClaimedOn)
	return ok && entry.Attribute(AttributeFund) == event.FundOccupational
}

// OccupationalRate gives the tariff of occupational contributions for a kind of work on a
// day; ok is false where the law has none.
func (l *Law) OccupationalRate(activity string, on period.Date) (rate money.Rate, ok bool) {
	entry, found := l.Code(ClassifierOccTariff, activity, on)
	if !found {
		return 0, false
	}
	rate, err := money.ParseRate(entry.Attribute(AttributeRate))
	return rate, err == nil
}

// SpecialOccupation tells whether an occupation is on the list for a kind of work on a day.
// An empty kind asks for any.
func (l *Law) SpecialOccupation(occupation, activity string, on period.Date) bool {
	entry, found := l.Code(ClassifierOccupation, occupation, on)
	return found && (activity == "" ||
		slices.Contains(strings.Split(entry.Attribute(AttributeActivities), ","), activity))
}

// OccupationalTariff gives the tariff of a month: the highest of the kinds of work that are
// done on any of its days; ok is false where there is none.
func (l *Law) OccupationalTariff(service []event.SpecialService, month period.Month,
) (highest money.Rate, ok bool) {
	for i := range service {
		s := &service[i]
		if s.From > month.Last() || s.To < month.First() {
			continue
		}
		if rate, known := l.OccupationalRate(s.Activity, max(s.From, month.First())); known {
			highest, ok = max(highest, rate), true
		}
	}
	return highest, ok
}
