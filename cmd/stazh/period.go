package main

import (
	"context"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// evidenceFlags name a document.
type evidenceFlags struct {
	Item string `required:"" placeholder:"CODE" help:"Kind of document, such as work_book."`
	On   date   `placeholder:"YYYY-MM-DD" help:"Day on which it was received; today by default."`
}

func (f *evidenceFlags) evidence(a *app) event.Evidence {
	e := event.Evidence{Item: f.Item, On: period.Date(f.On)}
	if e.On.IsZero() {
		e.On = commands.FundDate(a.clock())
	}
	return e
}

// personArg names an insured person.
type personArg struct {
	Person string `arg:"" help:"Insurance number, identifier, or - to read it."`
}

// onPerson opens the ledger for a command on a person.
func (a *app) onPerson(ctx context.Context, p personArg,
	do func(context.Context, *session, ledger.PersonID) error) error {
	text, err := a.argument(p.Person)
	if err != nil {
		return err
	}
	return a.read(ctx, func(ctx context.Context, s *session) error {
		id, err := s.personID(text)
		if err != nil {
			return err
		}
		return do(ctx, s, id)
	})
}

// periodRecord records a special period.
type periodRecord struct {
	personArg
	Kind   string        `required:"" placeholder:"CODE" help:"Kind of period, such as military."`
	From   date          `required:"" placeholder:"YYYY-MM-DD" help:"First day."`
	To     date          `required:"" placeholder:"YYYY-MM-DD" help:"Last day."`
	Ground string        `placeholder:"TEXT" help:"The act relied on."`
	Proof  evidenceFlags `embed:""`
}

// Run records it once.
func (c *periodRecord) Run(ctx context.Context, a *app) error {
	return a.onPerson(ctx, c.personArg, func(ctx context.Context, s *session,
		id ledger.PersonID) error {
		x, err := s.RecordSpecialPeriod(ctx, a.actor(roleOfficer), commands.RecordSpecialPeriod{
			Person: id, Kind: c.Kind, From: period.Date(c.From), To: period.Date(c.To),
			Evidence: c.Proof.evidence(a), Ground: c.Ground})
		return a.recorded("Special period", x, err)
	})
}

// done is what a write answers.
type done struct {
	ID       uuid.UUID       `json:"id"`
	Position ledger.Position `json:"position"`
}

// recorded answers a write.
func (a *app) recorded(what string, x service.Answer[uuid.UUID], err error) error {
	if err != nil {
		return err
	}
	return a.term.answer(done{x.Value, x.Position}, func() {
		a.term.printf("%s %s is recorded.\n", what, x.Value)
	})
}

// periodCancel takes a special period out.
type periodCancel struct {
	personArg
	Period uuid.UUID `arg:"" help:"Identifier of the period."`
	why
}

// Run cancels it.
func (c *periodCancel) Run(ctx context.Context, a *app) error {
	return a.onPerson(ctx, c.personArg, func(ctx context.Context, s *session,
		id ledger.PersonID) error {
		x, err := s.CancelSpecialPeriod(ctx, a.actor(roleOfficer), commands.CancelSpecialPeriod{
			Person: id, Period: c.Period, Reason: c.Reason, Ground: c.Ground})
		return a.recorded("The end of special period", x, err)
	})
}

// readFlags ask for the past.
type readFlags struct {
	AsOf moment `placeholder:"TIME" help:"As the Fund knew it then (RFC 3339)."`
	At   uint64 `placeholder:"POSITION" help:"As the ledger was at the position."`
}

// periodList lists special periods.
type periodList struct {
	personArg
	readFlags
}

// Run lists them in the order of recording.
func (c *periodList) Run(ctx context.Context, a *app) error {
	return a.onPerson(ctx, c.personArg, func(ctx context.Context, s *session,
		id ledger.PersonID) error {
		read, err := s.asOf(ctx, c.AsOf, c.At)
		if err != nil {
			return err
		}
		list, err := s.SpecialPeriods(ctx, a.actor(roleOfficer), id, read)
		if err != nil {
			return err
		}
		return a.term.answer(list.Value, func() {
			t := newTable("FROM", "TO", "KIND", "DOCUMENT", "RECEIVED", "IDENTIFIER")
			for _, p := range list.Value {
				t.add(p.From.String(), p.To.String(), p.Title.EN, p.Evidence.Item,
					p.Evidence.On.String(), p.Period.String())
			}
			t.print(a.term)
		})
	})
}
