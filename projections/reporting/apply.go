package reporting

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
)

// kindTreasury is the kind of payers that pay for others and report nobody.
const kindTreasury = "treasury"

// payer is what the totals need to know of a payer.
type payer struct {
	office, kind          string
	since, deregisteredOn period.Date
	changed               bool
}

// openFiling is a filing that later events still refer to.
type openFiling struct {
	office    string
	arrived   quarter
	processed bool
	parked    int64
}

// done tells whether no event of this filing can come any more.
func (f *openFiling) done() bool { return f.processed && f.parked == 0 }

// payerMonth names an assessment.
type payerMonth struct {
	payer string
	month period.Month
}

// changeKey is a place where the number of payers with a duty changes.
type changeKey struct {
	office string
	quarter
}

// state is what a batch starts from and what it adds.
type state struct {
	payers   map[string]*payer         // absent: not registered
	filings  map[uuid.UUID]*openFiling // those of the batch that are not done with
	known    []uuid.UUID               // those that arrived before the batch
	assessed map[payerMonth]money.Amount
	stored   map[payerMonth]bool // assessed before the batch
	fresh    map[payerMonth]bool // assessed anew by the batch
	sums     map[rowKey]*sum
	changes  map[changeKey]int64
}

// at gives the sum to which an event adds.
func (s *state) at(office, form string, q quarter, e *projections.Event) *sum {
	k := rowKey{office, projections.Text(form), q}
	x := s.sums[k]
	if x == nil {
		x = &sum{}
		s.sums[k] = x
	}
	// A build takes one stream after another, so that positions may go back.
	x.position = max(x.position, e.Position)
	return x
}

func (s *state) officeOf(unp string) string {
	if p := s.payers[unp]; p != nil && p.office != "" {
		return p.office
	}
	return unknownOffice
}

// apply takes one event of a payer into account.
func (s *state) apply(e *projections.Event, unp string) error {
	switch f := e.Payload.(type) {
	case *event.PayerRegistered:
		s.register(e, unp, f)
	case *event.PayerDeregistered:
		s.change(unp, func(p *payer) { p.deregisteredOn = f.On })
	case *event.LiabilityAssessed:
		k := payerMonth{unp, f.Month}
		x := s.at(s.officeOf(unp), AnyForm, quarterOf(f.Month), e)
		x.Assessed += f.Total() - s.assessed[k]
		s.assessed[k], s.fresh[k] = f.Total(), true
	case *event.PaymentReceived:
		q := arrival(e.RecordedAt)
		if !f.ValueDate.IsZero() {
			q = quarterOf(f.ValueDate.Month())
		}
		x := s.at(s.officeOf(unp), AnyForm, q, e)
		x.Payments += f.Amount
	case *event.PaymentReturned:
		if !f.Suspended {
			s.at(s.officeOf(unp), AnyForm, quarterOf(f.On.Month()), e).Payments -= f.Amount
		}
	case *event.FilingReceived:
		open := &openFiling{office: s.officeOf(unp), arrived: arrival(e.RecordedAt)}
		s.filings[f.Filing] = open
		s.at(open.office, AnyForm, open.arrived, e).Received++
	case *event.DocumentsPosted:
		return s.count(e, f.Filing, f.Tallies)
	case *event.ParkedDocumentReleased:
		return s.count(e, f.Filing, f.Tallies)
	case *event.ParkedDocumentExpired:
		return s.count(e, f.Filing, f.Tallies)
	case *event.FilingProcessed:
		return s.process(e, f)
	case *event.PersonsJoined:
		for _, t := range f.Tallies {
			x := s.at(s.officeOf(unp), formOf(t.Form), quarter{t.Year, t.Quarter}, e)
			x.Persons += int64(t.Persons)
		}
	}
	return nil
}

func (s *state) filing(id uuid.UUID) (*openFiling, error) {
	f := s.filings[id]
	if f == nil {
		return nil, fmt.Errorf("%w: filing %s is not open", ledger.ErrCorrupt, id)
	}
	return f, nil
}

// count adds the outcomes of documents.
func (s *state) count(e *projections.Event, id uuid.UUID, tallies []event.Tally) error {
	open, err := s.filing(id)
	if err != nil {
		return err
	}
	for _, t := range tallies {
		x := s.at(open.office, formOf(t.Form), quarterOr(t.Year, t.Quarter, open.arrived), e)
		x.DocumentsAccepted += int64(t.Accepted)
		x.DocumentsRejected += int64(t.Rejected)
		x.DocumentsParked += int64(t.Parked)
		x.Persons += int64(t.Persons)
		x.Earnings += t.Earnings
		x.Benefits += t.Benefits
		x.Contributions += t.Contributions
		open.parked += int64(t.Parked)
	}
	return nil
}

// process counts the result of a filing, under its form and under all forms.
func (s *state) process(e *projections.Event, f *event.FilingProcessed) error {
	open, err := s.filing(f.Filing)
	if err != nil {
		return err
	}
	open.processed = true
	all := s.at(open.office, AnyForm, open.arrived, e)
	of := s.at(open.office, formOf(f.Form), quarterOr(f.Year, f.Quarter, open.arrived), e)
	of.Received++
	for _, x := range []*sum{all, of} {
		x.Processed++
		switch f.Outcome {
		case event.Accepted:
			x.Accepted++
		case event.Partial:
			x.Partial++
		case event.Refused:
			x.Refused++
		default:
			return fmt.Errorf("%w: outcome %q of a filing", ledger.ErrUnknownType, f.Outcome)
		}
	}
	return nil
}

// formOf keeps what has no form apart from the row of all forms.
func formOf(form string) string {
	if form == "" {
		return Unreadable
	}
	return form
}

// quarterOr gives the quarter of a document, or that of its arrival when it has none.
func quarterOr(year, number int, arrived quarter) quarter {
	if year == 0 || number == 0 {
		return arrived
	}
	return quarter{year, number}
}

func (s *state) register(e *projections.Event, unp string, f *event.PayerRegistered) {
	since := f.Since
	if since.IsZero() {
		since = period.OfTime(e.RecordedAt)
	}
	s.change(unp, func(p *payer) {
		p.office, p.kind, p.since = projections.Text(f.Office), projections.Text(f.Kind), since
		if p.office == "" {
			p.office = unknownOffice
		}
	})
}

// change alters a payer and moves its duty to where it is then.
func (s *state) change(unp string, alter func(*payer)) {
	p := s.payers[unp]
	if p == nil {
		p = &payer{}
		s.payers[unp] = p
	}
	s.expect(p, -1)
	alter(p)
	p.changed = true
	s.expect(p, 1)
}

// expect adds a payer's duty to report: from the quarter of its registration to that of
// its last day.
func (s *state) expect(p *payer, n int64) {
	if p.since.IsZero() || p.kind == kindTreasury {
		return
	}
	if !p.deregisteredOn.IsZero() {
		last := p.deregisteredOn.AddDays(-1)
		if last < p.since {
			return
		}
		s.changes[changeKey{p.office, quarterOf(last.Month()).next()}] -= n
	}
	s.changes[changeKey{p.office, quarterOf(p.since.Month())}] += n
}
