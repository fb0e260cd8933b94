package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/fixtures/country"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

// claimsAtOnce is how many claims are in work: group commit makes one write of theirs.
const claimsAtOnce = 16

// decideAll has the Fund's officers work on the country's claims: on those of one person in
// turn, and on the last person's when all others are done, so that the presence of the last
// claim tells that nothing is left.
func (l *loader) decideAll(ctx context.Context) error {
	persons := byPerson(slices.Collect(l.country.Claims()))
	if len(persons) == 0 {
		return nil
	}
	rest, last := persons[:len(persons)-1], persons[len(persons)-1]
	if x, err := l.claimed(ctx, last[len(last)-1]); err != nil || x != nil {
		return err
	}
	bar := l.progress("Working on claims", "persons")
	var mu sync.Mutex // guards count and bar
	count := int64(0)
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(claimsAtOnce)
	for _, claims := range rest {
		group.Go(func() error {
			err := l.workOn(groupCtx, claims)
			mu.Lock()
			defer mu.Unlock()
			count++
			bar.set(count, int64(len(persons)))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if err := l.workOn(ctx, last); err != nil {
		return err
	}
	bar.end(int64(len(persons)))
	return l.caughtUp(ctx)
}

// byPerson cuts the claims, which come person by person.
func byPerson(claims []country.Claim) (persons [][]country.Claim) {
	for i := range claims {
		if i == 0 || claims[i].PersonalNo != claims[i-1].PersonalNo {
			persons = append(persons, nil)
		}
		at := len(persons) - 1
		persons[at] = append(persons[at], claims[i])
	}
	return persons
}

// claimed finds the case of a claim that was made before.
func (l *loader) claimed(ctx context.Context, x country.Claim) (*service.CaseView, error) {
	person, err := l.PersonID(x.PersonalNo)
	if err != nil {
		return nil, err
	}
	list, err := l.PersonCases(ctx, l.officer("", x.Office), person, service.Read{})
	if unknown(err) {
		return nil, nil
	}
	for i := range list.Value {
		if v := &list.Value[i]; v.Kind == x.Kind && v.ClaimedOn == x.From {
			return v, nil
		}
	}
	return nil, err
}

// unknown tells a refusal because nobody has registered the person: its payer did not file.
func unknown(err error) bool {
	var refusal *commands.Error
	return errors.As(err, &refusal) && refusal.Kind == commands.NotFound
}

// officer is one of the two officers of an office.
func (l *loader) officer(name, office string) service.Caller {
	return service.Caller{Subject: "demo-" + name + office, Role: roleOfficer, Office: office}
}

// workOn brings the claims of a person to their stages.
func (l *loader) workOn(ctx context.Context, claims []country.Claim) error {
	for _, x := range claims {
		if err := l.work(ctx, x); err != nil {
			return err
		}
	}
	return nil
}

// work brings a claim to its stage. What was done before an interruption is not done again.
func (l *loader) work(ctx context.Context, x country.Claim) error {
	before, err := l.claimed(ctx, x)
	if err != nil || before != nil && reached(before, x.Stage) {
		return err
	}
	person, err := l.PersonID(x.PersonalNo)
	if err != nil {
		return err
	}
	if err := l.establish(ctx, person, x); err != nil {
		if unknown(err) {
			return nil
		}
		return fmt.Errorf("claim of %s: %w", x.Kind, err)
	}
	if err := l.decide(ctx, person, x, before != nil && len(before.Evidence) > 0); err != nil {
		return fmt.Errorf("claim of %s from %s: %w", x.Kind, x.From, err)
	}
	return nil
}

// reached tells whether a case is where its claim is to come.
func reached(v *service.CaseView, stage country.Stage) bool {
	switch v.State {
	case account.CaseClaimed:
		return stage == country.StageClaimed
	case account.CaseCalculated:
		return stage == country.StageCalculated
	}
	return true
}

// establish records the work before the account.
func (l *loader) establish(ctx context.Context, person ledger.PersonID, x country.Claim) error {
	if x.Before.From.IsZero() {
		return nil
	}
	_, err := l.RecordSpecialPeriod(ctx, l.officer("a-", x.Office), commands.RecordSpecialPeriod{
		Person: person, Kind: x.BeforeKind, From: x.Before.From, To: x.Before.To,
		Evidence: event.Evidence{Item: "work_book", On: x.From}, Ground: demoGround})
	return err
}

// decide goes from the claim to the decision; proved tells that the document is recorded.
func (l *loader) decide(ctx context.Context, person ledger.PersonID, x country.Claim,
	proved bool) error {
	first, second := l.officer("a-", x.Office), l.officer("b-", x.Office)
	claim := commands.ClaimBenefit{Person: person, Kind: x.Kind, ClaimedOn: x.From,
		Ground: demoGround}
	if x.Details != "" {
		if err := json.Unmarshal([]byte(x.Details), &claim.Details); err != nil {
			return err
		}
	}
	opened, err := l.ClaimBenefit(ctx, first, claim)
	if unknown(err) {
		return nil
	}
	if err != nil || x.Stage == country.StageClaimed {
		return err
	}
	if !proved {
		if _, err := l.RecordBenefitEvidence(ctx, first, commands.RecordBenefitEvidence{
			Person: person, Case: opened.Value, Ground: demoGround,
			Evidence: event.Evidence{Item: x.Document, On: x.From}}); err != nil {
			return err
		}
	}
	done, err := l.CalculateBenefit(ctx, first, commands.CalculateBenefit{Person: person,
		Case: opened.Value, Ground: demoGround})
	if err != nil || x.Stage == country.StageCalculated {
		return err
	}
	_, err = l.ApproveCalculation(ctx, second, commands.ApproveCalculation{Person: person,
		Calculation: done.Value.Calculation, Ground: demoGround})
	if err != nil || x.Stage != country.StageReview || x.Before.From.IsZero() {
		return err
	}
	return l.later(ctx, person, x)
}

// later records a period that the Fund learns of after its decision.
func (l *loader) later(ctx context.Context, person ledger.PersonID, x country.Claim) error {
	_, err := l.RecordSpecialPeriod(ctx, l.officer("a-", x.Office), commands.RecordSpecialPeriod{
		Person: person, Kind: "study", From: x.Before.From.AddMonths(-24),
		To:       x.Before.From.AddDays(-1),
		Evidence: event.Evidence{Item: "diploma", On: x.From}, Ground: demoGround})
	return err
}
