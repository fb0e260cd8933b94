package commands

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/entitlement"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
	"github.com/stazh/stazh/ledger/seal"
)

// CalculateBenefit has an officer's calculation laid before a second officer. On an
// awarded case it prepares a recalculation.
type CalculateBenefit struct {
	Actor  ledger.Actor
	Ground string
	Person ledger.PersonID
	Case   uuid.UUID
	// From is the first day of a recalculated amount; the award's own by default.
	From period.Date
}

// Calculated is what a calculation found.
type Calculated struct {
	Calculation uuid.UUID
	Trace       *entitlement.Trace
	Position    ledger.Position
}

// CalculateBenefit establishes the facts from the ledger, carries out the rules and
// records the outcome with its trace, sealed under the person's key. The same calculation
// on the same state is recorded once.
func (b *Bus) CalculateBenefit(ctx context.Context, c CalculateBenefit) (Calculated, error) {
	var done Calculated
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: c.Case}
	at, err := b.onPerson(ctx, c.Person, meta, c, func(s *subject, ids factIDs,
	) ([]event.Payload, error) {
		law, err := b.Law.Current(ctx)
		if err != nil {
			return nil, err
		}
		x, err := s.open(c.Case)
		if err == nil {
			err = s.confirmed()
		}
		if err != nil {
			return nil, err
		}
		trace, text, err := s.calculate(law, x)
		if err != nil {
			return nil, err
		}
		hash := ledger.Hash(sha256.Sum256(text))
		if x.Pending && x.Calculation.TraceHash == hash && x.Author == c.Actor.Subject &&
			s.person.Seen() == x.Calculation.Seen+1 {
			done = Calculated{Calculation: x.Calculation.ID, Trace: trace}
			return nil, nil
		}
		from := trace.From
		if x.State == account.CaseAwarded && !c.From.IsZero() {
			if c.From < from {
				return nil, refuse(Invalid, "recalculation_before_award",
					"the benefit begins on %s: recalculate it from that day or later", from)
			}
			from = c.From
		}
		id := ids.of(0)
		box, err := sealTrace(s.key, id, text)
		if err != nil {
			return nil, err
		}
		done = Calculated{Calculation: id, Trace: trace}
		return []event.Payload{&event.BenefitCalculated{Calculation: event.Calculation{
			ID: id, Case: c.Case, Seen: s.person.Seen(), SeenLaw: law.Revision,
			SeenAt: max(s.person.Position, law.Position), Rules: trace.RuleIDs(),
			Entitled: trace.Entitled, Unmet: trace.Unmet, Form: trace.Form, From: from,
			Until: trace.Until, Amount: trace.Amount, Trace: box, TraceHash: hash}}}, nil
	})
	done.Position = at
	return done, err
}

// calculate answers the claim on the subject's present state.
func (s *subject) calculate(law *account.Law, x *account.Case,
) (*entitlement.Trace, []byte, error) {
	details, err := s.details(x)
	if err != nil {
		return nil, nil, err
	}
	trace, err := entitlement.Calculate(entitlement.Question{Person: s.person,
		Personal: s.personal, Law: law, Kind: x.Kind, ClaimedOn: x.ClaimedOn, From: x.From,
		Details: details})
	if err != nil {
		return nil, nil, CalculationRefused(err)
	}
	text, err := trace.JSON()
	return trace, text, err
}

// CalculationRefused makes a refusal of what kept a calculation from an answer.
func CalculationRefused(err error) error {
	var missing *entitlement.MissingEvidenceError
	var ruled *rules.Error
	switch {
	case errors.As(err, &missing):
		return &Error{Kind: Invalid, Code: "evidence_missing", Message: err.Error()}
	case errors.As(err, &ruled) && ruled.Code == rules.CodeMissingParameter:
		return &Error{Kind: Unavailable, Code: ruled.Code, Message: ruled.Error()}
	case errors.As(err, &ruled):
		return &Error{Kind: Invalid, Code: ruled.Code, Message: ruled.Error()}
	case errors.Is(err, entitlement.ErrUnknownKind):
		return &Error{Kind: Invalid, Code: "benefit_kind_unknown", Message: err.Error()}
	}
	return err
}

// sealTrace packs a trace into a box for the event of the id.
func sealTrace(key *seal.PersonKey, use uuid.UUID, text []byte) (seal.Sealed, error) {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.DefaultCompression)
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return seal.Sealed{}, fmt.Errorf("compress a trace: %w", err)
	}
	return key.Seal(use, packed.Bytes()), nil
}

// traceMax bounds a trace: a lifetime of months takes a fraction of it.
const traceMax = 64 << 20

// openTrace gives the JSON of a sealed trace and checks it against its hash.
func openTrace(key *seal.PersonKey, c *event.Calculation) ([]byte, error) {
	packed, err := key.Open(c.Trace)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), traceMax))
	if err != nil {
		return nil, fmt.Errorf("%w: trace of calculation %s: %w", ledger.ErrCorrupt, c.ID, err)
	}
	if ledger.Hash(sha256.Sum256(text)) != c.TraceHash {
		return nil, fmt.Errorf("%w: trace of calculation %s does not match its hash",
			ledger.ErrCorrupt, c.ID)
	}
	return text, nil
}

// Explained is a recorded calculation with its trace opened.
type Explained struct {
	Calculation event.Calculation
	Author      string
	Trace       []byte // canonical JSON, of which the calculation holds the hash
	Position    ledger.Position
}

// Explain opens the trace of a calculation, and checks it against its hash.
func (b *Bus) Explain(ctx context.Context, person ledger.PersonID, calculation uuid.UUID,
) (Explained, error) {
	unknown := refuse(NotFound, "calculation_unknown",
		"the account has no calculation %s: list the person's cases", calculation)
	folds, err := b.persons(ctx, []ledger.PersonID{person}, nil)
	if err != nil {
		return Explained{}, err
	}
	if folds[person] == nil {
		return Explained{}, unknown
	}
	accounts, err := b.joined(ctx, folds[person])
	if err != nil {
		return Explained{}, err
	}
	for _, p := range accounts {
		x, found, err := b.explained(ctx, p.ID, calculation)
		if found || err != nil {
			return x, err
		}
	}
	return Explained{}, unknown
}

// explained looks for a calculation in one account.
func (b *Bus) explained(ctx context.Context, id ledger.PersonID, calculation uuid.UUID,
) (x Explained, found bool, err error) {
	for e, err := range b.Log.ReadStreams(ctx, ledger.PersonStream(id)) {
		if err != nil {
			return x, false, fmt.Errorf("read the person's stream: %w", err)
		}
		if e.Type != (*event.BenefitCalculated)(nil).EventType() {
			continue
		}
		payload, err := event.Decode(e)
		if err != nil {
			return x, false, fmt.Errorf("read the person's stream: %w", err)
		}
		f, ok := payload.(*event.BenefitCalculated)
		if !ok || f.ID != calculation {
			continue
		}
		keys, err := b.Keys.PersonKeys(ctx, []ledger.PersonID{id}, false)
		if err != nil {
			return x, true, err
		}
		if keys[id] == nil {
			return x, true, refuse(Conflict, "person_erased",
				"the personal data of this account were destroyed, and the trace with them")
		}
		trace, err := openTrace(keys[id], &f.Calculation)
		return Explained{f.Calculation, e.Meta.Actor.Subject, trace, e.Position}, true, err
	}
	return x, false, nil
}
