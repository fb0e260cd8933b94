package commands

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// Further reasons of a review.
const (
	ReviewMerged = "accounts_merged"
	ReviewSplit  = "accounts_split"
)

// ApproveAccountDecision carries a decision on accounts out, as another officer than the
// one who proposed it. Merging and splitting also assess the payers anew that reported both
// accounts, as the ceiling is one for a person and a payer, and flag awards for review: all
// in the same append.
func (b *Bus) ApproveAccountDecision(ctx context.Context, c DecideAccounts,
) (at ledger.Position, err error) {
	if err := grounded(c.Ground, c.Reason); err != nil {
		return 0, err
	}
	err = attempt(ctx, func() error {
		s, d, err := b.pendingDecision(ctx, c)
		if err != nil {
			return err
		}
		if d.State == account.DecisionApproved && d.DecidedBy == c.Actor.Subject {
			at = d.Position
			return nil
		}
		if err := decidable(d, c.Actor); err != nil {
			return err
		}
		x := &joining{bus: b, parties: s, decision: d, reason: c.Reason, meta: ledger.Meta{Actor: c.Actor,
			Ground: c.Ground, Correlation: c.Decision, Source: d.Evidence.SHA256}}
		at, err = x.approve(ctx)
		return err
	})
	return at, err
}

// joining is a decision on accounts while it is carried out.
type joining struct {
	*parties
	bus      *Bus
	decision *account.Decision
	reason   string // of the approval
	meta     ledger.Meta
	law      *account.Law
	// rest is the survivor's account with those that it has absorbed, but for the one that
	// the decision is about.
	rest *account.Person
}

func (x *joining) approve(ctx context.Context) (ledger.Position, error) {
	// A try that was cut short may have left the decision in the absorbed account.
	if x.absorbed == nil || !x.has(x.absorbed, x.id(), nil) {
		if err := x.may(x.decision.Kind, FundDate(x.bus.Clock())); err != nil {
			return 0, err
		}
	}
	law, err := x.bus.Law.Current(ctx)
	if err != nil {
		return 0, err
	}
	x.law = law
	var batch []ledger.StreamAppend
	var payers []string
	if x.decision.Kind != event.ConfirmIdentity {
		if err := x.loadRest(ctx); err != nil {
			return 0, err
		}
		payers = payersOf(x.absorbed)
		for _, unp := range payers {
			events, revision, err := x.reassess(ctx, unp)
			if err != nil {
				return 0, err
			}
			if len(events) > 0 {
				batch = append(batch, ledger.StreamAppend{Stream: ledger.PayerStream(unp),
					Expected: revision, Events: events})
			}
		}
	}
	persons, err := x.persons()
	if err != nil {
		return 0, err
	}
	result, err := x.bus.append(ctx, append(batch, persons...)...)
	for _, unp := range payers {
		x.bus.memory.forgetPayer(unp)
	}
	return result.Position, err
}

func (x *joining) id() uuid.UUID { return x.decision.AccountChange.Decision }

// persons makes the events of the accounts, the survivor's last.
func (x *joining) persons() (batch []ledger.StreamAppend, err error) {
	for _, p := range x.accounts() {
		if x.has(p, x.id(), nil) {
			continue
		}
		id := ledger.DeterministicID(x.id(), "approved", p.ID, x.meta.Actor.Subject)
		change := x.decision.AccountChange
		change.Reason = x.keys[p.ID].Seal(id, []byte(x.reason))
		events := []ledger.NewEvent{event.New(id, x.meta, approved(x.decision.Kind, change))}
		if p == x.survivor {
			for i, flag := range x.flags(id) {
				events = append(events, event.New(
					ledger.DeterministicID(x.id(), "review", i), x.meta, flag))
			}
		}
		batch = append(batch, ledger.StreamAppend{Stream: ledger.PersonStream(p.ID),
			Expected: p.Revision, Events: events})
	}
	return batch, nil
}

func approved(kind string, change event.AccountChange) event.Payload {
	switch kind {
	case event.MergeAccounts:
		return &event.AccountsMerged{AccountChange: change}
	case event.SplitAccounts:
		return &event.AccountsSplit{AccountChange: change}
	}
	return &event.IdentityConfirmed{AccountChange: change}
}

// flags has the survivor's awards reviewed that facts of the absorbed account bear upon.
func (x *joining) flags(cause uuid.UUID) []event.Payload {
	reason := ReviewMerged
	switch x.decision.Kind {
	case event.ConfirmIdentity:
		return nil
	case event.SplitAccounts:
		reason = ReviewSplit
	}
	first := earliestFact(x.absorbed)
	if first.IsZero() {
		return nil
	}
	return reviews(x.survivor, first, cause, reason)
}

// earliestFact is the first day that an account says anything of; null for none.
func earliestFact(p *account.Person) (first period.Date) {
	note := func(day period.Date) {
		if first.IsZero() || day < first {
			first = day
		}
	}
	slots := p.Slots()
	for i := range slots {
		for _, m := range slots[i].Months {
			note(m.Month.First())
		}
		for _, s := range slots[i].Service {
			note(s.From)
		}
	}
	for i := range p.Occupational {
		for _, s := range p.Occupational[i].Service {
			note(s.From)
		}
	}
	for _, s := range p.Periods {
		note(s.From)
	}
	return first
}

// loadRest joins what stays of the survivor's account.
func (x *joining) loadRest(ctx context.Context) error {
	x.rest = x.survivor
	others := slices.DeleteFunc(slices.Clone(x.survivor.Absorbed),
		func(id ledger.PersonID) bool { return id == x.absorbed.ID })
	if len(others) == 0 {
		return nil
	}
	folds, err := x.bus.persons(ctx, others, nil)
	if err != nil {
		return err
	}
	joined := []*account.Person{x.survivor}
	for _, id := range others {
		if folds[id] == nil {
			return corruptLink(id)
		}
		joined = append(joined, folds[id])
	}
	x.rest = joinAll(joined)
	return nil
}

// reassess gives what the decision changes for a payer that reported the absorbed account:
// nothing where it is recorded already, or the payer did not report the rest.
func (x *joining) reassess(ctx context.Context, unp string,
) (events []ledger.NewEvent, expected ledger.Revision, err error) {
	payer := account.NewPayer(unp)
	done := false
	for e, err := range x.bus.read(ctx, ledger.PayerStream(unp)) {
		if err != nil {
			return nil, 0, err
		}
		payload, err := event.Decode(e)
		if err != nil {
			return nil, 0, err
		}
		payer.Apply(e, payload)
		f, ok := payload.(*event.PersonsJoined)
		done = done || ok && f.Decision == x.id() && f.Split == x.splits()
	}
	if done {
		return nil, 0, nil
	}
	months := x.months(payer)
	special := x.occupational(payer)
	tallies := x.tallies(unp)
	if len(months)+len(special)+len(tallies) == 0 {
		return nil, 0, nil
	}
	// The first event tells a repetition that all of them are there.
	events = append(events, event.New(ledger.DeterministicID(x.id(), "joined", unp), x.meta,
		&event.PersonsJoined{Decision: x.id(), Survivor: x.survivor.ID, Absorbed: x.absorbed.ID,
			Split: x.splits(), Tallies: tallies}))
	for _, a := range months {
		meta := x.meta
		meta.EffectiveFrom, meta.EffectiveTo = a.Month, a.Month
		for i, fact := range a.facts() {
			id := ledger.DeterministicID(x.id(), "liability", unp, a.Month, i)
			events = append(events, event.New(id, meta, fact))
		}
	}
	for _, fact := range special {
		meta := x.meta
		meta.EffectiveFrom, meta.EffectiveTo = fact.Month, fact.Month
		id := ledger.DeterministicID(x.id(), "liability", unp, fact.Month, occupationalFact)
		events = append(events, event.New(id, meta, fact))
	}
	return events, payer.Revision, nil
}

func (x *joining) splits() bool { return x.decision.Kind == event.SplitAccounts }

// months assesses the payer's months anew in which the two accounts count as one from now
// on, or as two again: those that both have, and those whose earnings wait, which are kept
// by person.
func (x *joining) months(payer *account.Payer) (changed []*assessment) {
	for _, month := range monthsReported(x.absorbed, payer.UNP) {
		recorded, _ := payer.Month(month)
		recorded.Month = month
		a := newAssessment(recorded)
		touched := false
		for _, selfEmployed := range []bool{false, true} {
			part, known := x.absorbed.EarningsAt(payer.UNP, month, selfEmployed)
			rest, both := x.rest.EarningsAt(payer.UNP, month, selfEmployed)
			if !known || !both && len(recorded.Earnings) == 0 {
				continue
			}
			touched = true
			apart := change{person: x.absorbed.ID, before: part, known: true,
				selfEmployed: selfEmployed}
			whole := change{person: x.survivor.ID, before: rest, after: rest + part,
				known: both, remains: true, selfEmployed: selfEmployed}
			if !selfEmployed {
				apart.reducedBefore = x.absorbed.ReducedAt(x.law, payer.Kind, payer.UNP, month)
				whole.reducedBefore = x.rest.ReducedAt(x.law, payer.Kind, payer.UNP, month)
				whole.reducedAfter = account.JoinReduced(whole.reducedBefore, apart.reducedBefore)
			}
			if x.splits() {
				apart, whole = apart.back(), whole.back()
			}
			a.add(x.law, apart)
			a.add(x.law, whole)
		}
		if touched {
			changed = append(changed, a)
		}
	}
	return changed
}

// monthsReported lists the months that a payer has reported of a person, ascending.
func monthsReported(p *account.Person, unp string) (months []period.Month) {
	slots := p.Slots()
	for i := range slots {
		if slots[i].Payer != unp {
			continue
		}
		for _, m := range slots[i].Months {
			if at, found := slices.BinarySearch(months, m.Month); !found {
				months = slices.Insert(months, at, m.Month)
			}
		}
	}
	return months
}

// counted is by how many persons more a payer reports of a time that both accounts have.
func (x *joining) counted() int {
	if x.splits() {
		return 1
	}
	return -1
}

// occupational counts the person once in each month for which a payer's ПУ-6 credit both
// accounts, or twice again. What is credited stays: each ПУ-6 has a contribution of its own.
func (x *joining) occupational(payer *account.Payer) (list []*event.OccupationalAssessed) {
	none := event.OccupationalSlot{Payer: payer.UNP}
	for i := range payer.Months {
		m := &payer.Months[i]
		_, _, part := x.absorbed.OccupationalAt(none, m.Month)
		_, _, rest := x.rest.OccupationalAt(none, m.Month)
		if part && rest {
			list = append(list, &event.OccupationalAssessed{Month: m.Month,
				Persons:  m.Occupational.Persons + x.counted(),
				Earnings: m.Occupational.Earnings, Amount: m.Occupational.Amount})
		}
	}
	return list
}
