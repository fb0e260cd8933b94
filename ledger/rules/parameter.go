package rules

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Parameter is one dated number of the law: what it is, when it holds, since when it is
// known, and where it stands.
type Parameter struct {
	Name string `json:"name"`
	// Value is a decimal text: BYN for amounts, a fraction for rates.
	Value string `json:"value"`
	// From is the first day on which the value holds.
	From period.Date `json:"from"`
	// Until is the last day; null means until another value replaces it.
	Until period.Date `json:"until,omitzero"`
	// KnownFrom is when the value was recorded; zero means it was always known.
	KnownFrom time.Time `json:"known_from,omitzero"`
	// Act is the legal act, Source where the value was read. One of them is needed.
	Act    string `json:"act"`
	Source string `json:"source"`
	// Unverified marks a value or a date that nobody has compared with the act.
	Unverified bool `json:"unverified,omitempty"`
	// Demo marks an invented demonstration value. It must show wherever the value does.
	Demo bool `json:"demo,omitempty"`
}

// Names of the parameters of contributions.
const (
	NationalAverageWage         = "national_average_wage"
	MinimumWage                 = "minimum_wage"
	InsuredRate                 = "insured_rate"
	EmployerPensionRate         = "employer_pension_rate"
	EmployerSocialRate          = "employer_social_rate"
	SelfEmployedPensionRate     = "self_employed_pension_rate"
	SelfEmployedSocialRate      = "self_employed_social_rate"
	ContributionCeilingMultiple = "contribution_ceiling_multiple"
	WorkInjuryRateMin           = "work_injury_rate_min"
	WorkInjuryRateMax           = "work_injury_rate_max"
)

// CorrectionObjectionDays is how many calendar days a payer has to object to an order that
// corrects its reports.
const CorrectionObjectionDays = "correction_objection_days"

type kind uint8

const (
	// amount is a sum of whole kopecks.
	amount kind = iota + 1
	// exactAmount is a sum in BYN that may have more than two decimals: sums before
	// July 2016 were set in old rubles and are divided by 10,000.
	exactAmount
	// rate is a fraction or a multiple.
	rate
	// count is a whole number of days, months, years or times.
	count
	// choice is one of the words of the definition.
	choice
	// steps is a table by a whole number, such as the coverage required by age: "0:12
	// 23:24" is 12 below 23 and 24 from there.
	steps
)

// rateMax bounds rates and multiples, so that no product leaves the range of an amount.
const rateMax = money.Rate(1000 * 100_000_000)

// definition says how the values of one parameter look.
type definition struct {
	name string
	kind kind
	// monthly values belong to one month each and are never carried forward.
	monthly bool
	// nullable parameters may be overridden by null, "there is none".
	nullable bool
	words    []string
	// term is the name in formulas and in the glossary, where several numbers are one to
	// the reader, such as those of men and women; empty means the name itself.
	term string
}

// called gives the name in formulas and in the glossary.
func (d *definition) called() string { return cmp.Or(d.term, d.name) }

// definitions are the parameters that the rules read. A name outside this table is
// refused: a misspelt parameter would otherwise be published and never used.
var definitions = slices.Concat(oldAgeParameters, disabilityParameters, benefitParameters,
	disputeParameters, occupationalParameters,
	[]definition{
		{name: NationalAverageWage, kind: amount, monthly: true},
		{name: SubsistenceLevel, kind: exactAmount},
		{name: MinimumWage, kind: amount},
		{name: "pension_average_wage", kind: amount},
		{name: MaximumOldAgePension, kind: amount, nullable: true},
		{name: deferralBase, kind: choice, words: []string{"earnings", "pension"}},
		{name: InsuredRate, kind: rate},
		{name: EmployerPensionRate, kind: rate},
		{name: EmployerSocialRate, kind: rate},
		{name: SelfEmployedPensionRate, kind: rate},
		{name: SelfEmployedSocialRate, kind: rate},
		{name: ContributionCeilingMultiple, kind: rate},
		{name: WorkInjuryRateMin, kind: rate},
		{name: WorkInjuryRateMax, kind: rate},
		{name: CorrectionObjectionDays, kind: count},
		{name: oldAgeBaseRate, kind: rate},
		{name: oldAgeYearRate, kind: rate},
		{name: oldAgeExtraYearCap, kind: count},
		{name: hazardousYearCap, kind: count},
		{name: MinimumOldAgeRate, kind: rate},
		{name: socialPensionRate, kind: rate},
		{name: ContributionDueDay, kind: count},
		{name: RefinancingRate, kind: rate},
		{name: PenaltyDivisor, kind: count},
	})

// ParameterNames gives the names that can be published, in a fixed order.
func ParameterNames() []string {
	names := make([]string, len(definitions))
	for i, d := range definitions {
		names[i] = d.name
	}
	return names
}

// ParameterTerm gives the name under which formulas and the glossary have a parameter:
// one for the numbers of men and of women.
func ParameterTerm(name string) string {
	if d, ok := definitionOf(name); ok {
		return d.called()
	}
	return name
}

func definitionOf(name string) (definition, bool) {
	for _, d := range definitions {
		if d.name == name {
			return d, true
		}
	}
	return definition{}, false
}

// value is a parsed number: amount for amounts of whole kopecks, number for all others.
type value struct {
	amount money.Amount
	number money.Rate
	// exact is the amount or number for formulas.
	exact exact
	table ladder
	// term is the name in formulas.
	term string
}

// Longest texts of a number that are looked at, and most decimals.
const (
	wholeDigitsMax = 13
	decimalsMax    = 8
)

// parse reads a value strictly: digits with an optional point, no sign, no exponent. It
// gives the canonical text too.
func (d definition) parse(s string) (value, string, bool) {
	v, text, ok := d.parseValue(s)
	v.term = d.called()
	return v, text, ok
}

func (d definition) parseValue(s string) (value, string, bool) {
	if d.kind == choice {
		for _, w := range d.words {
			if w == s {
				return value{}, s, true
			}
		}
		return value{}, "", false
	}
	if d.kind == steps {
		table, ok := parseLadder(s)
		return value{table: table}, table.String(), ok
	}
	if !isDecimal(s, decimalsMax) {
		return value{}, "", false
	}
	if d.kind == amount {
		a, err := money.Parse(s)
		return value{amount: a, exact: exactAmountOf(a).reduced()}, a.String(), err == nil
	}
	n, err := money.ParseRate(s)
	if err != nil {
		return value{}, "", false
	}
	text, v := n.String(), value{number: n, exact: exactRate(n).reduced()}
	switch d.kind {
	case exactAmount:
		if a, err := money.Parse(text); err == nil {
			text = a.String()
		}
		return v, text, true
	case count:
		return v, text, n <= rateMax && !strings.Contains(text, ".")
	}
	return v, text, n <= rateMax
}

// expected names the form that parse wants.
func (d definition) expected() string {
	switch d.kind {
	case amount:
		return "give BYN with at most two decimals as a string, like \"859.00\""
	case exactAmount:
		return "give BYN with at most eight decimals as a string, like \"199.32\""
	case rate:
		return "give a decimal from 0 to 1000 as a string, like \"0.28\""
	case count:
		return "give a whole number from 0 to 1000 as a string, like \"12\""
	case steps:
		return "give a table as a string, like \"0:12 23:24\""
	}
	return "give one of the words " + strings.Join(d.words, ", ")
}

// isDecimal tells whether s is digits, or digits, a point and 1 to most digits.
func isDecimal(s string, most int) bool {
	whole, fraction, pointed := strings.Cut(s, ".")
	if whole == "" || len(whole) > wholeDigitsMax || len(fraction) > most ||
		(pointed && fraction == "") {
		return false
	}
	for _, c := range []byte(whole + fraction) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
