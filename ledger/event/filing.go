package event

import (
	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// FilingReceived is the arrival of a file, recorded before anything is checked.
type FilingReceived struct {
	Filing  uuid.UUID   `json:"filing"`
	Receipt string      `json:"receipt"`
	SHA256  ledger.Hash `json:"sha256"` // of the bytes as filed; names them in the archive
	Bytes   int64       `json:"bytes"`
	// KeyHash is the SHA-256 of the client's Idempotency-Key; zero without a key.
	KeyHash      ledger.Hash `json:"key_hash,omitzero"`
	Channel      string      `json:"channel"` // api, command, demo, officer, mass, ex_officio
	AllOrNothing bool        `json:"all_or_nothing"`
	// Preview is the token of the preview that the filer saw; zero without one. The filing
	// is taken only if it still does what that preview showed.
	Preview ledger.Hash `json:"preview,omitzero"`
}

// EventType is the stored name.
func (*FilingReceived) EventType() string { return "filing.received.v1" }

// Fields is the canonical form.
func (e *FilingReceived) Fields(c *ledger.Codec) {
	c.UUID(&e.Filing)
	c.String(&e.Receipt)
	c.Hash(&e.SHA256)
	c.Int64(&e.Bytes)
	c.OptionalHash(&e.KeyHash)
	c.String(&e.Channel)
	c.Bool(&e.AllOrNothing)
	c.OptionalHash(&e.Preview)
}

// FilingKeyBound binds a further Idempotency-Key to a filing whose bytes were sent again
// under it: from then on the key stands for these bytes as well.
type FilingKeyBound struct {
	Filing  uuid.UUID   `json:"filing"`
	KeyHash ledger.Hash `json:"key_hash"`
}

// EventType is the stored name.
func (*FilingKeyBound) EventType() string { return "filing.key_bound.v1" }

// Fields is the canonical form.
func (e *FilingKeyBound) Fields(c *ledger.Codec) {
	c.UUID(&e.Filing)
	c.Hash(&e.KeyHash)
}

// Tally counts documents of one form and period, for the filing's result and for live
// reporting. Sums, in BYN, and persons are the differences that the documents have made in
// that quarter's months: adding tallies up gives what is in force. A correction may have
// made them less, then they are negative.
type Tally struct {
	Form string `json:"form"`
	Year int    `json:"year,omitempty"`
	// Quarter is that of the months that the sums are about; documents are counted in their
	// last quarter.
	Quarter  int `json:"quarter,omitempty"`
	Accepted int `json:"accepted"`
	Rejected int `json:"rejected"`
	Parked   int `json:"parked"`
	Persons  int `json:"persons"` // more insured persons reported than before
	// ForPension is the part of Persons of whom the quarter has reports for a pension (П)
	// only: the report of the quarter is still to come.
	ForPension int          `json:"for_pension,omitempty"`
	Earnings   money.Amount `json:"earnings"`
	Benefits   money.Amount `json:"benefits"`
	// Allowances is the part of Benefits that column 4 of the note to ПУ-3 is about.
	Allowances    money.Amount `json:"allowances,omitzero"`
	Contributions money.Amount `json:"contributions"`
	Payments      money.Amount `json:"payments"`
}

// Fields is the canonical form.
func (t *Tally) Fields(c *ledger.Codec) {
	c.String(&t.Form)
	c.Int(&t.Year)
	c.Int(&t.Quarter)
	c.Int(&t.Accepted)
	c.Int(&t.Rejected)
	c.Int(&t.Parked)
	c.Int(&t.Persons)
	c.Int(&t.ForPension)
	c.Amount(&t.Earnings)
	c.Amount(&t.Benefits)
	c.Amount(&t.Allowances)
	c.Amount(&t.Contributions)
	c.Amount(&t.Payments)
}

func tallies(c *ledger.Codec, list *[]Tally) {
	ledger.Slice(c, list, func(c *ledger.Codec, t *Tally) { t.Fields(c) })
}

// DocumentsPosted is the outcome of one run of a filing's documents, recorded in one
// append with all that they caused. Findings of the run are in the archive.
type DocumentsPosted struct {
	Filing   uuid.UUID   `json:"filing"`
	First    int         `json:"first"` // number of the run's first document, from 1
	Last     int         `json:"last"`
	Findings ledger.Hash `json:"findings,omitzero"` // archive name; zero when there are none
	Tallies  []Tally     `json:"tallies"`
}

// EventType is the stored name.
func (*DocumentsPosted) EventType() string { return "filing.documents_posted.v1" }

// Fields is the canonical form.
func (e *DocumentsPosted) Fields(c *ledger.Codec) {
	c.UUID(&e.Filing)
	c.Int(&e.First)
	c.Int(&e.Last)
	c.OptionalHash(&e.Findings)
	tallies(c, &e.Tallies)
}

// DocumentParked sets a document aside until what it needs has come.
type DocumentParked struct {
	Filing uuid.UUID `json:"filing"`
	DocNo  int       `json:"document"`
	Form   string    `json:"form"`
	// Awaits is the code of the rule that parked it; Persons are those it waits for.
	Awaits  string            `json:"awaits"`
	Persons []ledger.PersonID `json:"persons"`
	Until   period.Date       `json:"until"` // last day of waiting
	Content ledger.Hash       `json:"content"`
	Year    int               `json:"year,omitempty"`
	Quarter int               `json:"quarter,omitempty"`
}

// EventType is the stored name.
func (*DocumentParked) EventType() string { return "filing.document_parked.v1" }

// Fields is the canonical form.
func (e *DocumentParked) Fields(c *ledger.Codec) {
	c.UUID(&e.Filing)
	c.Int(&e.DocNo)
	c.String(&e.Form)
	c.String(&e.Awaits)
	ledger.Slice(c, &e.Persons, func(c *ledger.Codec, id *ledger.PersonID) { c.UUID(id) })
	c.Date(&e.Until)
	c.Hash(&e.Content)
	c.Int(&e.Year)
	c.Int(&e.Quarter)
}

// ParkedDocumentReleased is the decision on a parked document once its prerequisite has
// come. The tally counts it as accepted or rejected, and as one parked less.
type ParkedDocumentReleased struct {
	Filing   uuid.UUID   `json:"filing"`
	DocNo    int         `json:"document"`
	Accepted bool        `json:"accepted"`
	Findings ledger.Hash `json:"findings,omitzero"`
	Tallies  []Tally     `json:"tallies"`
}

// EventType is the stored name.
func (*ParkedDocumentReleased) EventType() string { return "filing.parked_released.v1" }

// Fields is the canonical form.
func (e *ParkedDocumentReleased) Fields(c *ledger.Codec) {
	c.UUID(&e.Filing)
	c.Int(&e.DocNo)
	c.Bool(&e.Accepted)
	c.OptionalHash(&e.Findings)
	tallies(c, &e.Tallies)
}

// ParkedDocumentExpired refuses a parked document whose prerequisite never came.
type ParkedDocumentExpired struct {
	Filing   uuid.UUID   `json:"filing"`
	DocNo    int         `json:"document"`
	On       period.Date `json:"on"`
	Findings ledger.Hash `json:"findings"` // the notice to the payer
	Tallies  []Tally     `json:"tallies"`
}

// EventType is the stored name.
func (*ParkedDocumentExpired) EventType() string { return "filing.parked_expired.v1" }

// Fields is the canonical form.
func (e *ParkedDocumentExpired) Fields(c *ledger.Codec) {
	c.UUID(&e.Filing)
	c.Int(&e.DocNo)
	c.Date(&e.On)
	c.Hash(&e.Findings)
	tallies(c, &e.Tallies)
}

// Outcomes of a filing.
const (
	Accepted = "accepted" // all documents accepted
	Partial  = "partial"  // some accepted or parked
	Refused  = "refused"  // none accepted or parked
)

// FilingProcessed closes a filing: every document of it has its outcome.
type FilingProcessed struct {
	Filing    uuid.UUID   `json:"filing"`
	Outcome   string      `json:"outcome"`
	Form      string      `json:"form,omitempty"` // of the first pack; empty if unreadable
	Year      int         `json:"year,omitempty"`
	Quarter   int         `json:"quarter,omitempty"`
	Format    string      `json:"format,omitempty"`
	Documents int         `json:"documents"`
	Accepted  int         `json:"accepted"`
	Rejected  int         `json:"rejected"`
	Parked    int         `json:"parked"`
	Findings  ledger.Hash `json:"findings,omitzero"` // findings on the file as a whole
	RulePack  string      `json:"rule_pack"`
	// Stale tells that it was refused because its preview no longer held. The same bytes may
	// then be filed again.
	Stale bool `json:"stale,omitempty"`
}

// EventType is the stored name.
func (*FilingProcessed) EventType() string { return "filing.processed.v1" }

// Fields is the canonical form.
func (e *FilingProcessed) Fields(c *ledger.Codec) {
	c.UUID(&e.Filing)
	c.String(&e.Outcome)
	c.String(&e.Form)
	c.Int(&e.Year)
	c.Int(&e.Quarter)
	c.String(&e.Format)
	c.Int(&e.Documents)
	c.Int(&e.Accepted)
	c.Int(&e.Rejected)
	c.Int(&e.Parked)
	c.OptionalHash(&e.Findings)
	c.String(&e.RulePack)
	c.Bool(&e.Stale)
}
