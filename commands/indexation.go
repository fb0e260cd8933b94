package commands

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// PublishIndexation records a decree that raises benefits in force.
type PublishIndexation struct {
	Actor  ledger.Actor
	Ground string
	Rule   string      // AD-1, AD-2 or AD-3
	Kinds  []string    // of benefits; all that follow the rule when empty
	From   period.Date // the first day of the new amounts
	// OldWage and NewWage are the average wages that AD-1 compares, in BYN.
	OldWage, NewWage money.Amount
	Act              string
	Source           string
	Demo             bool
}

// PublishIndexation gives the decree's id. The same decree is recorded once.
func (b *Bus) PublishIndexation(ctx context.Context, c PublishIndexation,
) (uuid.UUID, ledger.Position, error) {
	var id uuid.UUID
	at, err := b.onLaw(ctx, ledger.Meta{Actor: c.Actor, Ground: c.Ground},
		func(law *account.Law) (event.Payload, error) {
			decree, err := c.decree(law)
			if err != nil {
				return nil, err
			}
			id = decree.Decree
			if _, recorded := law.Decree(id); recorded {
				return nil, nil
			}
			return &decree, nil
		})
	return id, at, err
}

// decree checks all that can be checked before the numbers of its day are known.
func (c PublishIndexation) decree(law *account.Law) (d event.IndexationDecreed, err error) {
	switch {
	case c.Act == "" || c.From.IsZero():
		return d, refuse(Invalid, "decree_incomplete",
			"give the act, and the first day of the new amounts as YYYY-MM-DD")
	case c.Rule != ruleWage && c.Rule != ruleMinimum && c.Rule != ruleShare:
		return d, refuse(Invalid, "decree_rule_unknown",
			"a decree carries out AD-1 (wages), AD-2 (minimum) or AD-3 (share of the level)")
	case c.Rule != ruleWage && (c.OldWage != 0 || c.NewWage != 0):
		return d, refuse(Invalid, "wages_not_taken", "%s takes no wages: leave them out", c.Rule)
	case c.Rule == ruleWage && (c.OldWage <= 0 || c.NewWage <= c.OldWage || c.NewWage > money.Max):
		return d, refuse(Invalid, "wages_invalid", "AD-1 raises benefits when the average wage "+
			"has risen: give the old wage, above zero, and the new one, above the old")
	}
	kinds, err := c.kinds(law)
	if err != nil {
		return d, err
	}
	d = event.IndexationDecreed{Rule: c.Rule, Kinds: kinds, From: c.From, OldWage: c.OldWage,
		NewWage: c.NewWage, Act: c.Act, Source: c.Source, Demo: c.Demo}
	d.Decree = ledger.DeterministicID("indexation decree", d.Rule, fmt.Sprint(d.Kinds), d.From,
		d.OldWage, d.NewWage, d.Act)
	return d, nil
}

// kinds gives the kinds that are meant, sorted; each must follow the decree's rule.
func (c PublishIndexation) kinds(law *account.Law) (kinds []string, err error) {
	named := slices.Compact(slices.Sorted(slices.Values(c.Kinds)))
	if len(named) == 0 {
		for _, entry := range law.Classifier(account.ClassifierBenefit, c.From) {
			named = append(named, entry.Code)
		}
		slices.Sort(named)
	}
	for _, code := range named {
		kind, err := kindOf(law, code, c.From)
		switch {
		case err != nil:
			return nil, err
		case follows(kind, c.Rule):
			kinds = append(kinds, code)
		case len(c.Kinds) > 0:
			return nil, notIndexed(code, c.Rule)
		}
	}
	if len(kinds) == 0 {
		return nil, notIndexed("no kind of benefit", c.Rule)
	}
	return kinds, nil
}

func notIndexed(code, rule string) error {
	return refuse(Invalid, "kind_not_indexed", "%s does not follow %s on that day: see the "+
		"attributes of the classifier %s", code, rule, account.ClassifierBenefit)
}

// onLaw carries out a command on the law stream: it loads, has the fact decided and
// records it. No fact means that it is recorded already.
func (b *Bus) onLaw(ctx context.Context, meta ledger.Meta,
	decide func(*account.Law) (event.Payload, error)) (ledger.Position, error) {
	var position ledger.Position
	err := attempt(ctx, func() error {
		b.Law.Refresh()
		law, err := b.Law.Current(ctx)
		if err != nil {
			return err
		}
		fact, err := decide(law)
		position = law.Position
		if err != nil || fact == nil {
			return err
		}
		result, err := b.Log.Append(ctx, ledger.StreamAppend{Stream: ledger.Law,
			Expected: law.Revision, Events: newEvents(meta, []event.Payload{fact}, "law",
				int64(law.Revision), meta.Actor.Subject)})
		position = result.Position
		b.Law.Refresh()
		return err
	})
	return position, err
}

// PrepareIndexation lays a simulated run of a decree before the second officer.
type PrepareIndexation struct {
	Actor  ledger.Actor
	Ground string
	Decree uuid.UUID
}

// PreparedIndexation is a run that waits for the second officer.
type PreparedIndexation struct {
	Run      uuid.UUID
	Report   event.IndexationReport
	Position ledger.Position
}

// PrepareIndexation simulates and records what it found. A decree may be run again when a
// run of it is completed: it then reaches benefits that were decided since, for a time
// before. A new preparation takes the place of one that nobody has approved.
func (b *Bus) PrepareIndexation(ctx context.Context, c PrepareIndexation,
) (done PreparedIndexation, err error) {
	s, err := b.SimulateIndexation(ctx, c.Decree)
	if err != nil {
		return done, err
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: c.Decree}
	done.Report = s.Report
	done.Position, err = b.onLaw(ctx, meta, func(law *account.Law) (event.Payload, error) {
		decree, err := decreeOf(law, c.Decree)
		if err != nil {
			return nil, err
		}
		runs := 0
		for i := range law.Runs {
			if law.Runs[i].Decree == c.Decree {
				runs++
			}
		}
		if r := touching(law, decree, s.SeenAt, uuid.Nil); r != nil {
			return nil, refuse(Conflict, "indexation_moved",
				"run %s changes benefits of the same kinds: prepare when it is completed", r.Run)
		}
		done.Run = ledger.DeterministicID("indexation run", c.Decree, runs)
		return &event.IndexationPrepared{Run: done.Run, Decree: c.Decree, SeenAt: s.SeenAt,
			Report: s.Report}, nil
	})
	return done, err
}

func decreeOf(law *account.Law, id uuid.UUID) (event.IndexationDecreed, error) {
	decree, ok := law.Decree(id)
	if !ok {
		return decree, refuse(NotFound, "decree_unknown",
			"no indexation decree %s is published: list the decrees", id)
	}
	return decree, nil
}

// touching gives another run that changes benefits of the decree's kinds, and is under way
// or has moved since the position; nil for none.
func touching(law *account.Law, decree event.IndexationDecreed, since ledger.Position,
	except uuid.UUID) *account.IndexationRun {
	for i := range law.Runs {
		r := &law.Runs[i]
		other, _ := law.Decree(r.Decree)
		if r.Run == except || r.State == account.IndexationPrepared ||
			r.State == account.IndexationCompleted && r.Position <= since {
			continue
		}
		if slices.ContainsFunc(other.Kinds, func(kind string) bool {
			return slices.Contains(decree.Kinds, kind)
		}) {
			return r
		}
	}
	return nil
}

// ApproveIndexation is the second officer's order to carry a run out.
type ApproveIndexation struct {
	Actor  ledger.Actor
	Ground string
	Run    uuid.UUID
}

// ApproveIndexation is refused for the officer who prepared (SPF-905), and where what was
// prepared is not what would be done now: a newer preparation or another run has come
// between (SPF-906). The clerk then carries the run out.
func (b *Bus) ApproveIndexation(ctx context.Context, c ApproveIndexation,
) (ledger.Position, error) {
	if err := citesGround(c.Ground); err != nil {
		return 0, err
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: c.Run}
	return b.onLaw(ctx, meta, func(law *account.Law) (event.Payload, error) {
		r, ok := law.Run(c.Run)
		if !ok {
			return nil, runUnknown(c.Run)
		}
		if r.State != account.IndexationPrepared {
			return nil, nil // it is approved
		}
		if r.PreparedBy == c.Actor.Subject {
			return nil, refuse(Forbidden, "SPF-905",
				"who prepared may not approve: let another officer decide")
		}
		decree, err := decreeOf(law, r.Decree)
		if err != nil {
			return nil, err
		}
		newer := slices.ContainsFunc(law.Runs, func(o account.IndexationRun) bool {
			return o.Decree == r.Decree && o.Position > r.Position
		})
		if other := touching(law, decree, r.SeenAt, r.Run); newer || other != nil {
			return nil, refuse(Conflict, "SPF-906",
				"another run was prepared or carried out since: prepare anew")
		}
		if _, err := newIndexing(law, decree, r.Run); err != nil {
			return nil, err
		}
		return &event.IndexationApproved{Run: c.Run}, nil
	})
}

func runUnknown(run uuid.UUID) error {
	return refuse(NotFound, "run_unknown", "there is no indexation run %s: list the runs", run)
}
