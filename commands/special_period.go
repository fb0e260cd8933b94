package commands

import (
	"context"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// RecordSpecialPeriod adds a time that counts for coverage by law and that no payer
// reports.
type RecordSpecialPeriod struct {
	Actor    ledger.Actor
	Ground   string
	Person   ledger.PersonID
	Kind     string // of the classifier of special periods
	From, To period.Date
	Evidence event.Evidence
}

// RecordSpecialPeriod gives the period's id. The same period with the same evidence is
// recorded once, however often it is sent.
func (b *Bus) RecordSpecialPeriod(ctx context.Context, c RecordSpecialPeriod,
) (uuid.UUID, ledger.Position, error) {
	law, err := b.Law.Current(ctx)
	if err != nil {
		return uuid.Nil, 0, err
	}
	today := FundDate(b.Clock())
	id := ledger.DeterministicID(c.Person, "special period", c.Kind, c.From, c.To,
		c.Evidence.Item, c.Evidence.SHA256)
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: id,
		EffectiveFrom: c.From.Month(), EffectiveTo: c.To.Month()}
	at, err := b.onPerson(ctx, c.Person, meta, c, func(s *subject, ids factIDs,
	) ([]event.Payload, error) {
		if err := checkSpecialPeriod(s.person, law, c, today); err != nil {
			return nil, err
		}
		for _, p := range s.person.Periods {
			if p.Period == id {
				return nil, nil
			}
		}
		facts := []event.Payload{&event.SpecialPeriodRecorded{Period: id, Kind: c.Kind,
			From: c.From, To: c.To, Evidence: c.Evidence}}
		return append(facts, reviews(s.person, c.From, ids.of(0), ReviewPeriod)...), nil
	})
	return id, at, err
}

func checkSpecialPeriod(p *account.Person, law *account.Law, c RecordSpecialPeriod,
	today period.Date) error {
	if c.From.IsZero() || c.To < c.From {
		return refuse(Invalid, "period_invalid",
			"give the first and the last day as YYYY-MM-DD, the last not before the first")
	}
	if c.To > today {
		return refuse(Invalid, "period_in_future",
			"the period ends after today, %s: record it when it is over", today)
	}
	if _, ok := law.Code(account.ClassifierSpecial, c.Kind, c.From); !ok {
		return refuse(Invalid, "period_kind_unknown",
			"no kind of special period %q holds on %s: see the classifier %s", c.Kind, c.From,
			account.ClassifierSpecial)
	}
	return checkEvidence(law, c.Evidence, today)
}

func checkEvidence(law *account.Law, e event.Evidence, today period.Date) error {
	if e.On.IsZero() || e.On > today {
		return refuse(Invalid, "evidence_date_invalid",
			"give the day on which the document was received as YYYY-MM-DD, not after %s", today)
	}
	if _, ok := law.Code(account.ClassifierEvidence, e.Item, e.On); !ok {
		return refuse(Invalid, "evidence_unknown",
			"no kind of evidence %q holds on %s: see the classifier %s", e.Item, e.On,
			account.ClassifierEvidence)
	}
	return nil
}

// CancelSpecialPeriod takes a period out again.
type CancelSpecialPeriod struct {
	Actor  ledger.Actor
	Ground string
	Person ledger.PersonID
	Period uuid.UUID
	Reason string
}

// CancelSpecialPeriod of a period that is out already is refused as not found.
func (b *Bus) CancelSpecialPeriod(ctx context.Context, c CancelSpecialPeriod,
) (ledger.Position, error) {
	if err := grounded(c.Ground, c.Reason); err != nil {
		return 0, err
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: c.Period}
	return b.onPerson(ctx, c.Person, meta, c, func(s *subject, ids factIDs,
	) ([]event.Payload, error) {
		for _, p := range s.person.Periods {
			if p.Period == c.Period {
				facts := []event.Payload{&event.SpecialPeriodCancelled{Period: c.Period,
					Reason: c.Reason}}
				return append(facts, reviews(s.person, p.From, ids.of(0), ReviewPeriod)...), nil
			}
		}
		return nil, refuse(NotFound, "period_unknown",
			"the account has no special period %s: list the person's periods", c.Period)
	})
}
