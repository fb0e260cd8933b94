// Package document is the one model of what payers file: every format – legacy text
// pack, CSV, JSON, XLSX – is read into it, and the controls and commands see nothing
// else. It knows no rules: a value that could not be read is a Fault beside the document.
package document

import (
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Form is the kind of a document, by its Belarusian form name.
type Form string

// The forms that the intake reads.
const (
	PU1      Form = "ПУ-1"    // questionnaire of the insured person
	PU2      Form = "ПУ-2"    // hire and dismissal
	PU3      Form = "ПУ-3"    // individual data: earnings, contributions, service
	PU6      Form = "ПУ-6"    // the same of work in special conditions
	Fund4    Form = "4-фонд"  // payer's own sums of a year up to a quarter
	Payments Form = "ПЛАТЕЖИ" // list of contribution payments from bank or treasury
)

// Types of a form. ПУ-1 has Register, Original (change of data) and Restore (certificate);
// the others have Original, Correction and Cancellation, ПУ-3 also ForPension and, where the
// format can say which version, Restore.
const (
	Register     = "Р"
	Original     = "И"
	Restore      = "В"
	Correction   = "К"
	Cancellation = "О"
	ForPension   = "П"
)

// Item is what a file yields next: exactly one of the fields is set.
type Item struct {
	Pack     *Pack
	Document *Document
	// Fault is about the file or the pack as a whole; it refuses the file or warns.
	Fault *Fault
}

// Pack is the head of a group of documents of one payer and one form. Files without
// packs (CSV, JSON, XLSX) yield one Pack too, made from their columns or head object.
type Pack struct {
	Index   int    `json:"-"`       // 0-based place in the file
	Version string `json:"version"` // format version such as "1.5"; "" outside text packs
	Form    Form   `json:"form"`
	UNP     string `json:"unp"`
	FundNo  string `json:"fund_no"`
	Name    string `json:"payer_name,omitempty"`
	PackNo  string `json:"pack_no,omitempty"`
	// Type, Quarters and Year are those of all documents; only the head of ПУ-6 has them.
	Type     string `json:"type,omitempty"`
	Quarters string `json:"quarters,omitempty"`
	Year     int    `json:"year,omitempty"`
	// Declared is what the head says the pack holds; nil when it says nothing.
	Declared *PackTotals `json:"declared,omitempty"`
	// Unread are fields of the head whose meaning is not known; they are kept.
	Unread []UnreadField              `json:"unread,omitempty"`
	Locate func(pointer string) Place `json:"-"`
}

// PackTotals are the declared contents of a pack. Totals is nil where the form has no
// sums or the writer left them blank.
type PackTotals struct {
	Documents int     `json:"documents"` // -1 where the head does not count them (ПУ-6)
	Totals    *Totals `json:"totals,omitempty"`
	// Nominal is set when the writer is of the kind that puts "1 document, zero sums"
	// in every head: a difference is then a warning and no error.
	Nominal bool `json:"nominal,omitempty"`
}

// Totals are the four sums of ПУ-3.
type Totals struct {
	Earnings      money.Amount `json:"earnings"`
	Benefits      money.Amount `json:"benefits"`
	Contributions money.Amount `json:"contributions"`
	Paid          money.Amount `json:"paid"`
}

// Add adds other to the totals.
func (t *Totals) Add(other Totals) {
	t.Earnings += other.Earnings
	t.Benefits += other.Benefits
	t.Contributions += other.Contributions
	t.Paid += other.Paid
}

// Document is one form. Exactly the part of its Form is set. Blank fields are zero
// values; texts are trimmed, upper-cased as the text packs are, and otherwise as filed.
type Document struct {
	No       int         `json:"no"` // 1-based place among the file's documents
	Pack     int         `json:"-"`  // index of its pack
	Form     Form        `json:"form"`
	Type     string      `json:"type"` // Р И В К О П
	FundNo   string      `json:"fund_no,omitempty"`
	Phone    string      `json:"phone,omitempty"`
	FilledOn period.Date `json:"filled_on,omitzero"`
	Year     int         `json:"year,omitempty"`
	Quarters string      `json:"quarters,omitempty"` // digits 1-4 as filed: "1", "12", ""

	// Supersedes is the receipt of the version that a correction, cancellation or restore of
	// ПУ-3 takes the place of; blank for the one in force. Restores is the number of the
	// version that a restore brings back.
	Supersedes string `json:"supersedes,omitempty"`
	Restores   int    `json:"restores,omitempty"`

	Registration *Registration   `json:"registration,omitempty"` // ПУ-1
	Movements    []Movement      `json:"movements,omitempty"`    // ПУ-2
	Data         *IndividualData `json:"individual_data,omitempty"`
	Report       *PayerReport    `json:"payer_report,omitempty"` // 4-фонд
	Payment      *Payment        `json:"payment,omitempty"`

	// DeclaredMovements is ПУ-2's count of movements, -1 when not given.
	DeclaredMovements int `json:"declared_movements,omitempty"`

	// Unread are fields of the source whose meaning is not known; they are kept.
	Unread []UnreadField `json:"unread,omitempty"`

	// Faults are values that could not be read and structure that is wrong.
	Faults []Fault `json:"-"`
	// Locate tells where in the source the value at a JSON pointer of this document
	// stands. It never is nil and answers the document's first line when in doubt.
	Locate func(pointer string) Place `json:"-"`
}

// UnreadField is a field whose meaning is unknown, as it stood.
type UnreadField struct {
	Pointer string `json:"pointer"`
	Value   string `json:"value"`
}

// Place is where something stands in the user's own file: the line as the editor counts
// it, or sheet and cell as the spreadsheet shows them (Line is then the row).
type Place struct {
	Line  int    `json:"line,omitempty"`
	Sheet string `json:"sheet,omitempty"`
	Cell  string `json:"cell,omitempty"` // "B17"
	// File is the name within a .zip with several entries.
	File string `json:"file,omitempty"`
}

// Fault is something that the reader itself found. Code is that of the control rule
// (SPF-nnn) under which it is reported; severity, texts and remedy are the rule's.
type Fault struct {
	Code     string
	Pointer  string // JSON pointer into the document or pack; "" for the whole
	Place    Place
	Got      string
	GotKind  GotKind // what Got is: by it the controls decide whether it may be shown
	Expected string
}

// GotKind tells texts of the user, which may be personal data, from others.
type GotKind uint8

// The kinds. The zero value is the one that is shown least.
const (
	// GotValue is what the user wrote.
	GotValue GotKind = iota
	// GotName is what stands where the user's program names a record, column or field.
	GotName
	// GotPhrase are the reader's own words; nothing of the user is in them.
	GotPhrase
)

// Names is a person as named in ПУ-2 and ПУ-3: full surname, initials.
type Names struct {
	Surname   string `json:"surname"`
	Initial   string `json:"initial"`
	Initial2  string `json:"initial2,omitempty"`
	Insurance string `json:"insurance_no"`
}

// Registration is ПУ-1: 27 fields less the common ones.
type Registration struct {
	PersonalData
	Previous PreviousNames `json:"previous,omitzero"`
}

// PersonalData is who the insured person is.
type PersonalData = event.PersonalData

// PreviousNames are the former names in ПУ-1 И.
type PreviousNames struct {
	Surname    string      `json:"surname,omitempty"`
	Name       string      `json:"name,omitempty"`
	Patronymic string      `json:"patronymic,omitempty"`
	BirthDate  period.Date `json:"birth_date,omitzero"`
}

// Movement is one line of ПУ-2: hire, dismissal or both.
type Movement struct {
	Names
	HiredOn      period.Date `json:"hired_on,omitzero"`
	Contract     string      `json:"contract,omitempty"` // 01 02 03 …
	DismissedOn  period.Date `json:"dismissed_on,omitzero"`
	Reason       string      `json:"reason,omitempty"`
	ContractNo   string      `json:"contract_no,omitempty"`
	ContractDate period.Date `json:"contract_date,omitzero"`
	// Corrects is the hire date as it is recorded, by which a К that changes the date names
	// the relationship; null where it can be told without.
	Corrects period.Date `json:"corrects,omitzero"`
}

// IndividualData is ПУ-3 of one person, or ПУ-6: that has neither category, contract nor
// benefits, and in place of Service has Occupations.
type IndividualData struct {
	Names
	Category     string      `json:"category"` // 01 02 … 30
	ContractNo   string      `json:"contract_no,omitempty"`
	ContractDate period.Date `json:"contract_date,omitzero"`
	// ClaimedOn is the day of the pension claim that a ПУ-3 П is for; null if not given.
	ClaimedOn period.Date `json:"claimed_on,omitzero"`
	// Declared are the sums of the head; nil when the format has none.
	Declared *Totals `json:"declared,omitempty"`
	// DeclaredMonths and DeclaredService are the counts of the head, -1 if not given.
	DeclaredMonths  int       `json:"declared_months,omitempty"`
	DeclaredService int       `json:"declared_service,omitempty"`
	Months          []Month   `json:"months,omitempty"`
	Service         []Service `json:"service,omitempty"`
	// HighestTariff is the highest rate of the occupational contributions of the form, in
	// per cent as filed ("9", "9,0"). It and Occupations are of ПУ-6 alone.
	HighestTariff string       `json:"highest_tariff,omitempty"`
	Occupations   []Occupation `json:"occupations,omitempty"`
}

// Sum adds up the months.
func (d *IndividualData) Sum() Totals {
	var t Totals
	for _, m := range d.Months {
		t.Add(m.Totals)
	}
	return t
}

// Sum adds up the months of ПУ-3 and ПУ-6. The months of ПУ-6 do not tell what was paid: in
// text packs its head alone does.
func (d *Document) Sum() Totals {
	if d.Data == nil {
		return Totals{}
	}
	t := d.Data.Sum()
	if d.Form == PU6 && t.Paid == 0 && d.Data.Declared != nil {
		t.Paid = d.Data.Declared.Paid
	}
	return t
}

// Month is НЧСЛ: the sums of one month of the document's year.
type Month struct {
	Number int `json:"month"` // 1-12
	Totals
	Tariff string `json:"tariff,omitempty"`
}

// Service is СТАЖ: a run of days with one kind of work.
type Service struct {
	From       period.Date `json:"from"`
	To         period.Date `json:"to"`
	Occupation string      `json:"occupation,omitempty"`
	Activity   string      `json:"activity,omitempty"` // ПОСОБИЕ, ДЕТИ0, ДОГОВОР …
	Indicator1 string      `json:"indicator1,omitempty"`
	Indicator2 string      `json:"indicator2,omitempty"`
}

// PayerReport is a 4-фонд: lines of sums from the beginning of the year. Without lines it
// says that there was nothing to report.
type PayerReport struct {
	Lines []ReportLine `json:"lines,omitempty"`
}

// ReportLine is a line of a 4-фонд by its code. On a line that counts persons the amount is
// their number.
type ReportLine = event.ReportLine

// Occupation is СТАЖ of ПУ-6: a run of days of work in special conditions. What the fields
// without comments hold is kept as filed.
type Occupation struct {
	From         period.Date `json:"from"`
	To           period.Date `json:"to"`
	Occupation   string      `json:"occupation,omitempty"` // code of the classification
	SubCode      string      `json:"sub_code,omitempty"`
	DerivedCode  string      `json:"derived_code,omitempty"`
	Classifier   string      `json:"classifier,omitempty"` // number of the classification
	Activity     string      `json:"activity,omitempty"`   // kind of work: СП1, ТЕКСТИЛЬ …
	ListPosition string      `json:"list_position,omitempty"`
	TeamCode     string      `json:"team_code,omitempty"` // textile code or code of the team
	Indicator    string      `json:"indicator,omitempty"`
	Share        string      `json:"share,omitempty"` // of full employment
}

// Payment is one line of a list of contribution payments.
type Payment struct {
	BankRef   string       `json:"bank_ref"`
	PayerUNP  string       `json:"payer_unp"`
	ValueDate period.Date  `json:"value_date"`
	BookedOn  period.Date  `json:"booked_on,omitzero"`
	Amount    money.Amount `json:"amount"`
	// Kind says what the payment is for: "pension", "social" or "" for both, to be
	// split in the proportion of the arrears.
	Kind string `json:"kind,omitempty"`
	// Month is the month the payer named; zero when none was named.
	Month   period.Month `json:"month,omitzero"`
	Purpose string       `json:"purpose,omitempty"`
}
