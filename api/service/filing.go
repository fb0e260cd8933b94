package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/filing"
)

// FilingReceipt is the proof that a file has arrived. It is the same for ever for the
// same bytes of the same filer.
type FilingReceipt struct {
	Receipt    string          `json:"receipt"`
	Filing     uuid.UUID       `json:"filing"`
	Payer      string          `json:"payer"`
	SHA256     ledger.Hash     `json:"sha256"`
	Bytes      int64           `json:"bytes"`
	ReceivedAt time.Time       `json:"received_at"`
	Position   ledger.Position `json:"position"`
	// Repeated is true when the file had been received before. It is no part of the
	// receipt, which reads the same each time.
	Repeated bool `json:"-"`
}

// FilingView is a filing with how far it has come.
type FilingView struct {
	Receipt      string       `json:"receipt"`
	Filing       uuid.UUID    `json:"filing"`
	Payer        string       `json:"payer"`
	Status       string       `json:"status"`
	SHA256       ledger.Hash  `json:"sha256"`
	Bytes        int64        `json:"bytes"`
	Channel      string       `json:"channel"`
	AllOrNothing bool         `json:"all_or_nothing"`
	FiledBy      ledger.Actor `json:"filed_by"`
	ReceivedAt   time.Time    `json:"received_at"`
	ProcessedAt  time.Time    `json:"processed_at,omitzero"`
	Form         string       `json:"form,omitempty"`
	Year         int          `json:"year,omitempty"`
	Quarter      int          `json:"quarter,omitempty"`
	// Quarters are all quarters of the year that the documents are about, as digits.
	Quarters string `json:"quarters,omitempty"`
	Format   string `json:"format,omitempty"`
	// Documents is how many the file has; it is known when the filing is processed.
	Documents int `json:"documents,omitempty"`
	// Posted is how many documents have their outcome.
	Posted int `json:"posted"`
	// Accepted, Rejected and Parked count outcomes as they stand: a parked document that
	// was released later counts as accepted or rejected.
	Accepted    int             `json:"accepted"`
	Rejected    int             `json:"rejected"`
	Parked      int             `json:"parked"`
	Tallies     []event.Tally   `json:"tallies"`
	HasFindings bool            `json:"has_findings"`
	RulePack    string          `json:"rule_pack,omitempty"`
	ReceivedPos ledger.Position `json:"received_position"`
	ChangedPos  ledger.Position `json:"changed_position"`
}

// Processed tells whether every document has its outcome.
func (v FilingView) Processed() bool { return !v.ProcessedAt.IsZero() }

// FilingRef names a filing: by receipt number, by the hash of its bytes, or by payer and
// Idempotency-Key.
type FilingRef struct {
	Receipt string
	SHA256  ledger.Hash
	Payer   string
	Key     string
}

// Filing gives a filing. Of several filings of the same bytes it gives the first.
func (s *Service) Filing(ctx context.Context, c Caller, ref FilingRef, r Read,
) (Answer[FilingView], error) {
	var none Answer[FilingView]
	if err := allow(c, auth.ReadFiling, auth.KindFiling, ref.Receipt); err != nil {
		return none, err
	}
	at, past, err := s.cut(ctx, r)
	if err != nil {
		return none, err
	}
	if err := s.await(ctx, projectionFiling, max(at, r.AtLeast)); err != nil {
		return none, err
	}
	row, position, err := s.filingRow(ctx, ref)
	if err != nil {
		return none, found(err, filingUnknown)
	}
	if !past {
		return answer(ctx, s, viewFiling(row.Payer, row.Changed, row.Filing), position)
	}
	view, err := s.filingAsOf(ctx, row, at)
	if err != nil {
		return none, err
	}
	return answer(ctx, s, view, at)
}

// filingRow finds a filing. What the read model does not know may have arrived a moment
// ago: it is asked again when it has come up to the present head, so that whoever has a
// receipt is never told that there is no such filing.
func (s *Service) filingRow(ctx context.Context, ref FilingRef,
) (*filing.Filing, ledger.Position, error) {
	row, position, err := s.lookUp(ctx, ref)
	if !errors.Is(err, projections.ErrNotFound) && !errors.Is(err, projections.ErrNotBuilt) {
		return row, position, err
	}
	head, err := s.log.Head(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("read the head of the ledger: %w", err)
	}
	if err := s.await(ctx, projectionFiling, head); err != nil {
		return nil, 0, err
	}
	return s.lookUp(ctx, ref)
}

func (s *Service) lookUp(ctx context.Context, ref FilingRef,
) (*filing.Filing, ledger.Position, error) {
	switch {
	case ref.Receipt != "":
		return s.models.Filing.ByReceipt(ctx, control.NormalizeReceipt(ref.Receipt))
	case !ref.SHA256.IsZero():
		rows, position, err := s.models.Filing.BySHA256(ctx, ref.SHA256)
		if err == nil && len(rows) == 0 {
			err = projections.ErrNotFound
		}
		if err != nil {
			return nil, 0, err
		}
		return rows[0], position, nil
	case ref.Payer != "" && ref.Key != "":
		return s.models.Filing.ByKey(ctx, ref.Payer, commands.KeyHash(ref.Key))
	}
	return nil, 0, refuse(commands.Invalid, "filing_reference_missing", "name the filing by "+
		"its receipt number, by the SHA-256 of its bytes, or by payer and Idempotency-Key")
}

func (s *Service) filingAsOf(ctx context.Context, row *filing.Filing, at ledger.Position,
) (FilingView, error) {
	filings := account.NewFilings()
	var changed ledger.Position
	id := row.FilingReceived.Filing
	_, err := s.each(ctx, ledger.PayerStream(row.Payer), at,
		func(e ledger.Event, payload event.Payload) {
			filings.Apply(e, payload)
			if e.Meta.Correlation == id {
				changed = e.Position
			}
		})
	if err != nil {
		return FilingView{}, err
	}
	past, ok := filings.Filing(id)
	if !ok {
		return FilingView{}, filingUnknown()
	}
	return viewFiling(row.Payer, changed, past), nil
}

// Filings lists filings: those of the same bytes, or those of a payer, newest first.
func (s *Service) Filings(ctx context.Context, c Caller, ref FilingRef, cursor string,
	limit int, r Read) (Page[FilingView], error) {
	page := Page[FilingView]{Items: []FilingView{}}
	if err := allow(c, auth.ReadFiling, auth.KindFiling, ""); err != nil {
		return page, err
	}
	if err := s.await(ctx, projectionFiling, r.AtLeast); err != nil {
		return page, err
	}
	var rows []*filing.Filing
	var err error
	switch {
	case !ref.SHA256.IsZero():
		// The first is looked up with patience, in case that it has just arrived.
		if _, _, err = s.filingRow(ctx, FilingRef{SHA256: ref.SHA256}); err == nil {
			rows, page.Position, err = s.models.Filing.BySHA256(ctx, ref.SHA256)
		}
	case ref.Payer != "" && ref.Key != "":
		var row *filing.Filing
		row, page.Position, err = s.filingRow(ctx, FilingRef{Payer: ref.Payer, Key: ref.Key})
		rows = []*filing.Filing{row}
	case ref.Payer != "":
		list, listErr := s.models.Filing.OfPayer(ctx, ref.Payer, cursor, limit)
		rows, page.Next, page.Position, err = list.Items, list.Next, list.Position, listErr
	default:
		err = refuse(commands.Invalid, "filing_reference_missing", "name the filings by "+
			"payer, by payer and Idempotency-Key, or by the SHA-256 of their bytes")
	}
	if err != nil {
		return page, found(err, filingUnknown)
	}
	for _, row := range rows {
		page.Items = append(page.Items, viewFiling(row.Payer, row.Changed, row.Filing))
	}
	return page, nil
}

func viewFiling(payer string, changed ledger.Position, f account.Filing) FilingView {
	v := FilingView{
		Receipt: f.Receipt, Filing: f.FilingReceived.Filing, Payer: payer,
		Status: filing.Received, SHA256: f.SHA256, Bytes: f.Bytes, Channel: f.Channel,
		AllOrNothing: f.AllOrNothing, FiledBy: f.Actor, ReceivedAt: f.ReceivedAt,
		Posted: f.Posted, Tallies: f.Tallies, HasFindings: len(f.Findings) > 0,
		ReceivedPos: f.Position, ChangedPos: changed,
	}
	if v.Tallies == nil {
		v.Tallies = []event.Tally{}
	}
	for _, t := range f.Tallies {
		v.Accepted += t.Accepted
		v.Rejected += t.Rejected
		v.Parked += t.Parked
	}
	if f.Posted > 0 {
		v.Status = filing.Checking
	}
	if p := f.Processed; p != nil {
		v.Status, v.ProcessedAt = p.Outcome, f.ProcessedAt
		v.Form, v.Year, v.Quarter, v.Format = p.Form, p.Year, p.Quarter, p.Format
		v.Quarters = quartersOf(*p, f.Tallies)
		v.Documents, v.Posted, v.RulePack = p.Documents, p.Documents, p.RulePack
		if len(f.Tallies) == 0 { // refused as a whole
			v.Accepted, v.Rejected, v.Parked = p.Accepted, p.Rejected, p.Parked
		}
	}
	return v
}

// quartersOf lists the quarters, as digits, of the form and year that a filing is headed
// with: those that its counters are about. Without any it is the quarter of the first document.
func quartersOf(p event.FilingProcessed, tallies []event.Tally) (digits string) {
	var about [5]bool
	for _, t := range tallies {
		if t.Form == p.Form && t.Year == p.Year && t.Quarter > 0 {
			about[t.Quarter] = true
		}
	}
	for q := 1; q < len(about); q++ {
		if about[q] {
			digits += string(rune('0' + q))
		}
	}
	if digits == "" && p.Quarter > 0 {
		digits = string(rune('0' + p.Quarter))
	}
	return digits
}

// followPause bounds how often a followed state is read while the ledger is busy: five
// times a second is live to a person and little work for the database.
const followPause = 200 * time.Millisecond

// FollowFiling hands out the filing each time it has changed after a position, and ends
// when it is processed and its last state was handed out.
func (s *Service) FollowFiling(ctx context.Context, c Caller, receipt string,
	after ledger.Position, each func(FilingView) error) error {
	if err := allow(c, auth.ReadFiling, auth.KindFiling, receipt); err != nil {
		return err
	}
	for {
		row, position, err := s.filingRow(ctx, FilingRef{Receipt: receipt})
		if err != nil {
			return found(err, filingUnknown)
		}
		view := viewFiling(row.Payer, row.Changed, row.Filing)
		if view.ChangedPos > after {
			if err := each(view); err != nil {
				return err
			}
			after = view.ChangedPos
		}
		if view.Processed() {
			return nil
		}
		if err := s.next(ctx, projectionFiling, position); err != nil {
			return err
		}
	}
}

// next waits until a projection is beyond a position, and at least the pause.
func (s *Service) next(ctx context.Context, projection string, at ledger.Position) error {
	pause := time.NewTimer(followPause)
	defer pause.Stop()
	if err := s.runner.WaitFor(ctx, projection, at+1); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
	select {
	case <-pause.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// WaitProcessed returns the filing once every document of it has its outcome.
func (s *Service) WaitProcessed(ctx context.Context, c Caller, receipt string,
) (Answer[FilingView], error) {
	var last FilingView
	err := s.FollowFiling(ctx, c, receipt, 0, func(v FilingView) error {
		last = v
		return nil
	})
	if err != nil {
		return Answer[FilingView]{}, err
	}
	return answer(ctx, s, last, last.ChangedPos)
}
