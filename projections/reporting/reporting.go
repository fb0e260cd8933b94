// Package reporting keeps the running totals that the Fund watches: filings expected,
// received and decided, documents, insured persons, earnings, contributions and payments
// by form, quarter, office, region and country. They are maintained event by event and
// never added up when read.
//
// A row of a form counts the filings whose result names this form, in the quarter that
// the filing is about: there received = processed = accepted + partial + refused. The
// row of AnyForm counts all filings, in the quarter in which they arrived: there received
// less processed are those still in progress. Documents, persons and sums are counted
// under their own form and quarter, and where a document has no quarter, as ПУ-1, in the
// quarter of arrival. Money is of no form: assessed liabilities stand under AnyForm in the
// quarter of their month, payments beside them in the quarter of their value date.
//
// Figures are counted at the office that the payer had when the event was recorded.
package reporting

import (
	"context"
	_ "embed"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
)

//go:embed schema.sql
var ddl string

// Projection adds up.
type Projection struct{}

// New makes the projection.
func New() *Projection { return &Projection{} }

// Name is the question answered.
func (*Projection) Name() string { return "reporting" }

// Version counts the shapes of the tables.
func (*Projection) Version() int { return 2 }

// DDL creates the tables.
func (*Projection) DDL() string { return ddl }

// Tables lists the tables.
func (*Projection) Tables() []projections.Table {
	return []projections.Table{
		{Name: "total", Key: []string{"scope", "code", "form", "year", "quarter"}},
		{Name: "quarter_change", Key: []string{"year", "quarter"}},
		{Name: "payer_change", Key: []string{"scope", "code", "year", "quarter"}},
		{Name: "payer", Key: []string{"unp"}},
		{Name: "assessment", Key: []string{"payer", "month"}},
		{Name: "open_filing", Key: []string{"filing"}},
	}
}

// Scopes of a total.
const (
	Country = "country"
	Region  = "region" // code: the first digit of its offices
	Office  = "office" // code: three digits
)

// CountryCode is the only code of the scope Country.
const CountryCode = "BY"

// Forms beside those of documents.
const (
	AnyForm    = ""  // all filings, by quarter of arrival
	Unreadable = "?" // filings in which no form could be recognised
	// Individual is the form that every payer but the treasury owes each quarter.
	Individual = "ПУ-3"
)

// unknownOffice counts what comes from a payer that is not registered.
const unknownOffice = "000"

// minsk is the time by which filings arrive in a quarter: UTC+3 all year since 2011.
var minsk = time.FixedZone("Minsk", 3*60*60)

// Figures are what is counted.
type Figures struct {
	Received          int64
	Processed         int64
	Accepted          int64 // filings of which all documents were accepted
	Partial           int64
	Refused           int64
	DocumentsAccepted int64
	DocumentsRejected int64
	DocumentsParked   int64 // waiting now
	Persons           int64
	Earnings          money.Amount
	Benefits          money.Amount
	Contributions     money.Amount // as reported
	Assessed          money.Amount
	Payments          money.Amount
}

// InProgress is the number of filings that have no result yet.
func (f Figures) InProgress() int64 { return f.Received - f.Processed }

// quarter is a quarter of a year.
type quarter struct{ year, number int }

func quarterOf(m period.Month) quarter { return quarter{m.Year(), m.Quarter()} }

func arrival(at time.Time) quarter {
	local := at.In(minsk)
	return quarter{local.Year(), (int(local.Month())-1)/3 + 1}
}

func (q quarter) next() quarter {
	if q.number == 4 {
		return quarter{q.year + 1, 1}
	}
	return quarter{q.year, q.number + 1}
}

// Apply adds the batch to the totals.
func (*Projection) Apply(
	ctx context.Context, tx pgx.Tx, batch []projections.Event,
) error {
	s, err := load(ctx, tx, batch)
	if err != nil || s == nil {
		return err
	}
	for i := range batch {
		if unp, ok := batch[i].Stream.Payer(); ok {
			if err := s.apply(&batch[i], unp); err != nil {
				return err
			}
		}
	}
	return s.store(ctx, tx)
}

// rowKey is a total of an office.
type rowKey struct {
	office, form string
	quarter
}

// sum is what a batch adds to a total.
type sum struct {
	Figures
	position ledger.Position
}
