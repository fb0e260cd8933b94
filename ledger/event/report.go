package event

import (
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// ReportLine is one line of a 4-фонд. Amounts are in BYN, from the beginning of the year; a
// line that counts persons has their number with two zeros behind the point.
type ReportLine struct {
	Line   string       `json:"line"` // code of the line, such as "06"
	Amount money.Amount `json:"amount"`
}

// Fields is the canonical form.
func (l *ReportLine) Fields(c *ledger.Codec) {
	c.String(&l.Line)
	c.Amount(&l.Amount)
}

// ReportSums are what the lines of a 4-фонд come to by the formulas in force on its last
// day: the columns of the explanatory note (board resolution 11/2023), and the expenses
// that the payer met for the Fund. All are from the beginning of the year, in BYN. They are
// recorded with the report, so that a later formula changes no earlier comparison.
type ReportSums struct {
	Earnings      money.Amount `json:"earnings"`      // column 2
	Benefits      money.Amount `json:"benefits"`      // column 3
	Allowances    money.Amount `json:"allowances"`    // column 4
	Contributions money.Amount `json:"contributions"` // column 5
	Expenses      money.Amount `json:"expenses"`
}

// Fields is the canonical form.
func (s *ReportSums) Fields(c *ledger.Codec) {
	c.Amount(&s.Earnings)
	c.Amount(&s.Benefits)
	c.Amount(&s.Allowances)
	c.Amount(&s.Contributions)
	c.Amount(&s.Expenses)
}

func reportLines(c *ledger.Codec, lines *[]ReportLine) {
	ledger.Slice(c, lines, func(c *ledger.Codec, l *ReportLine) { l.Fields(c) })
}

// PayerReportAccepted is a 4-фонд of type И: the payer's own sums for a year up to the end of
// a quarter. A report without lines says that there was nothing to report.
type PayerReportAccepted struct {
	Year      int          `json:"year"`
	Quarter   int          `json:"quarter"`
	Version   int          `json:"version"`
	Receipt   string       `json:"receipt"` // of the filing
	DocNo     int          `json:"document"`
	ArrivedOn period.Date  `json:"arrived_on"`
	Lines     []ReportLine `json:"lines"` // ascending by code
	Sums      ReportSums   `json:"sums"`
}

// EventType is the stored name.
func (*PayerReportAccepted) EventType() string { return "payer_report.accepted.v1" }

// Fields is the canonical form.
func (e *PayerReportAccepted) Fields(c *ledger.Codec) {
	c.Int(&e.Year)
	c.Int(&e.Quarter)
	c.Int(&e.Version)
	c.String(&e.Receipt)
	c.Int(&e.DocNo)
	c.Date(&e.ArrivedOn)
	reportLines(c, &e.Lines)
	e.Sums.Fields(c)
}

// PayerReportCorrected is a 4-фонд of type К: it takes the place of the version in force with
// all its lines, as the form is repeated whole.
type PayerReportCorrected struct {
	Year       int          `json:"year"`
	Quarter    int          `json:"quarter"`
	Version    int          `json:"version"`
	Supersedes int          `json:"supersedes"`      // the version that was in force
	Cited      string       `json:"cited,omitempty"` // its receipt, where the document gave it
	Receipt    string       `json:"receipt"`
	DocNo      int          `json:"document"`
	ArrivedOn  period.Date  `json:"arrived_on"`
	Lines      []ReportLine `json:"lines"`
	Sums       ReportSums   `json:"sums"`
}

// EventType is the stored name.
func (*PayerReportCorrected) EventType() string { return "payer_report.corrected.v1" }

// Fields is the canonical form.
func (e *PayerReportCorrected) Fields(c *ledger.Codec) {
	c.Int(&e.Year)
	c.Int(&e.Quarter)
	c.Int(&e.Version)
	c.Int(&e.Supersedes)
	c.String(&e.Cited)
	c.String(&e.Receipt)
	c.Int(&e.DocNo)
	c.Date(&e.ArrivedOn)
	reportLines(c, &e.Lines)
	e.Sums.Fields(c)
}

// PayerReportCancelled is a 4-фонд of type О: nothing is reported for the quarter until a new
// original is filed.
type PayerReportCancelled struct {
	Year       int         `json:"year"`
	Quarter    int         `json:"quarter"`
	Version    int         `json:"version"` // the cancellation is a version too
	Supersedes int         `json:"supersedes"`
	Cited      string      `json:"cited,omitempty"`
	Receipt    string      `json:"receipt"`
	DocNo      int         `json:"document"`
	ArrivedOn  period.Date `json:"arrived_on"`
}

// EventType is the stored name.
func (*PayerReportCancelled) EventType() string { return "payer_report.cancelled.v1" }

// Fields is the canonical form.
func (e *PayerReportCancelled) Fields(c *ledger.Codec) {
	c.Int(&e.Year)
	c.Int(&e.Quarter)
	c.Int(&e.Version)
	c.Int(&e.Supersedes)
	c.String(&e.Cited)
	c.String(&e.Receipt)
	c.Int(&e.DocNo)
	c.Date(&e.ArrivedOn)
}

// NilReportDeclared says that a payer has nothing to report for whole quarters: it stands
// for their reports. A declaration from the same month replaces the former one; with Until
// before From nothing stands any more.
type NilReportDeclared struct {
	From   period.Month `json:"from"`   // first month of a quarter
	Until  period.Month `json:"until"`  // last month of a quarter
	Reason string       `json:"reason"` // code: no_activity, no_employees, seasonal, other
}

// EventType is the stored name.
func (*NilReportDeclared) EventType() string { return "payer_report.nil_declared.v1" }

// Fields is the canonical form.
func (e *NilReportDeclared) Fields(c *ledger.Codec) {
	c.Month(&e.From)
	c.Month(&e.Until)
	c.String(&e.Reason)
}

// MismatchExplained is the payer's reason for a difference between its reports, or between
// what it owes and has paid. It explains the difference as it stood; another one needs
// another explanation.
type MismatchExplained struct {
	Form       string       `json:"form"` // of the note: ПЗ-3 or ПЗ-6
	Year       int          `json:"year"`
	Quarter    int          `json:"quarter"`
	Kind       string       `json:"kind"` // as package reconciliation names it
	Difference money.Amount `json:"difference"`
	Text       ledger.Hash  `json:"text"` // archive name of the payer's words
}

// EventType is the stored name.
func (*MismatchExplained) EventType() string { return "reconciliation.mismatch_explained.v1" }

// Fields is the canonical form.
func (e *MismatchExplained) Fields(c *ledger.Codec) {
	c.String(&e.Form)
	c.Int(&e.Year)
	c.Int(&e.Quarter)
	c.String(&e.Kind)
	c.Amount(&e.Difference)
	c.Hash(&e.Text)
}
