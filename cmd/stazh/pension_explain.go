package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/entitlement"
	"github.com/stazh/stazh/ledger/period"
)

// pensionExplain shows a calculation with its reasons.
type pensionExplain struct{ caseArg }

// explained is a calculation for programs.
type explainAnswer struct {
	service.Explanation
	Position ledger.Position `json:"position"`
}

// Run shows the last calculation of the case.
func (c *pensionExplain) Run(ctx context.Context, a *app) error {
	return a.onCase(ctx, c.caseArg, func(ctx context.Context, s *session, id ledger.PersonID,
		v service.CaseView) error {
		if v.Calculation == uuid.Nil {
			return fmt.Errorf("the case is not calculated yet: see `%s pension calculate`",
				program())
		}
		x, err := s.Explain(ctx, a.actor(roleOfficer), id, v.Calculation)
		if err != nil {
			return err
		}
		if a.term.json {
			return a.term.answer(explainAnswer{x.Value, x.Position}, nil)
		}
		a.term.printf("Calculation %s by %s, on revision %d of the account, hash %s\n",
			x.Value.Calculation, x.Value.Author, x.Value.Seen, x.Value.TraceHash)
		return s.printTrace(ctx, a, x.Value.Trace, x.Value.SeenAt)
	})
}

// pensionTry answers as a calculation would.
type pensionTry struct {
	personArg
	readFlags
	detailsFlag
	Kind      string `default:"old_age" help:"Kind of benefit; see pension kinds."`
	ClaimedOn date   `placeholder:"YYYY-MM-DD" help:"Day of the claim; the reading's by default."`
	From      date   `placeholder:"YYYY-MM-DD" help:"Day asked from; that of the claim by default."`
}

// Run shows the answer; nothing is recorded. As of the past it is the one that the Fund
// would have given then.
func (c *pensionTry) Run(ctx context.Context, a *app) error {
	details, err := c.read(a)
	if err != nil {
		return err
	}
	return a.onPerson(ctx, c.personArg, func(ctx context.Context, s *session,
		id ledger.PersonID) error {
		read, err := s.asOf(ctx, c.AsOf, c.At)
		if err != nil {
			return err
		}
		x, err := s.TryBenefit(ctx, a.actor(roleOfficer), service.Trial{Person: id, Kind: c.Kind,
			ClaimedOn: period.Date(c.ClaimedOn), From: period.Date(c.From), Details: details},
			read)
		if err != nil {
			return err
		}
		if a.term.json {
			return a.term.answer(x.Value, nil)
		}
		return s.printTrace(ctx, a, x.Value.Trace, x.Position)
	})
}

// printTrace shows a trace as a tree, with the numbers of the law as they were recorded at
// the position.
func (s *session) printTrace(ctx context.Context, a *app, text json.RawMessage,
	at ledger.Position) error {
	var t entitlement.Trace
	if err := json.Unmarshal(text, &t); err != nil {
		return fmt.Errorf("read the trace: %w", err)
	}
	law, err := s.Parameters(ctx, a.actor(roleOfficer),
		service.Read{AsOf: service.AsOf{Position: at}}, service.ParameterFilter{})
	if err != nil {
		return err
	}
	e := explainer{term: a.term, lang: a.Lang, trace: &t, numbers: law.Value,
		told: map[string]bool{}}
	return e.print()
}
