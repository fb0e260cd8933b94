package commands

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/occupational"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// PrepareYield lays the crediting of a year's yield before the second officer.
type PrepareYield struct {
	Actor  ledger.Actor
	Ground string // the act by which the yield is credited
	Year   int
}

// PreparedYield is a run that waits for the second officer.
type PreparedYield struct {
	Run         uuid.UUID
	Coefficient money.Rate
	Persons     int
	Amount      money.Amount
	Position    ledger.Position
}

// PrepareYield simulates and records what it found. The year may be prepared again when a
// run of it is completed, to credit what corrections have changed since.
func (b *Bus) PrepareYield(ctx context.Context, c PrepareYield) (done PreparedYield, err error) {
	if err := citesGround(c.Ground); err != nil {
		return done, err
	}
	b.Law.Refresh()
	law, err := b.Law.Current(ctx)
	if err != nil {
		return done, err
	}
	if done.Coefficient, err = yieldRate(law, c.Year, FundDate(b.Clock())); err != nil {
		return done, err
	}
	x := &crediting{law: law, year: c.Year}
	if err := b.eachOccupational(ctx, func(list []*account.Person) error {
		x.appends(list)
		return x.err
	}); err != nil {
		return done, err
	}
	done.Persons, done.Amount = x.persons, x.amount
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground}
	done.Position, err = b.onLaw(ctx, meta, func(law *account.Law) (event.Payload, error) {
		runs := 0
		for i := range law.YieldRuns {
			r := &law.YieldRuns[i]
			if r.Year != c.Year {
				continue
			}
			if r.State == account.IndexationApproved {
				return nil, refuse(Conflict, "yield_under_way",
					"run %s of the year is under way: prepare when it is completed", r.Run)
			}
			runs++
		}
		done.Run = ledger.DeterministicID("occupational yield", c.Year, runs)
		return &event.OccupationalYieldPrepared{Run: done.Run, Year: c.Year,
			Coefficient: done.Coefficient, Ground: c.Ground, Persons: done.Persons,
			Amount: done.Amount}, nil
	})
	return done, err
}

// yieldRate is the coefficient of a year that has ended.
func yieldRate(law *account.Law, year int, today period.Date) (money.Rate, error) {
	if year >= today.Year() {
		return 0, refuse(Invalid, "year_not_ended",
			"the yield of %d is credited when the year has ended", year)
	}
	first, ok := period.NewMonth(year, 1)
	if !ok {
		return 0, refuse(Invalid, "year_invalid", "there is no year %d: correct it", year)
	}
	rate, err := law.Parameters.Rate(rules.OccupationalYieldRate, first.First())
	if m, isMissing := missing(err); isMissing {
		return 0, &Error{Kind: Conflict, Code: "missing_parameter", Cause: err,
			Message: fmt.Sprintf("%s has no value for %d: publish it first", m.Name, year)}
	}
	return rate, err
}

// ApproveYield is the second officer's order to credit a year's yield.
type ApproveYield struct {
	Actor  ledger.Actor
	Ground string
	Run    uuid.UUID
}

// ApproveYield is refused for the officer who prepared (SPF-905), and where the year was
// prepared anew or the coefficient has changed since (SPF-906). The clerk carries the run out.
func (b *Bus) ApproveYield(ctx context.Context, c ApproveYield) (ledger.Position, error) {
	if err := citesGround(c.Ground); err != nil {
		return 0, err
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: c.Run}
	return b.onLaw(ctx, meta, func(law *account.Law) (event.Payload, error) {
		r, ok := law.YieldRun(c.Run)
		if !ok {
			return nil, yieldRunUnknown(c.Run)
		}
		if r.State != account.IndexationPrepared {
			return nil, nil // it is approved
		}
		if r.PreparedBy == c.Actor.Subject {
			return nil, refuse(Forbidden, "SPF-905",
				"who prepared may not approve: let another officer decide")
		}
		rate, err := yieldRate(law, r.Year, FundDate(b.Clock()))
		if err != nil {
			return nil, err
		}
		for i := range law.YieldRuns {
			o := &law.YieldRuns[i]
			if rate != r.Coefficient || o.Year == r.Year && o.Position > r.Position {
				return nil, refuse(Conflict, "SPF-906",
					"the year was prepared anew or its coefficient has changed: prepare anew")
			}
		}
		return &event.OccupationalYieldApproved{Run: c.Run}, nil
	})
}

func yieldRunUnknown(run uuid.UUID) error {
	return refuse(NotFound, "yield_run_unknown",
		"there is no run %s that credits a yield: list the runs", run)
}

// RunYield carries out an approved run, or goes on with one that was interrupted: who has
// the run's yield is counted and not credited again. Of a run that is completed it does
// nothing.
func (b *Bus) RunYield(ctx context.Context, run uuid.UUID) error {
	b.Law.Refresh()
	law, err := b.Law.Current(ctx)
	if err != nil {
		return err
	}
	r, ok := law.YieldRun(run)
	switch {
	case !ok:
		return yieldRunUnknown(run)
	case r.State == account.IndexationCompleted:
		return nil
	case r.State != account.IndexationApproved:
		return refuse(Conflict, "run_not_approved", "run %s waits for the second officer", run)
	}
	meta := ledger.Meta{Actor: ClerkActor, Ground: r.Ground, Correlation: run}
	persons, amount := 0, money.Amount(0)
	err = b.eachOccupational(ctx, func(list []*account.Person) error {
		var x *crediting
		err := b.recordBatch(ctx, list, func(list []*account.Person) []ledger.StreamAppend {
			x = &crediting{law: law, year: r.Year, run: run, meta: meta}
			return x.appends(list)
		})
		if err == nil {
			err = x.err
		}
		persons, amount = persons+x.persons, amount+x.amount
		return err
	})
	if err != nil {
		return err
	}
	_, err = b.onLaw(ctx, ledger.Meta{Actor: ClerkActor, Correlation: run},
		func(law *account.Law) (event.Payload, error) {
			if r, ok := law.YieldRun(run); !ok || r.State == account.IndexationCompleted {
				return nil, nil
			}
			return &event.OccupationalYieldCompleted{Run: run, Persons: persons,
				Amount: amount}, nil
		})
	return err
}

// eachOccupational hands out all who have an occupational part, in batches.
func (b *Bus) eachOccupational(ctx context.Context, do func([]*account.Person) error) error {
	head, err := b.Log.Head(ctx)
	if err != nil {
		return err
	}
	return eachBatch(func(after ledger.PersonID) ([]*account.Person, error) {
		return b.Recipients.Occupational(ctx, after, indexBatch, head)
	}, do)
}

// crediting decides on the yield of a year for a batch of persons and counts what they have
// of it in the end. In a simulation the run is Nil.
type crediting struct {
	law     *account.Law
	year    int
	run     uuid.UUID
	meta    ledger.Meta
	persons int
	amount  money.Amount
	err     error
}

func (x *crediting) appends(persons []*account.Person) (batch []ledger.StreamAppend) {
	for _, p := range persons {
		had, credited := recordedYield(p, x.year)
		if credited && had.Run == x.run {
			x.count(had.Amount)
			continue
		}
		y, due, err := occupational.YieldOf(p, x.law, x.year)
		if err != nil {
			x.err = fmt.Errorf("yield of %d: %w", x.year, err)
			return nil
		}
		if y.Amount != 0 {
			x.count(y.Amount)
		}
		if !due && !credited || credited && had.Amount == y.Amount && had.Base == y.Base {
			continue
		}
		fact := &event.OccupationalYieldCredited{Run: x.run, Year: x.year, Base: y.Base,
			Coefficient: y.Coefficient, Amount: y.Amount}
		batch = append(batch, ledger.StreamAppend{Stream: ledger.PersonStream(p.ID),
			Expected: p.Revision, Events: []ledger.NewEvent{event.New(
				ledger.DeterministicID("occupational yield", x.run, p.ID), x.meta, fact)}})
	}
	return batch
}

func (x *crediting) count(amount money.Amount) {
	x.persons, x.amount = x.persons+1, x.amount+amount
}

func recordedYield(p *account.Person, year int) (account.OccupationalYield, bool) {
	for _, y := range p.Yields {
		if y.Year == year {
			return y, true
		}
	}
	return account.OccupationalYield{}, false
}
