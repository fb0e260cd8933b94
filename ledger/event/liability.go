package event

import (
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// LiabilityAssessed is what a payer owes for a month after the named filing: rule CO-7
// over all individual data recorded so far. It replaces the month's former assessment.
type LiabilityAssessed struct {
	Month    period.Month `json:"month"`
	Persons  int          `json:"persons"`
	Earnings money.Amount `json:"earnings"` // before the ceiling
	Base     money.Amount `json:"base"`     // sum of min(earnings, ceiling)
	Withheld money.Amount `json:"withheld"` // 1 % of each person's base
	Pension  money.Amount `json:"pension"`  // employer's pension part
	Social   money.Amount `json:"social"`   // employer's social part
	// SelfBase, SelfPension and SelfSocial are those of the payer's own insurance as a
	// self-employed person (CO-4, CO-5): declared income, at least the minimum wage.
	SelfBase    money.Amount `json:"self_base"`
	SelfPension money.Amount `json:"self_pension"`
	SelfSocial  money.Amount `json:"self_social"`
	// Ceiling is the earnings ceiling that was applied to each employee.
	Ceiling money.Amount `json:"ceiling"`
	// Tariffs are the parts of Base at other than the general rates of an employer, by
	// code; there are none in nearly all months.
	Tariffs []TariffBase `json:"tariffs,omitempty"`
	// EmployeesWait and SelfEmployedWait tell whose earnings go on waiting for a
	// parameter, outside of these sums; the earnings of the others are in them now.
	EmployeesWait    bool `json:"employees_wait"`
	SelfEmployedWait bool `json:"self_employed_wait"`
}

// ForPensions is what is owed for pensions: the insured persons' and the payer's parts.
func (e *LiabilityAssessed) ForPensions() money.Amount {
	return e.Withheld + e.Pension + e.SelfPension
}

// ForSocial is what is owed for the other benefits.
func (e *LiabilityAssessed) ForSocial() money.Amount { return e.Social + e.SelfSocial }

// Total is all that is owed for the month.
func (e *LiabilityAssessed) Total() money.Amount { return e.ForPensions() + e.ForSocial() }

// EventType is the stored name.
func (*LiabilityAssessed) EventType() string { return "liability.assessed.v1" }

// Fields is the canonical form.
func (e *LiabilityAssessed) Fields(c *ledger.Codec) {
	c.Month(&e.Month)
	c.Int(&e.Persons)
	c.Amount(&e.Earnings)
	c.Amount(&e.Base)
	c.Amount(&e.Withheld)
	c.Amount(&e.Pension)
	c.Amount(&e.Social)
	c.Amount(&e.SelfBase)
	c.Amount(&e.SelfPension)
	c.Amount(&e.SelfSocial)
	c.Amount(&e.Ceiling)
	ledger.Slice(c, &e.Tariffs, func(c *ledger.Codec, t *TariffBase) { t.Fields(c) })
	c.Bool(&e.EmployeesWait)
	c.Bool(&e.SelfEmployedWait)
}

// TariffBase is the part of a month's base that the employer pays on by a tariff of its
// own. Its contributions are in the month's sums, rounded once for each tariff.
type TariffBase struct {
	Tariff  string       `json:"tariff"` // as account.MonthTariffs names it
	Base    money.Amount `json:"base"`
	Pension money.Amount `json:"pension"`
	Social  money.Amount `json:"social"`
}

// Fields is the canonical form.
func (t *TariffBase) Fields(c *ledger.Codec) {
	c.String(&t.Tariff)
	c.Amount(&t.Base)
	c.Amount(&t.Pension)
	c.Amount(&t.Social)
}

// TariffSum is a part of earnings that has an employer's tariff of its own.
type TariffSum struct {
	Tariff   string       `json:"tariff"`
	Earnings money.Amount `json:"earnings"`
}

// PersonEarnings is one insured person's covered earnings of a month at the payer.
type PersonEarnings struct {
	Person       ledger.PersonID `json:"person"`
	Earnings     money.Amount    `json:"earnings"`
	SelfEmployed bool            `json:"self_employed"`
	// Tariffs are the parts of Earnings at other than the general rates.
	Tariffs []TariffSum `json:"tariffs,omitempty"`
	// Withdrawn takes the person out of those that wait: a correction has left nothing
	// reported of the month.
	Withdrawn bool `json:"withdrawn,omitempty"`
}

// Fields is the canonical form.
func (p *PersonEarnings) Fields(c *ledger.Codec) {
	c.UUID(&p.Person)
	c.Amount(&p.Earnings)
	c.Bool(&p.SelfEmployed)
	ledger.Slice(c, &p.Tariffs, func(c *ledger.Codec, t *TariffSum) {
		c.String(&t.Tariff)
		c.Amount(&t.Earnings)
	})
	c.Bool(&p.Withdrawn)
}

// LiabilityAwaitsParameter says that a month cannot be assessed until the named
// parameter is published; it then is, by itself, from the earnings listed here.
type LiabilityAwaitsParameter struct {
	Month     period.Month     `json:"month"`
	Parameter string           `json:"parameter"`
	For       period.Month     `json:"for"` // month whose value is missing
	Earnings  []PersonEarnings `json:"earnings"`
}

// EventType is the stored name.
func (*LiabilityAwaitsParameter) EventType() string { return "liability.awaits_parameter.v1" }

// Fields is the canonical form.
func (e *LiabilityAwaitsParameter) Fields(c *ledger.Codec) {
	c.Month(&e.Month)
	c.String(&e.Parameter)
	c.Month(&e.For)
	ledger.Slice(c, &e.Earnings, func(c *ledger.Codec, p *PersonEarnings) { p.Fields(c) })
}

// PaymentReceived is one payment of contributions, from a list of bank or treasury.
type PaymentReceived struct {
	BankRef   string       `json:"bank_ref"`
	ValueDate period.Date  `json:"value_date"`
	BookedOn  period.Date  `json:"booked_on,omitzero"`
	Amount    money.Amount `json:"amount"`
	Kind      string       `json:"kind,omitempty"` // pension, social, or "" for both
	Month     period.Month `json:"month,omitzero"` // named by the payer; zero if none
	Receipt   string       `json:"receipt"`        // of the filing of the list
	DocNo     int          `json:"document"`
}

// EventType is the stored name.
func (*PaymentReceived) EventType() string { return "payment.received.v1" }

// Fields is the canonical form.
func (e *PaymentReceived) Fields(c *ledger.Codec) {
	c.String(&e.BankRef)
	c.Date(&e.ValueDate)
	c.Date(&e.BookedOn)
	c.Amount(&e.Amount)
	c.String(&e.Kind)
	c.Month(&e.Month)
	c.String(&e.Receipt)
	c.Int(&e.DocNo)
}
