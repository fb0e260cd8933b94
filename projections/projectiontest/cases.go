package projectiontest

import (
	"slices"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// benefitCase is a case of a random history.
type benefitCase struct {
	person      ledger.PersonID
	id          uuid.UUID
	calculation uuid.UUID // waits for a decision; Nil for none
	awarded     bool
	closed      bool
	from        period.Date
	pays, kind  string
}

// AppendCases records n random facts, most of them of cases.
func (r *Random) AppendCases(t *rapid.T, n int) {
	steps := []func(*rapid.T){r.person, r.changed, r.claim, r.claim, r.workOnCase,
		r.workOnCase, r.workOnCase, r.workOnCase, r.changeCase, r.changeCase}
	for range n {
		steps[rapid.IntRange(0, len(steps)-1).Draw(t, "step")](t)
	}
}

func (r *Random) day(t *rapid.T) period.Date {
	return period.MustDate("2026-01-01").AddDays(rapid.IntRange(0, 400).Draw(t, "day"))
}

func (r *Random) claim(t *rapid.T) {
	id, ok := r.who(t)
	if !ok {
		return
	}
	x := &benefitCase{person: id, id: r.h.ID("case"), from: r.day(t),
		pays: rapid.SampledFrom([]string{"monthly", "monthly", "once", "period"}).Draw(t, "pays"),
		kind: rapid.SampledFrom([]string{"old_age", "birth_grant"}).Draw(t, "kind")}
	r.cases = append(r.cases, x)
	r.h.Append(ledger.PersonStream(id), &event.BenefitClaimed{Case: x.id, Kind: x.kind,
		ClaimedOn: x.from, From: x.from, Details: r.h.Seal(id, event.PersonalData{})})
}

// someCase picks a case that something may happen to.
func (r *Random) someCase(t *rapid.T, want func(*benefitCase) bool) *benefitCase {
	list := slices.DeleteFunc(slices.Clone(r.cases), func(x *benefitCase) bool {
		return x.closed || !want(x)
	})
	if len(list) == 0 {
		return nil
	}
	return rapid.SampledFrom(list).Draw(t, "case")
}

func anyCase(*benefitCase) bool { return true }

func isAwarded(x *benefitCase) bool { return x.awarded }

// workOnCase calculates a case, or decides what was calculated.
func (r *Random) workOnCase(t *rapid.T) {
	x := r.someCase(t, anyCase)
	if x == nil {
		return
	}
	if x.calculation == uuid.Nil {
		x.calculation = r.h.ID("calculation")
		r.h.Append(ledger.PersonStream(x.person), &event.BenefitCalculated{
			Calculation: event.Calculation{ID: x.calculation, Case: x.id, Entitled: true,
				From: x.from, Amount: r.amount(t)}})
		return
	}
	r.h.Append(ledger.PersonStream(x.person), r.decision(t, x))
	x.calculation = uuid.Nil
}

func (r *Random) decision(t *rapid.T, x *benefitCase) event.Payload {
	award := event.Award{Case: x.id, Calculation: x.calculation, Author: "a", Kind: x.kind,
		Pays: x.pays, From: x.from, Amount: r.amount(t),
		Office: rapid.SampledFrom([]string{"", "101", "102", "501"}).Draw(t, "office")}
	if rapid.Bool().Draw(t, "until") {
		award.Until = award.From.AddDays(rapid.IntRange(0, 200).Draw(t, "days"))
	}
	switch outcome := rapid.IntRange(0, 5).Draw(t, "outcome"); {
	case outcome == 0:
		return &event.CalculationReturned{Case: x.id, Calculation: x.calculation, Reason: "r"}
	case outcome == 1 && !x.awarded:
		x.closed = true
		return &event.ClaimRefused{Case: x.id, Calculation: x.calculation, Author: "a",
			Kind: x.kind, Unmet: []string{"age_not_reached"}}
	case x.awarded:
		award.From = award.From.AddDays(rapid.IntRange(0, 100).Draw(t, "later"))
		award.Until = 0
		return &event.PensionRecalculated{Award: award}
	case x.pays == "monthly":
		x.awarded = true
		return &event.PensionAssigned{Award: award}
	}
	x.awarded = true
	return &event.BenefitGranted{Award: award}
}

// changeCase indexes, flags, ends or withdraws a case.
func (r *Random) changeCase(t *rapid.T) {
	stream := func(x *benefitCase) ledger.StreamID { return ledger.PersonStream(x.person) }
	switch rapid.IntRange(0, 3).Draw(t, "change") {
	case 0:
		if x := r.someCase(t, isAwarded); x != nil {
			r.h.Append(stream(x), &event.PensionIndexed{Case: x.id, Run: r.h.ID("run"),
				Rule: "AD-1", From: r.day(t), New: r.amount(t)})
		}
	case 1:
		if x := r.someCase(t, isAwarded); x != nil {
			r.h.Append(stream(x), &event.PensionReviewFlagged{Case: x.id,
				Cause: r.h.ID("cause"), Reason: "months_changed"})
		}
	case 2:
		if x := r.someCase(t, isAwarded); x != nil {
			x.closed = true
			r.h.Append(stream(x), &event.BenefitTerminated{Case: x.id,
				Last: x.from.AddDays(rapid.IntRange(-1, 200).Draw(t, "days")), Cause: "death"})
		}
	case 3:
		if x := r.someCase(t, func(x *benefitCase) bool { return !x.awarded }); x != nil {
			x.closed = true
			r.h.Append(stream(x), &event.ClaimWithdrawn{Case: x.id, Reason: "r"})
		}
	}
}
