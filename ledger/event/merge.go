package event

import (
	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/seal"
)

// Decisions on accounts that two officers take together.
const (
	MergeAccounts   = "merge"   // two accounts are of one person
	SplitAccounts   = "split"   // they are not, after all
	ConfirmIdentity = "confirm" // a provisional account is of whom it says
)

// AccountChange is what a decision on accounts says. It stands in the streams of all
// accounts that it is about, each time with the reason sealed under that person's key.
type AccountChange struct {
	Decision uuid.UUID       `json:"decision"` // its identifier, from proposal to approval
	Survivor ledger.PersonID `json:"survivor"` // the account that stays, or the only one
	// Absorbed is the account that is merged into the survivor; zero where there is none.
	Absorbed ledger.PersonID `json:"absorbed,omitzero"`
	Evidence Evidence        `json:"evidence"`
	Reason   seal.Sealed     `json:"reason"`
}

// Fields is the canonical form.
func (e *AccountChange) Fields(c *ledger.Codec) {
	c.UUID(&e.Decision)
	c.UUID(&e.Survivor)
	c.OptionalUUID(&e.Absorbed)
	e.Evidence.Fields(c)
	e.Reason.Fields(c)
}

// AccountDecisionProposed lays a decision on accounts before a second officer.
type AccountDecisionProposed struct {
	Kind string `json:"kind"` // merge, split or confirm
	AccountChange
}

// EventType is the stored name.
func (*AccountDecisionProposed) EventType() string { return "account.decision_proposed.v1" }

// Fields is the canonical form.
func (e *AccountDecisionProposed) Fields(c *ledger.Codec) {
	c.String(&e.Kind)
	e.AccountChange.Fields(c)
}

// AccountDecisionReturned is the second officer's refusal: nothing changes.
type AccountDecisionReturned struct {
	Decision uuid.UUID   `json:"decision"`
	Reason   seal.Sealed `json:"reason"`
}

// EventType is the stored name.
func (*AccountDecisionReturned) EventType() string { return "account.decision_returned.v1" }

// Fields is the canonical form.
func (e *AccountDecisionReturned) Fields(c *ledger.Codec) {
	c.UUID(&e.Decision)
	e.Reason.Fields(c)
}

// AccountsMerged joins two accounts of one person: from here on each of them is read as
// both together. No fact moves: what is filed under a number stays in the account of the
// number.
type AccountsMerged struct{ AccountChange }

// EventType is the stored name.
func (*AccountsMerged) EventType() string { return "account.merged.v1" }

// AccountsSplit undoes AccountsMerged: from here on each account is read alone again.
type AccountsSplit struct{ AccountChange }

// EventType is the stored name.
func (*AccountsSplit) EventType() string { return "account.split.v1" }

// ProvisionalOpened tells why an officer opened the account before the identity was
// confirmed. It stands behind PersonRegistered.
type ProvisionalOpened struct{ AccountChange }

// EventType is the stored name.
func (*ProvisionalOpened) EventType() string { return "account.provisional_opened.v1" }

// IdentityConfirmed makes a provisional account an ordinary one.
type IdentityConfirmed struct{ AccountChange }

// EventType is the stored name.
func (*IdentityConfirmed) EventType() string { return "account.identity_confirmed.v1" }

// PersonsJoined tells a payer's stream that two accounts with months reported by the payer
// are of one person, or that they are not any more. The month's liabilities follow it.
type PersonsJoined struct {
	Decision uuid.UUID       `json:"decision"`
	Survivor ledger.PersonID `json:"survivor"`
	Absorbed ledger.PersonID `json:"absorbed"`
	Split    bool            `json:"split"`
	// Tallies count one person less, or more, of each quarter that both were reported for.
	Tallies []Tally `json:"tallies"`
}

// EventType is the stored name.
func (*PersonsJoined) EventType() string { return "payer.persons_joined.v1" }

// Fields is the canonical form.
func (e *PersonsJoined) Fields(c *ledger.Codec) {
	c.UUID(&e.Decision)
	c.UUID(&e.Survivor)
	c.UUID(&e.Absorbed)
	c.Bool(&e.Split)
	tallies(c, &e.Tallies)
}
