package service

import (
	"context"
	"time"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// LawReading says by which law a calculation is made.
type LawReading struct {
	// On is the day of the law for questions that have no day of their own; the null date
	// is the latest law.
	On period.Date
	// KnownAt is the moment whose knowledge of the law counts; the zero time is now.
	KnownAt time.Time
}

// Calculate answers one question of a rule by the recorded law; input is the question in
// JSON. A refusal of the rule is a *rules.Error. No name is needed: the law is public.
func (s *Service) Calculate(ctx context.Context, c Caller, rule string, input []byte,
	by LawReading) (Answer[[]byte], error) {
	law, err := s.RecordedLaw(ctx, c, by)
	if err != nil {
		return Answer[[]byte]{}, err
	}
	output, err := rules.Run(law.Value, rule, input)
	if err != nil {
		return Answer[[]byte]{}, err
	}
	return Answer[[]byte]{Value: output, Position: law.Position}, nil
}

// RecordedLaw gives the numbers of the law as they were recorded, for many calculations.
func (s *Service) RecordedLaw(ctx context.Context, c Caller, by LawReading,
) (Answer[*rules.Law], error) {
	if err := allow(c, auth.Calculate, auth.KindLaw, ""); err != nil {
		return Answer[*rules.Law]{}, err
	}
	if by.KnownAt.After(s.clock()) {
		return Answer[*rules.Law]{}, refuse(commands.Invalid, "as_of_ahead",
			"the law of a moment to come is not recorded yet: ask for an earlier one")
	}
	law, err := s.bus.Law.Current(ctx)
	if err != nil {
		return Answer[*rules.Law]{}, err
	}
	return Answer[*rules.Law]{Value: lawAsKnown(law, by), Position: law.Position}, nil
}

func lawAsKnown(law *account.Law, by LawReading) *rules.Law {
	numbers := law.Parameters
	if !by.KnownAt.IsZero() {
		numbers = numbers.AsKnownAt(by.KnownAt)
	}
	if !by.On.IsZero() {
		numbers = numbers.On(by.On)
	}
	return numbers
}
