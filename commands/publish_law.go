package commands

import (
	"context"
	"reflect"
	"time"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/reconciliation"
	"github.com/stazh/stazh/ledger/rules"
)

// PublishLaw records numbers, code lists and rule packs of the law.
type PublishLaw struct {
	Actor  ledger.Actor
	Ground string
	// Keep leaves numbers alone that are recorded with another value, as a start of the
	// program must; otherwise they are refused.
	Keep        bool
	Parameters  []event.ParameterPublished
	Classifiers []event.ClassifierPublished
	RulePacks   []event.RulePackPublished
}

// publishBatch bounds one append; a first start publishes several hundred facts.
const publishBatch = 500

// PublishLaw records what is not recorded yet, so that it can be repeated at each start;
// the result counts the new facts.
func (b *Bus) PublishLaw(ctx context.Context, c PublishLaw) (published int, err error) {
	err = attempt(ctx, func() error {
		b.Law.Refresh()
		law, err := b.Law.Current(ctx)
		if err != nil {
			return err
		}
		facts, err := decidePublishLaw(law, c, b.Clock())
		if err != nil {
			return err
		}
		expected := law.Revision
		for len(facts) > 0 {
			n := min(publishBatch, len(facts))
			meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground}
			_, err := b.append(ctx, ledger.StreamAppend{
				Stream: ledger.Law, Expected: expected,
				Events: newEvents(meta, facts[:n], "law", int64(expected)),
			})
			if err != nil {
				return err
			}
			published += n
			expected += ledger.Revision(n)
			facts = facts[n:]
		}
		b.Law.Refresh()
		return nil
	})
	return published, err
}

func decidePublishLaw(law *account.Law, c PublishLaw, now time.Time,
) ([]event.Payload, error) {
	var facts []event.Payload
	trial := law.Parameters.Clone()
	for _, p := range c.Parameters {
		recorded, ok := recordedParameter(law, p)
		if ok && (recorded == p || c.Keep) {
			continue
		}
		if ok && recorded.Value != p.Value {
			return nil, refuse(Conflict, "parameter_recorded", "%s from %s is recorded as %s: "+
				"months have been assessed by it, so it cannot be replaced",
				p.Name, p.From, recorded.Value)
		}
		if err := trial.Publish(account.ParameterOf(p, now)); err != nil {
			return nil, &Error{Kind: Invalid, Code: "parameter_invalid", Cause: err,
				Message: "parameter " + p.Name + " from " + p.From.String() +
					" cannot be published: " + err.Error()}
		}
		facts = append(facts, &p)
	}
	for _, x := range c.Classifiers {
		if err := checkFormulas(x); err != nil {
			return nil, err
		}
		latest, ok := law.LatestClassifier(x.Name)
		if !ok || !reflect.DeepEqual(latest, x) {
			facts = append(facts, &x)
		}
	}
	for _, x := range c.RulePacks {
		if !law.HasRulePack(x.Version) {
			facts = append(facts, &x)
		}
	}
	return facts, nil
}

// checkFormulas refuses formulas of the 4-фонд that nobody could compute.
func checkFormulas(x event.ClassifierPublished) error {
	if x.Name != account.ClassifierFund4Rule {
		return nil
	}
	for _, entry := range x.Entries {
		if _, err := reconciliation.ParseFormula(entry.Attribute(account.AttributeFormula)); err != nil {
			return &Error{Kind: Invalid, Code: "formula_invalid", Cause: err,
				Message: "formula " + entry.Code + " cannot be published: " + err.Error()}
		}
	}
	return nil
}

// recordedParameter gives what was last published of a parameter from the same day.
func recordedParameter(law *account.Law, p event.ParameterPublished,
) (event.ParameterPublished, bool) {
	for i := len(law.Published) - 1; i >= 0; i-- {
		if x := law.Published[i]; x.Name == p.Name && x.From == p.From {
			return x, true
		}
	}
	return event.ParameterPublished{}, false
}

// AssessAwaiting assesses the months of a payer that waited for a parameter and have it
// now. It does nothing where none has.
func (b *Bus) AssessAwaiting(ctx context.Context, actor ledger.Actor, unp string) error {
	return attempt(ctx, func() error {
		law, err := b.Law.Current(ctx)
		if err != nil {
			return err
		}
		folds, err := b.payer(ctx, unp)
		if err != nil {
			return err
		}
		payer := folds.payer
		var facts []event.Payload
		for _, m := range payer.Months {
			if m.Awaits == "" {
				continue
			}
			a := newAssessment(m)
			a.settle(law)
			facts = append(facts, a.facts()...)
		}
		if len(facts) == 0 {
			return nil
		}
		_, err = b.append(ctx, ledger.StreamAppend{
			Stream: ledger.PayerStream(unp), Expected: payer.Revision,
			Events: newEvents(ledger.Meta{Actor: actor}, facts, "assess", unp,
				int64(payer.Revision)),
		})
		b.memory.forgetPayer(unp)
		return err
	})
}

// missing tells which parameter an error of a rule is about; ok is false for others.
func missing(err error) (*rules.MissingParameterError, bool) {
	m, ok := err.(*rules.MissingParameterError) //nolint:errorlint // rules return it bare
	return m, ok
}
