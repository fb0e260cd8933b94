package main

import (
	"bytes"
	"context"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger"
)

// personHistory shows what a person's account is made of: the stored bytes of its events,
// with --json, and the chain that they were verified against.
type personHistory struct {
	Person string `arg:"" help:"Insurance number, identifier, or - to read it."`
	AsOf   moment `placeholder:"TIME" help:"As the Fund knew it then (RFC 3339)."`
	At     uint64 `placeholder:"POSITION" help:"As the ledger was at the position."`
}

// historyAnswer is the history with its place in the ledger.
type historyAnswer struct {
	service.History
	Position ledger.Position `json:"position"`
	Chain    *service.Chain  `json:"chain"`
}

// Run shows the history, as it is now or as it was known.
func (c *personHistory) Run(ctx context.Context, a *app) error {
	text, err := a.argument(c.Person)
	if err != nil {
		return err
	}
	return a.read(ctx, func(ctx context.Context, s *session) error {
		id, err := s.personID(text)
		if err != nil {
			return err
		}
		read, err := s.asOf(ctx, c.AsOf, c.At)
		if err != nil {
			return err
		}
		var events []service.StoredEvent
		x, err := s.History(ctx, a.actor(roleOfficer), id, read, func(e service.StoredEvent) {
			e.Record = bytes.Clone(e.Record)
			events = append(events, e)
		})
		if err != nil {
			return err
		}
		x.Value.Events = events
		return a.term.answer(historyAnswer{x.Value, x.Position, x.Chain}, func() {
			total := x.Value.Total
			a.term.printf("%d events, all hashed: the chain holds.\n", len(events))
			a.term.printf("Its head is %s.\n", x.Chain.Head)
			a.term.printf("Reported: earnings %s, benefits %s, contributions %s, paid %s.\n",
				total.Reported.Earnings, total.Reported.Benefits, total.Reported.Contributions,
				total.Reported.Paid)
			note := ""
			if x.Value.Demo {
				note = " (demonstration values)"
			}
			a.term.printf("By the law: %s for pensions, %s for the other benefits%s.\n",
				total.Computed.ForPensions, total.Computed.ForSocial, note)
			a.term.say("Ledger position %s.", grouped(int64(x.Position)))
		})
	})
}
