package projectiontest

import (
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// pair is two accounts that are joined.
type pair struct{ survivor, absorbed ledger.PersonID }

// join merges two accounts that are not joined with any.
func (r *Random) join(t *rapid.T) {
	var free []ledger.PersonID
	for _, id := range r.persons {
		if !r.linked[id] {
			free = append(free, id)
		}
	}
	if len(free) < 2 {
		return
	}
	x := pair{survivor: rapid.SampledFrom(free).Draw(t, "survivor")}
	for x.absorbed = x.survivor; x.absorbed == x.survivor; {
		x.absorbed = rapid.SampledFrom(free).Draw(t, "absorbed")
	}
	change := event.AccountChange{Decision: r.h.ID("merge"), Survivor: x.survivor,
		Absorbed: x.absorbed}
	r.decide(x, &event.AccountDecisionProposed{Kind: event.MergeAccounts, AccountChange: change},
		&event.AccountsMerged{AccountChange: change})
	r.linked[x.survivor], r.linked[x.absorbed] = true, true
	r.pairs = append(r.pairs, x)
	r.recount(t, x, -1)
}

// split takes a pair apart again.
func (r *Random) split(t *rapid.T) {
	if len(r.pairs) == 0 {
		return
	}
	i := rapid.IntRange(0, len(r.pairs)-1).Draw(t, "pair")
	x := r.pairs[i]
	r.pairs = append(r.pairs[:i:i], r.pairs[i+1:]...)
	delete(r.linked, x.survivor)
	delete(r.linked, x.absorbed)
	change := event.AccountChange{Decision: r.h.ID("split"), Survivor: x.survivor,
		Absorbed: x.absorbed}
	r.decide(x, &event.AccountDecisionProposed{Kind: event.SplitAccounts, AccountChange: change},
		&event.AccountsSplit{AccountChange: change})
	r.recount(t, x, 1)
}

func (r *Random) decide(x pair, facts ...event.Payload) {
	for _, id := range []ledger.PersonID{x.absorbed, x.survivor} {
		r.h.Append(ledger.PersonStream(id), facts...)
	}
}

func (r *Random) recount(t *rapid.T, x pair, persons int) {
	r.h.Append(ledger.PayerStream(r.unp(t)), &event.PersonsJoined{Decision: r.h.ID("decision"),
		Survivor: x.survivor, Absorbed: x.absorbed, Split: persons > 0, Tallies: []event.Tally{
			{Form: "ПУ-3", Year: 2026, Quarter: 1, Persons: persons}}})
}

// provisional opens an account whose identity may be confirmed later.
func (r *Random) provisional(t *rapid.T) {
	if n := len(r.unconfirmed); n > 0 && rapid.Bool().Draw(t, "confirm") {
		id := r.unconfirmed[n-1]
		r.unconfirmed = r.unconfirmed[:n-1]
		change := event.AccountChange{Decision: r.h.ID("confirm"), Survivor: id}
		r.h.Append(ledger.PersonStream(id), &event.AccountDecisionProposed{
			Kind: event.ConfirmIdentity, AccountChange: change},
			&event.IdentityConfirmed{AccountChange: change})
		return
	}
	no := "P" + r.h.ID("number").String()[:13]
	id := r.h.Keys.PersonID(no)
	r.h.Append(ledger.PersonStream(id), &event.PersonRegistered{Provisional: true,
		Personal: r.h.Seal(id, r.data(t, no))}, &event.ProvisionalOpened{
		AccountChange: event.AccountChange{Decision: r.h.ID("opening"), Survivor: id}})
	r.persons, r.unconfirmed = append(r.persons, id), append(r.unconfirmed, id)
}

// openDispute is a dispute that something may still happen to.
type openDispute struct {
	person   ledger.PersonID
	id       uuid.UUID
	answered bool
}

// dispute opens a dispute, or takes one a step further.
func (r *Random) dispute(t *rapid.T) {
	id, ok := r.who(t)
	if !ok {
		return
	}
	n := len(r.disputes)
	if n == 0 || rapid.Bool().Draw(t, "open") {
		x := &openDispute{person: id, id: r.h.ID("dispute")}
		r.disputes = append(r.disputes, x)
		r.h.Append(ledger.PersonStream(id), &event.DisputeOpened{Dispute: x.id, Payer: r.unp(t),
			Office: "101", Line: event.Line{Kind: event.LineEmployment, ID: r.h.ID("line")},
			AnswerBy: period.MustDate("2026-02-01").AddDays(n)})
		return
	}
	i := rapid.IntRange(0, n-1).Draw(t, "dispute")
	x := r.disputes[i]
	if !x.answered {
		x.answered = true
		r.h.Append(ledger.PersonStream(x.person), &event.DisputeAnswered{Dispute: x.id,
			DecideBy: period.MustDate("2026-03-01").AddDays(n)})
		return
	}
	r.disputes = append(r.disputes[:i:i], r.disputes[i+1:]...)
	r.h.Append(ledger.PersonStream(x.person), rapid.SampledFrom([]event.Payload{
		&event.DisputeDecided{Dispute: x.id, Upheld: true},
		&event.DisputeSettled{Dispute: x.id, Receipt: "R", DocNo: 1},
		&event.DisputeWithdrawn{Dispute: x.id}}).Draw(t, "close"))
}
