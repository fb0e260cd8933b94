// Package control checks filed documents: the control rules SPF-nnn with their texts, and
// the engine that weighs them by the rule pack in force. It decides whether a document is
// accepted, refused or waits, and which employment it belongs to.
//
// The catalogue has no SPF-203: that a UNP is not the right one is said by SPF-012 of who
// files and by SPF-801 of the payer of a payment.
//
// It reads nothing and records nothing: all it knows comes in Facts. What it finds is
// said all at once, with place, remedy and legal basis, and without personal data: values
// that tell of a person leave it masked.
package control

import (
	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// Severity is what a finding does.
type Severity string

// The severities, from the gravest.
const (
	Fatal  Severity = "F" // the whole file is refused
	Refuse Severity = "E" // the document is refused, on a pack the pack's documents
	Park   Severity = "P" // the document waits for something
	Warn   Severity = "W" // accepted; an explanation may be asked
	Note   Severity = "I" // accepted; for information
)

// Text is one text in the three languages.
type Text struct {
	RU string `json:"ru"`
	BE string `json:"be"`
	EN string `json:"en"`
}

// Finding is what a rule has to say about one place of a file.
type Finding struct {
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	// Document is the document's number in the file; 0 for the file or a pack.
	Document int `json:"document"`
	// Pointer is the JSON pointer of the value within the document or pack head.
	Pointer string `json:"pointer,omitempty"`
	// Line, Sheet, Cell and File say where it stands in the user's own file.
	Line  int    `json:"line,omitempty"`
	Sheet string `json:"sheet,omitempty"`
	Cell  string `json:"cell,omitempty"`
	File  string `json:"file,omitempty"`
	// Got and Expected are the value and what is right; personal data are masked.
	Got      string `json:"got,omitempty"`
	Expected string `json:"expected,omitempty"`
	Message  Text   `json:"message"`
	Remedy   Text   `json:"remedy"`
	// Basis is the act that the rule comes from, in Russian as acts are cited.
	Basis string `json:"basis"`
	// RuleVersion is the version of the rule pack.
	RuleVersion string `json:"rule_version"`
}

// Outcome of a document.
type Outcome string

// The outcomes.
const (
	Accepted Outcome = "accepted"
	Rejected Outcome = "rejected"
	Parked   Outcome = "parked"
)

// Facts are what the ledger knows when a document is checked. Functions may be asked
// about the same thing more than once.
type Facts struct {
	// Today is the day of the check at the Fund; it chooses the rules in force.
	Today period.Date
	// Arrived is the day on which the file arrived: deadlines are kept or missed by it,
	// however late the check. Zero means Today.
	Arrived period.Date
	// Law may be nil; rules that need a number or code list are then silent.
	Law *account.Law
	// Payer is who files; nil or unregistered when nobody is known by the UNP.
	Payer *account.Payer
	// PersonID makes the pseudonym of a normalised insurance or personal number.
	PersonID func(insuranceNo string) ledger.PersonID
	// Person gives an account, nil when there is none; of joined accounts the facts of all,
	// those of the others marked with their account.
	Person func(ledger.PersonID) *account.Person
	// Personal gives the personal data in force; ok is false when there are none.
	Personal func(ledger.PersonID) (event.PersonalData, bool)
	// PayerOf finds the payer that a line of a payment list names, nil when unknown.
	PayerOf func(unp string) *account.Payer
	// BankRefSeen tells whether an earlier payment of the same file, whoever its payer,
	// has the bank's reference. It may be nil.
	BankRefSeen func(bankRef string) bool

	terms     map[tariffMonth]monthTerms // looked up so far
	lastTerms [12]lastTerms              // of these, by the month's number
}

func (f *Facts) arrived() period.Date {
	if f.Arrived.IsZero() {
		return f.Today
	}
	return f.Arrived
}

// registered gives the account of a registered person, nil for others.
func (f *Facts) registered(id ledger.PersonID) *account.Person {
	if p := f.Person(id); p != nil && p.Registered {
		return p
	}
	return nil
}

// samePerson tells whether two accounts are one, or joined.
func (f *Facts) samePerson(a, b ledger.PersonID) bool {
	one, other := f.registered(a), f.registered(b)
	return one != nil && other != nil && one.Canonical() == other.Canonical()
}

// Verdict is the decision on one document.
type Verdict struct {
	Outcome  Outcome
	Findings []Finding
	// Awaits is the code of the rule that parks the document; Persons are those it
	// waits for, Until the last day of waiting. Set when it is parked.
	Awaits  string
	Persons []ledger.PersonID
	Until   period.Date
	// Person is whom a ПУ-1 or ПУ-3 is about; zero when no number could be read.
	Person ledger.PersonID
	// Known is set when a ПУ-1 registers a person who has an account: the document is
	// accepted and nothing is to be recorded of the person.
	Known bool
	// Chained is set when a 4-фонд fits the chain of versions of its quarter.
	Chained bool
	// Slot is the form slot of a ПУ-3; of a first report of a new employment, without its
	// id. Unchanged is set when the document says what is in force already: it is accepted
	// and nothing is to be recorded. Both hold only when the document is accepted.
	Slot      event.Slot
	Unchanged bool
	// Occupational is the form slot of a ПУ-6.
	Occupational event.OccupationalSlot
	// Matches are the employments of a ПУ-3 (one) or of a ПУ-2's movements, in their
	// order. They hold only when the document is accepted.
	Matches []Match
}

// Match says which employment a ПУ-3 or a movement of ПУ-2 belongs to.
type Match struct {
	Person ledger.PersonID
	// Employment is the relationship's id; zero when New or when Movement names it.
	Employment uuid.UUID
	// New says that the document opens a relationship; the recorder assigns the id.
	New bool
	// Movement is the index of the movement of the same ПУ-2 that opens the
	// relationship; -1 when it is in the account or New.
	Movement int
	// Contract is the contract code of the relationship.
	Contract string
	// Dismissal tells of a cancelling movement that it takes back the dismissal only;
	// Unchanged of a correcting one that it says what is recorded already.
	Dismissal, Unchanged bool
}

// Codes of what others find: the pipeline around the readers.
const (
	CodeArchive       = "SPF-001" // the archive cannot be read
	CodeEncoding      = "SPF-002"
	CodeTooLarge      = "SPF-003"
	CodeFormatVersion = "SPF-008"
	CodeOldFormat     = "SPF-009"
	CodeKeyReused     = "SPF-010" // the Idempotency-Key was used for another file
	CodeSameFile      = "SPF-011" // the very file was received before
	CodePayerUnknown  = "SPF-012"
	CodeAllOrNothing  = "SPF-114" // refused because another document was
	CodeWaitExpired   = "SPF-509" // what a parked document waited for never came
	CodeLeftOut       = "SPF-407" // an employee has no ПУ-3 when it is due
	CodePreviewStale  = "SPF-615" // the filing would do something else than its preview
	// CodePayerUnidentified is why a payment is suspended.
	CodePayerUnidentified = "SPF-801"
	CodeNotYet            = "SPF-213" // a date lies in the future
)

// placeOf asks a document or pack where something stands.
func placeOf(locate func(string) document.Place, pointer string) document.Place {
	if locate == nil {
		return document.Place{}
	}
	return locate(pointer)
}
