package commands

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
	"github.com/stazh/stazh/ledger/seal"
)

// OpenDispute records that an insured person holds a line of the account to be wrong.
type OpenDispute struct {
	Actor  ledger.Actor
	Ground string
	Person ledger.PersonID
	Line   event.Line
	Text   string // what the person says; it is sealed
}

// OpenDispute gives the dispute. The payer who has reported the line is asked first, by a
// day that the law sets; where the Fund has recorded it, or the payer is gone, the Fund
// decides at once. While a dispute over the line is open there is no second one.
func (b *Bus) OpenDispute(ctx context.Context, c OpenDispute,
) (id uuid.UUID, at ledger.Position, err error) {
	if strings.TrimSpace(c.Text) == "" {
		return id, 0, refuse(Invalid, "text_missing", "say what is wrong with the line")
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground}
	at, err = b.onPerson(ctx, c.Person, meta, c, func(s *subject, ids factIDs,
	) ([]event.Payload, error) {
		found, ok := s.person.Line(&c.Line)
		if !ok {
			return nil, refuse(NotFound, "line_unknown",
				"the account has no such line now: read the account and name one of its lines")
		}
		closed := 0
		for i := range s.person.Disputes {
			d := &s.person.Disputes[i]
			if d.Line != c.Line {
				continue
			}
			if d.Outcome == "" {
				id = d.Dispute
				if d.Opener == c.Actor.Subject {
					return nil, nil // it is recorded
				}
				return nil, refuse(Conflict, "dispute_open", "dispute %s over this line is open",
					d.Dispute)
			}
			closed++
		}
		fact := &event.DisputeOpened{Line: c.Line, Payer: found.Payer, Office: c.Actor.Office,
			Version: found.Version, Receipt: found.Receipt, DocNo: found.DocNo}
		if err := b.terms(ctx, fact); err != nil {
			return nil, err
		}
		id = ledger.DeterministicID(s.person.ID, "dispute", lineKey(&c.Line), closed)
		fact.Dispute = id
		key, err := b.keyOf(ctx, s, found.Account)
		if err != nil {
			return nil, err
		}
		fact.Text = key.Seal(ids.of(0), []byte(c.Text))
		return []event.Payload{fact}, nil
	})
	return id, at, err
}

// lineKey is the canonical form of a reference to a line.
func lineKey(l *event.Line) string {
	c := ledger.NewEncoder(nil)
	l.Fields(c)
	return string(c.Encoded())
}

// terms sets who is asked and until when: the payer if it is there, else the Fund.
func (b *Bus) terms(ctx context.Context, fact *event.DisputeOpened) error {
	today := FundDate(b.Clock())
	law, err := b.Law.Current(ctx)
	if err != nil {
		return err
	}
	if fact.Payer != "" {
		folds, err := b.payer(ctx, fact.Payer)
		if err != nil {
			return err
		}
		if folds.payer.Office != "" {
			fact.Office = folds.payer.Office
		}
		if folds.payer.ActiveOn(today) {
			fact.AnswerBy, err = dueBy(law, rules.DisputeAnswerDays, today)
			return err
		}
	}
	fact.Payer = ""
	fact.DecideBy, err = dueBy(law, rules.DisputeDecisionDays, today)
	return err
}

// dueBy gives the last day of a term of the law that begins on a day.
func dueBy(law *account.Law, term string, begins period.Date) (period.Date, error) {
	due, err := law.TermEnds(term, begins)
	var missing *rules.MissingParameterError
	if errors.As(err, &missing) {
		return 0, &Error{Kind: Unavailable, Code: rules.CodeMissingParameter,
			Message: err.Error()}
	}
	return due, err
}

// keyOf gives the key of a joined account, the null identifier being the person's own.
func (b *Bus) keyOf(ctx context.Context, s *subject, id ledger.PersonID,
) (*seal.PersonKey, error) {
	if id == uuid.Nil {
		return s.key, nil
	}
	keys, err := b.Keys.PersonKeys(ctx, []ledger.PersonID{id}, false)
	if err != nil {
		return nil, err
	}
	if keys[id] == nil {
		return nil, refuse(Conflict, "person_erased",
			"the personal data of this account were destroyed: nothing can be decided on it")
	}
	return keys[id], nil
}

// AnswerDispute is what the payer says to a dispute.
type AnswerDispute struct {
	Actor   ledger.Actor
	Ground  string
	Person  ledger.PersonID
	Dispute uuid.UUID
	// Payer answers for itself; empty where an officer answers in its place.
	Payer    string
	Accepted bool   // the line is wrong and will be corrected
	Text     string // the reason; a denial needs one
}

// AnswerDispute is refused when the dispute is answered or closed. The same answer of the
// same actor is recorded once. A late answer counts as long as the Fund has not decided.
func (b *Bus) AnswerDispute(ctx context.Context, c AnswerDispute) (ledger.Position, error) {
	if !c.Accepted {
		if err := said(fieldText, c.Text); err != nil {
			return 0, err
		}
	}
	return b.onDispute(ctx, c.Person, c.Dispute, ledger.Meta{Actor: c.Actor, Ground: c.Ground}, c,
		func(d *account.Dispute, law *account.Law, text sealer) (event.Payload, error) {
			switch {
			case c.Payer != "" && d.Payer != c.Payer:
				return nil, disputeUnknown(c.Dispute)
			case d.Payer == "":
				return nil, refuse(Conflict, "dispute_without_payer",
					"no payer is asked in dispute %s: the Fund decides it", c.Dispute)
			case !d.AnsweredAt.IsZero() && d.Answerer == c.Actor.Subject &&
				d.Answer.Accepted == c.Accepted:
				return nil, nil
			case !d.AnsweredAt.IsZero():
				return nil, refuse(Conflict, "dispute_answered", "dispute %s is answered",
					c.Dispute)
			case d.Outcome != "":
				return nil, disputeClosed(d)
			}
			fact := &event.DisputeAnswered{Dispute: c.Dispute, Accepted: c.Accepted,
				ForFund: c.Payer == "", Text: text(c.Text)}
			var err error
			today := FundDate(b.Clock())
			if c.Accepted {
				fact.CorrectBy, err = dueBy(law, rules.DisputeCorrectionDays, today)
			} else {
				fact.DecideBy, err = dueBy(law, rules.DisputeDecisionDays, today)
			}
			return fact, err
		})
}

// sealer closes a text into the box of the event to come.
type sealer func(text string) seal.Sealed

// onDispute carries out a command on a dispute; no fact means that it is recorded.
func (b *Bus) onDispute(ctx context.Context, person ledger.PersonID, dispute uuid.UUID,
	meta ledger.Meta, command any,
	decide func(*account.Dispute, *account.Law, sealer) (event.Payload, error),
) (ledger.Position, error) {
	law, err := b.Law.Current(ctx)
	if err != nil {
		return 0, err
	}
	meta.Correlation = dispute
	return b.onPerson(ctx, person, meta, command, func(s *subject, ids factIDs,
	) ([]event.Payload, error) {
		d, ok := s.person.Dispute(dispute)
		if !ok {
			return nil, disputeUnknown(dispute)
		}
		key, err := b.keyOf(ctx, s, d.Account)
		if err != nil {
			return nil, err
		}
		fact, err := decide(d, law, func(text string) seal.Sealed {
			return key.Seal(ids.of(0), []byte(text))
		})
		if err != nil || fact == nil {
			return nil, err
		}
		return []event.Payload{fact}, nil
	})
}

func disputeUnknown(id uuid.UUID) *Error {
	return refuse(NotFound, "dispute_unknown", "there is no dispute %s: list the disputes", id)
}

func disputeClosed(d *account.Dispute) *Error {
	return refuse(Conflict, "dispute_closed", "dispute %s is closed: %s",
		d.DisputeOpened.Dispute, d.Outcome)
}

// DecideDispute is the Fund's decision.
type DecideDispute struct {
	Actor   ledger.Actor
	Ground  string
	Person  ledger.PersonID
	Dispute uuid.UUID
	Upheld  bool // the person is right
	Text    string
}

// DecideDispute is refused before the payer's term has passed or it has answered, and to an
// officer who opened the dispute or answered it. A line that is found wrong is corrected by
// a filing of its own.
func (b *Bus) DecideDispute(ctx context.Context, c DecideDispute) (ledger.Position, error) {
	if err := grounded(c.Ground, c.Text); err != nil {
		return 0, err
	}
	outcome := account.DisputeDismissed
	if c.Upheld {
		outcome = account.DisputeUpheld
	}
	return b.onDispute(ctx, c.Person, c.Dispute, ledger.Meta{Actor: c.Actor, Ground: c.Ground}, c,
		func(d *account.Dispute, _ *account.Law, text sealer) (event.Payload, error) {
			switch today := FundDate(b.Clock()); {
			case d.Outcome == outcome && d.DecidedBy == c.Actor.Subject:
				return nil, nil
			case d.Outcome != "":
				return nil, disputeClosed(d)
			case d.Opener == c.Actor.Subject || d.Answerer == c.Actor.Subject:
				return nil, refuse(Forbidden, "SPF-905",
					"who opened or answered the dispute may not decide it: let another "+
						"officer do it")
			case !d.MayBeDecided(today):
				_, due := d.Turn()
				return nil, refuse(Conflict, "dispute_waits_for_payer",
					"the payer has until %s: decide after that day, or once it has answered", due)
			}
			return &event.DisputeDecided{Dispute: c.Dispute, Upheld: c.Upheld,
				Text: text(c.Text)}, nil
		})
}

// WithdrawDispute closes a dispute at the person's wish.
type WithdrawDispute struct {
	Actor   ledger.Actor
	Ground  string
	Person  ledger.PersonID
	Dispute uuid.UUID
	Text    string
}

// WithdrawDispute of a withdrawn dispute does nothing.
func (b *Bus) WithdrawDispute(ctx context.Context, c WithdrawDispute) (ledger.Position, error) {
	return b.onDispute(ctx, c.Person, c.Dispute, ledger.Meta{Actor: c.Actor, Ground: c.Ground}, c,
		func(d *account.Dispute, _ *account.Law, text sealer) (event.Payload, error) {
			switch d.Outcome {
			case account.DisputeDropped:
				return nil, nil
			case "":
				return &event.DisputeWithdrawn{Dispute: c.Dispute, Text: text(c.Text)}, nil
			}
			return nil, disputeClosed(d)
		})
}

// settlements close the disputes over lines of a form slot that a version of it changes;
// fact says by what.
func settlements(who *account.Person, c *account.SlotChange, fact event.DisputeSettled,
) (facts []*event.DisputeSettled) {
	for i := range who.Disputes {
		d := &who.Disputes[i]
		if d.Outcome == "" && d.Line.Slot == c.Slot && changes(c, &d.Line) {
			closing := fact
			closing.Dispute = d.DisputeOpened.Dispute
			facts = append(facts, &closing)
		}
	}
	return facts
}

// changes tells whether a line of a form slot is another after a change of the slot.
func changes(c *account.SlotChange, line *event.Line) bool {
	switch line.Kind {
	case event.LineMonth:
		of := func(m event.MonthFact) bool { return m.Month != line.Month }
		return !slices.Equal(slices.DeleteFunc(slices.Clone(c.Before.Months), of),
			slices.DeleteFunc(slices.Clone(c.After.Months), of))
	case event.LineService:
		of := func(s event.ServicePeriod) bool { return s.From != line.From }
		return !slices.Equal(slices.DeleteFunc(slices.Clone(c.Before.Service), of),
			slices.DeleteFunc(slices.Clone(c.After.Service), of))
	case event.LineSlot:
		return !slices.Equal(c.Before.Months, c.After.Months) ||
			!slices.Equal(c.Before.Service, c.After.Service)
	}
	return false
}
