package commands

import (
	"cmp"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/entitlement"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/rules"
)

// The rules that a decree may carry out.
const (
	ruleWage    = "AD-1"
	ruleMinimum = "AD-2"
	ruleShare   = "AD-3"
)

// Why a benefit of a decree's kinds is left as it is.
const (
	// LeftSet: its amount was decided from the decree's day on, by the law of that day.
	LeftSet = "decided_from_that_day"
	// LeftLater: its amount was changed from a later day on. An officer has to look.
	LeftLater = "later_amount"
	// LeftDone: a run of the same decree has reached it before.
	LeftDone = "indexed_before"
	// LeftNoMinimum: the law has no minimum for a benefit of its kind and form.
	LeftNoMinimum = "no_minimum"
	// LeftEnough: the rule gives no more than it pays.
	LeftEnough = "not_below"
)

// formPartial is the form of a pension in proportion to a short coverage.
const formPartial = "partial"

// indexing is a decree made ready for many benefits: pure, and safe for concurrent use.
type indexing struct {
	decree event.IndexationDecreed
	kinds  map[string]kindIndexing
	// before are the runs of the decree other than this one.
	before map[uuid.UUID]bool
	run    uuid.UUID // Nil in a simulation
}

type kindIndexing struct {
	full, partial rules.Indexing
	// noFull and noPartial tell that the law has no minimum for the form.
	noFull, noPartial bool
}

// newIndexing looks up what the decree does on its day. The error is of a missing number
// of the law, or of a kind that the decree's rule is not for.
func newIndexing(law *account.Law, decree event.IndexationDecreed, run uuid.UUID,
) (*indexing, error) {
	x := &indexing{decree: decree, run: run, kinds: map[string]kindIndexing{},
		before: map[uuid.UUID]bool{}}
	for i := range law.Runs {
		if r := &law.Runs[i]; r.Decree == decree.Decree && r.Run != run {
			x.before[r.Run] = true
		}
	}
	for _, code := range decree.Kinds {
		kind, err := kindOf(law, code, decree.From)
		if err != nil {
			return nil, err
		}
		if x.kinds[code], err = indexKind(law.Parameters, kind, decree); err != nil {
			return nil, err
		}
	}
	return x, nil
}

func indexKind(law *rules.Law, kind entitlement.Kind, decree event.IndexationDecreed,
) (k kindIndexing, err error) {
	if !follows(kind, decree.Rule) {
		return k, notIndexed(kind.Code, decree.Rule)
	}
	switch decree.Rule {
	case ruleWage:
		k.full, err = rules.NewRaise(decree.OldWage, decree.NewWage)
		k.partial = k.full
	case ruleShare:
		k.full, err = rules.NewShare(law, kind.SubsistenceRate, decree.From)
		k.partial = k.full
		return k, unready(err, decree)
	case ruleMinimum:
		k.noFull, k.noPartial = kind.MinimumRate == 0, kind.PartialMinimumRate == 0
	}
	if err == nil && kind.MinimumRate > 0 {
		k.full, err = k.full.AtLeastMinimum(law, kind.MinimumRate, decree.From)
	}
	if err == nil && kind.PartialMinimumRate > 0 {
		k.partial, err = k.partial.AtLeastMinimum(law, kind.PartialMinimumRate, decree.From)
	}
	return k, unready(err, decree)
}

// follows tells whether a kind's amounts follow a rule. A kind that follows the wages
// keeps its minimum by AD-2 as well.
func follows(kind entitlement.Kind, rule string) bool {
	if rule == ruleMinimum {
		return kind.MinimumRate > 0 || kind.PartialMinimumRate > 0
	}
	return kind.Index == rule && (rule != ruleShare || kind.SubsistenceRate > 0)
}

func unready(err error, decree event.IndexationDecreed) error {
	if err == nil {
		return nil
	}
	if m, ok := missing(err); ok {
		return &Error{Kind: Conflict, Code: "missing_parameter", Cause: err,
			Message: m.Name + " has no value for " + decree.From.String() + ": publish it first"}
	}
	return &Error{Kind: Invalid, Code: "decree_invalid", Cause: err, Message: err.Error()}
}

// raise is what the decree does to one case.
type raise struct {
	old, new money.Amount
	rule     string
	// recorded tells that this run has done it; left says why nothing is done.
	recorded bool
	left     string
}

// of decides on a case; ok is false for one that is not paid each month on the decree's
// day, or is of another kind.
func (x *indexing) of(c *account.Case) (ch raise, ok bool) {
	kind, ok := x.kinds[c.Kind]
	if !ok || !c.Monthly() {
		return ch, false
	}
	from := x.decree.From
	if ch.old, ok = c.AmountOn(from); !ok {
		return ch, false
	}
	for i, a := range c.Amounts {
		decision := a.Rule == ""
		switch {
		case !decision && a.Source == x.run && i > 0:
			return raise{old: c.Amounts[i-1].Amount, new: a.Amount, rule: a.Rule,
				recorded: true}, true
		case !decision && x.before[a.Source]:
			ch.left = LeftDone
		case a.From > from:
			ch.left = cmp.Or(ch.left, LeftLater)
		case a.From == from && decision:
			ch.left = cmp.Or(ch.left, LeftSet)
		}
	}
	partial := c.Award.Form == formPartial
	if ch.left == "" && (partial && kind.noPartial || !partial && kind.noFull) {
		ch.left = LeftNoMinimum
	}
	if ch.left != "" {
		return ch, true
	}
	by := kind.full
	if partial {
		by = kind.partial
	}
	if ch.new, ch.rule = by.Amount(ch.old); ch.rule == "" {
		ch.left = LeftEnough
	}
	return ch, true
}

// eventID names the event of a case. It follows from the run and the award, so that a run
// which is taken up again finds its own, and an award that was decided anew meanwhile from
// an earlier day, which took the run's amount away, gets one of its own.
func (x *indexing) eventID(c *account.Case) uuid.UUID {
	return ledger.DeterministicID("indexation", x.run, c.ID, c.Award.Calculation)
}

// facts gives what is to be recorded for a person, and counts all of the person's cases.
func (x *indexing) facts(p *account.Person, counts *tally) (ids []uuid.UUID,
	facts []event.Payload) {
	for i := range p.Cases {
		c := &p.Cases[i]
		ch, ok := x.of(c)
		if !ok {
			continue
		}
		counts.add(c, ch)
		if ch.left == "" && !ch.recorded {
			ids = append(ids, x.eventID(c))
			facts = append(facts, &event.PensionIndexed{Case: c.ID, Run: x.run, Rule: ch.rule,
				From: x.decree.From, Old: ch.old, New: ch.new})
		}
	}
	return ids, facts
}

// unknownOffice counts what no office has put its name to, as the totals of benefits do.
const unknownOffice = "000"

// tally adds up what a run changes.
type tally struct {
	sums           event.IndexationSums
	kinds, offices map[string]event.IndexationSums
	left           map[string]int
}

func newTally() *tally {
	return &tally{kinds: map[string]event.IndexationSums{},
		offices: map[string]event.IndexationSums{}, left: map[string]int{}}
}

func (t *tally) add(c *account.Case, ch raise) {
	if ch.left != "" {
		t.left[ch.left]++
		return
	}
	one := event.IndexationSums{Benefits: 1, Old: ch.old, New: ch.new}
	t.sums = plus(t.sums, one)
	t.kinds[c.Kind] = plus(t.kinds[c.Kind], one)
	office := cmp.Or(c.Office, unknownOffice)
	t.offices[office] = plus(t.offices[office], one)
}

// join adds what another tally counted.
func (t *tally) join(o *tally) {
	t.sums = plus(t.sums, o.sums)
	for code, sums := range o.kinds {
		t.kinds[code] = plus(t.kinds[code], sums)
	}
	for code, sums := range o.offices {
		t.offices[code] = plus(t.offices[code], sums)
	}
	for reason, n := range o.left {
		t.left[reason] += n
	}
}

func plus(a, b event.IndexationSums) event.IndexationSums {
	return event.IndexationSums{Benefits: a.Benefits + b.Benefits, Old: a.Old + b.Old,
		New: a.New + b.New}
}

func (t *tally) report() event.IndexationReport {
	r := event.IndexationReport{IndexationSums: t.sums, Kinds: parts(t.kinds),
		Offices: parts(t.offices)}
	for _, reason := range slices.Sorted(maps.Keys(t.left)) {
		r.Left = append(r.Left, event.IndexationLeft{Reason: reason, Benefits: t.left[reason]})
	}
	return r
}

func parts(sums map[string]event.IndexationSums) (list []event.IndexationPart) {
	for _, code := range slices.Sorted(maps.Keys(sums)) {
		list = append(list, event.IndexationPart{Code: code, IndexationSums: sums[code]})
	}
	return list
}
