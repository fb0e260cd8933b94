package account

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Payer is a payer's account: registration, liabilities, payments and reports. How far its
// filings have come is a fold of its own, Filings, over the same stream.
type Payer struct {
	UNP      string
	Revision ledger.Revision
	Position ledger.Position
	// Entries counts the events that are about the account, and so tells whether anything
	// has changed that a decision may rest on: filings come and go without.
	Entries        int
	Registered     bool
	FundNo         string
	Name           string
	Kind           string
	Office         string
	Since          period.Date
	DeregisteredOn period.Date
	Months         []LiabilityMonth // ascending
	Payments       []Payment        // in order of recording
	Orders         []Order          // to correct its reports, in order of recording
	Dealings
	Reporting
}

// LiabilityMonth is what is owed for a month.
type LiabilityMonth struct {
	event.LiabilityAssessed
	// Occupational is what is owed in occupational contributions, a fund of its own; zero
	// where the payer has nobody in special conditions.
	Occupational OccupationalLiability
	// Awaits names the parameter without which the month cannot be assessed; Earnings
	// then holds what will be assessed when it is published.
	Awaits     string
	AwaitsFor  period.Month
	Earnings   []event.PersonEarnings
	RecordedAt time.Time
	Position   ledger.Position
}

// OccupationalLiability is what is owed for a month of work in special conditions.
type OccupationalLiability struct {
	Persons  int
	Earnings money.Amount
	Amount   money.Amount
}

// Payment is a payment received.
type Payment struct {
	event.PaymentReceived
	ReturnedOn period.Date // by the bank; zero for one that counts
	RecordedAt time.Time
	Position   ledger.Position
}

// NewPayer is the state before the first event.
func NewPayer(unp string) *Payer {
	return &Payer{UNP: unp, Revision: ledger.NoStream}
}

// Apply takes one event of the payer's stream into account.
func (p *Payer) Apply(e ledger.Event, payload event.Payload) {
	switch f := payload.(type) {
	case *event.PayerRegistered:
		p.Registered, p.FundNo, p.Name, p.Kind = true, f.FundNo, f.Name, f.Kind
		p.Office, p.Since = f.Office, f.Since
		p.RegisteredAt = e.RecordedAt
	case *event.PayerDeregistered:
		p.DeregisteredOn = f.On
	case *event.LiabilityAssessed:
		p.month(f.Month).assess(e, f)
	case *event.LiabilityAwaitsParameter:
		m := p.month(f.Month)
		m.await(f)
		m.RecordedAt, m.Position = e.RecordedAt, e.Position
	case *event.PaymentReceived:
		p.Payments = append(p.Payments, Payment{PaymentReceived: *f,
			RecordedAt: e.RecordedAt, Position: e.Position})
	case *event.FilingReceived, *event.FilingKeyBound, *event.DocumentsPosted, *event.DocumentParked,
		*event.ParkedDocumentReleased, *event.ParkedDocumentExpired, *event.FilingProcessed,
		*event.PersonsJoined:
		p.applyFiling(e, payload)
		p.Revision, p.Position = e.Revision, e.Position
		return
	case *event.OccupationalAssessed:
		m := p.month(f.Month)
		m.Occupational = OccupationalLiability{f.Persons, f.Earnings, f.Amount}
		m.RecordedAt, m.Position = e.RecordedAt, e.Position
	default:
		if p.applyOrder(e, payload) {
			p.Revision, p.Position = e.Revision, e.Position
			return
		}
		if !p.applySettlement(e, payload) && !p.applyReport(e, payload) {
			panic(fmt.Sprintf("account: %s does not belong into a payer's stream", e.Type))
		}
	}
	p.Entries++
	p.Revision, p.Position = e.Revision, e.Position
}

// Month finds the liability of a month.
func (p *Payer) Month(m period.Month) (LiabilityMonth, bool) {
	i, ok := slices.BinarySearchFunc(p.Months, m, compareMonth)
	if !ok {
		return LiabilityMonth{}, false
	}
	return p.Months[i], true
}

func (p *Payer) month(m period.Month) *LiabilityMonth {
	i, ok := slices.BinarySearchFunc(p.Months, m, compareMonth)
	if !ok {
		fresh := LiabilityMonth{LiabilityAssessed: event.LiabilityAssessed{Month: m}}
		p.Months = slices.Insert(p.Months, i, fresh)
	}
	return &p.Months[i]
}

// assess takes new sums; what goes on waiting stays listed.
func (m *LiabilityMonth) assess(e ledger.Event, f *event.LiabilityAssessed) {
	m.LiabilityAssessed, m.RecordedAt, m.Position = *f, e.RecordedAt, e.Position
	m.Earnings = slices.DeleteFunc(slices.Clone(m.Earnings), func(x event.PersonEarnings) bool {
		return x.SelfEmployed && !f.SelfEmployedWait || !x.SelfEmployed && !f.EmployeesWait
	})
	m.awaited()
}

// await takes earnings that cannot be assessed yet, and those that a correction took back.
func (m *LiabilityMonth) await(f *event.LiabilityAwaitsParameter) {
	m.Awaits, m.AwaitsFor = f.Parameter, f.For
	m.Earnings = slices.DeleteFunc(mergeEarnings(m.Earnings, f.Earnings),
		func(e event.PersonEarnings) bool { return e.Withdrawn })
	m.awaited()
}

// awaited forgets what was waited for when nothing waits any more.
func (m *LiabilityMonth) awaited() {
	if len(m.Earnings) == 0 {
		m.Awaits, m.AwaitsFor, m.Earnings = "", 0, nil
	}
}

func compareMonth(l LiabilityMonth, m period.Month) int { return int(l.Month) - int(m) }

// mergeEarnings gives the newer figure for persons that are in both lists.
func mergeEarnings(old, newer []event.PersonEarnings) []event.PersonEarnings {
	type key struct {
		person       ledger.PersonID
		selfEmployed bool
	}
	place := make(map[key]int, len(old)+len(newer))
	merged := slices.Clone(old)
	for i, e := range merged {
		place[key{e.Person, e.SelfEmployed}] = i
	}
	for _, e := range newer {
		k := key{e.Person, e.SelfEmployed}
		if i, ok := place[k]; ok {
			merged[i] = e
			continue
		}
		place[k] = len(merged)
		merged = append(merged, e)
	}
	return merged
}

// Paid adds up all payments that the bank has not returned.
func (p *Payer) Paid() (sum money.Amount) {
	for i := range p.Payments {
		if x := &p.Payments[i]; x.ReturnedOn.IsZero() {
			sum += x.Amount
		}
	}
	return sum
}

// Assessed adds up all months' liabilities, those to the occupational fund too.
func (p *Payer) Assessed() (sum money.Amount) {
	for i := range p.Months {
		sum += p.Months[i].Total() + p.Months[i].Occupational.Amount
	}
	return sum
}

// HasPayment tells whether a payment with the bank's reference is recorded already.
func (p *Payer) HasPayment(bankRef string) bool {
	return slices.ContainsFunc(p.Payments, func(x Payment) bool { return x.BankRef == bankRef })
}

// ActiveOn tells whether the payer has duties on the day.
func (p *Payer) ActiveOn(d period.Date) bool {
	return p.Registered && p.Since <= d && (p.DeregisteredOn.IsZero() || d < p.DeregisteredOn)
}

// Clone makes an independent copy for a dry run.
func (p *Payer) Clone() *Payer {
	q := *p
	q.Months = slices.Clone(p.Months)
	q.Payments = slices.Clone(p.Payments)
	q.Orders = slices.Clone(p.Orders) // whose lists are replaced, never changed
	q.Dealings = p.Dealings.clone()
	q.Reporting = p.Reporting.clone()
	return &q
}

// Fields is the canonical form of the state, for snapshots and comparison.
func (p *Payer) Fields(c *ledger.Codec) {
	c.String(&p.UNP)
	c.Int64((*int64)(&p.Revision))
	c.Uint64((*uint64)(&p.Position))
	c.Int(&p.Entries)
	c.Bool(&p.Registered)
	c.String(&p.FundNo)
	c.String(&p.Name)
	c.String(&p.Kind)
	c.String(&p.Office)
	c.Date(&p.Since)
	c.Date(&p.DeregisteredOn)
	ledger.Slice(c, &p.Months, func(c *ledger.Codec, m *LiabilityMonth) { m.fields(c) })
	ledger.Slice(c, &p.Payments, func(c *ledger.Codec, x *Payment) {
		x.PaymentReceived.Fields(c)
		c.Date(&x.ReturnedOn)
		instant(c, &x.RecordedAt)
		c.Uint64((*uint64)(&x.Position))
	})
	ledger.Slice(c, &p.Orders, func(c *ledger.Codec, o *Order) { o.Fields(c) })
	p.Dealings.fields(c)
	p.Reporting.fields(c)
}

func (m *LiabilityMonth) fields(c *ledger.Codec) {
	m.LiabilityAssessed.Fields(c)
	c.String(&m.Awaits)
	c.Month(&m.AwaitsFor)
	c.Int(&m.Occupational.Persons)
	c.Amount(&m.Occupational.Earnings)
	c.Amount(&m.Occupational.Amount)
	ledger.Slice(c, &m.Earnings, func(c *ledger.Codec, e *event.PersonEarnings) {
		e.Fields(c)
	})
	instant(c, &m.RecordedAt)
	c.Uint64((*uint64)(&m.Position))
}

// Filings is what a payer has filed and how far each filing has come.
type Filings struct {
	Revision ledger.Revision
	Filings  []Filing // in order of arrival
	Parked   []Parked // documents that wait now
}

// Filing is one file from its arrival to its result.
type Filing struct {
	event.FilingReceived
	Actor      ledger.Actor
	Ground     string // the legal ground that the filer named
	ReceivedAt time.Time
	Position   ledger.Position // of the arrival
	Posted     int             // documents that have their outcome so far
	Findings   []ledger.Hash   // archive names, in document order
	Tallies    []event.Tally   // one list over all runs
	Processed  *event.FilingProcessed
	// ProcessedAt is zero until the filing is processed.
	ProcessedAt time.Time
	// Keys are the hashes of further Idempotency-Keys under which the bytes came again.
	Keys []ledger.Hash
}

// Parked is a document that waits.
type Parked struct {
	event.DocumentParked
	RecordedAt time.Time
}

// NewFilings is the state before the first event.
func NewFilings() *Filings { return &Filings{Revision: ledger.NoStream} }

// Apply takes one event of the payer's stream into account.
func (s *Filings) Apply(e ledger.Event, payload event.Payload) {
	s.Revision = e.Revision
	switch f := payload.(type) {
	case *event.FilingReceived:
		s.Filings = append(s.Filings, Filing{FilingReceived: *f, Actor: e.Meta.Actor,
			Ground: e.Meta.Ground, ReceivedAt: e.RecordedAt, Position: e.Position})
	case *event.FilingKeyBound:
		x := s.find(f.Filing)
		x.Keys = append(x.Keys, f.KeyHash)
	case *event.DocumentsPosted:
		x := s.find(f.Filing)
		x.Posted = f.Last
		x.add(f.Findings, f.Tallies)
	case *event.DocumentParked:
		s.Parked = append(s.Parked, Parked{DocumentParked: *f, RecordedAt: e.RecordedAt})
	case *event.ParkedDocumentReleased:
		s.unpark(f.Filing, f.DocNo)
		s.find(f.Filing).add(f.Findings, f.Tallies)
	case *event.ParkedDocumentExpired:
		s.unpark(f.Filing, f.DocNo)
		s.find(f.Filing).add(f.Findings, f.Tallies)
	case *event.FilingProcessed:
		x := s.find(f.Filing)
		x.Processed, x.ProcessedAt = f, e.RecordedAt
		x.add(f.Findings, nil)
	default: // Payer has the others.
		if event.SubjectOf(payload) != event.Payer {
			panic(fmt.Sprintf("account: %s does not belong into a payer's stream", e.Type))
		}
	}
}

func (f *Filing) add(findings ledger.Hash, tallies []event.Tally) {
	if !findings.IsZero() {
		f.Findings = append(f.Findings, findings)
	}
	f.Tallies = MergeTallies(f.Tallies, tallies)
}

func (s *Filings) unpark(filing uuid.UUID, docNo int) {
	s.Parked = slices.DeleteFunc(s.Parked, func(p Parked) bool {
		return p.Filing == filing && p.DocNo == docNo
	})
}

func (s *Filings) find(id uuid.UUID) *Filing {
	for i := len(s.Filings) - 1; i >= 0; i-- {
		if s.Filings[i].Filing == id {
			return &s.Filings[i]
		}
	}
	panic("account: event of a filing that has not been received")
}

// Filing finds a filing by its id.
func (s *Filings) Filing(id uuid.UUID) (Filing, bool) {
	for i := len(s.Filings) - 1; i >= 0; i-- {
		if s.Filings[i].Filing == id {
			return s.Filings[i], true
		}
	}
	return Filing{}, false
}

// ByKey finds a filing by the hash of an Idempotency-Key.
func (s *Filings) ByKey(keyHash ledger.Hash) (Filing, bool) {
	for _, f := range s.Filings {
		if !keyHash.IsZero() && (f.KeyHash == keyHash || slices.Contains(f.Keys, keyHash)) {
			return f, true
		}
	}
	return Filing{}, false
}

// ParkedDocument finds a waiting document.
func (s *Filings) ParkedDocument(filing uuid.UUID, docNo int) (Parked, bool) {
	for _, p := range s.Parked {
		if p.Filing == filing && p.DocNo == docNo {
			return p, true
		}
	}
	return Parked{}, false
}
