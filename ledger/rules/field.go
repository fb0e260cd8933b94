package rules

import "github.com/stazh/stazh/ledger/money"

// Type is the form of a field.
type Type string

// The types of fields. Amounts and rates are decimal strings, coverage is
// {"years","months","days"}, an age {"years","months"}.
const (
	TypeAmount   Type = "amount"
	TypeRate     Type = "rate"
	TypeDate     Type = "date"
	TypeMonth    Type = "month"
	TypeInt      Type = "int"
	TypeCoverage Type = "cov"
	TypeAge      Type = "age"
	TypeBool     Type = "bool"
	TypeEnum     Type = "enum"
	TypeText     Type = "text"
	TypeList     Type = "list"
)

// Field describes one field of a question or an answer. What it means stands under its
// name in the glossary.
type Field struct {
	Name string
	Type Type
	// Optional: a question may leave the field out or give null; an answer may have null.
	Optional bool
	// Absent: an answer may not have the field.
	Absent bool
	// Words are the values of an enum.
	Words []string
	// Least and Most bound an int.
	Least, Most int
	// Items are the fields of a list's items; a single one without a name is the item.
	Items []Field
	// MayBeEmpty tells that a list may have no items, as those of answers may.
	MayBeEmpty bool
}

// Doc says what the field means.
func (f Field) Doc() Text { return Term(f.Name) }

// Text is a text in Russian, Belarusian and English.
type Text struct {
	RU string `json:"ru"`
	BE string `json:"be"`
	EN string `json:"en"`
}

// Sex of a person; the zero value is none given.
type Sex uint8

// Both sexes, which retirement ages and coverage depend on.
const (
	Male Sex = iota + 1
	Female
)

var sexes = []string{"male", "female"}

// Group of an adult's disability; the zero value is none given.
type Group uint8

// The groups, from the heaviest.
const (
	GroupI Group = iota + 1
	GroupII
	GroupIII
)

var groups = []string{"I", "II", "III"}

// Reason is why a claim gives no right, as a code; empty where there is a right.
type Reason string

// Award is the answer of a rule that gives an amount or says why not.
type Award struct {
	Eligible bool
	Reason   Reason
	// Amount is 0.00 where there is no right.
	Amount money.Amount
}
