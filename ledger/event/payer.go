package event

import (
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
)

// PayerRegistered opens a payer's account.
type PayerRegistered struct {
	UNP    string      `json:"unp"`
	FundNo string      `json:"fund_no"` // nine digits; the first three are the office
	Name   string      `json:"name"`
	Kind   string      `json:"kind"`   // employer, sole_proprietor, farm, self_employed, treasury
	Office string      `json:"office"` // three digits
	Since  period.Date `json:"since"`
}

// EventType is the stored name.
func (*PayerRegistered) EventType() string { return "payer.registered.v1" }

// Fields is the canonical form.
func (e *PayerRegistered) Fields(c *ledger.Codec) {
	c.String(&e.UNP)
	c.String(&e.FundNo)
	c.String(&e.Name)
	c.String(&e.Kind)
	c.String(&e.Office)
	c.Date(&e.Since)
}

// PayerDeregistered ends a payer's duties from a day on.
type PayerDeregistered struct {
	On    period.Date `json:"on"`
	Cause string      `json:"cause"`
}

// EventType is the stored name.
func (*PayerDeregistered) EventType() string { return "payer.deregistered.v1" }

// Fields is the canonical form.
func (e *PayerDeregistered) Fields(c *ledger.Codec) {
	c.Date(&e.On)
	c.String(&e.Cause)
}
