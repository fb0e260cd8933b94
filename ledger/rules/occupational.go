package rules

import (
	"strconv"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

const occupationalAct = "Law 322-Z of 5 January 2008 on occupational pension insurance"

// OccupationalYieldRate is the yield of a year on the occupational part of accounts (ДПЧ),
// from 1 January to 31 December.
const OccupationalYieldRate = "occupational_yield_rate"

var occupationalParameters = []definition{{name: OccupationalYieldRate, kind: rate}}

// Why there is no occupational pension.
const (
	AgeReached     Reason = "retirement_age_reached"
	SavingsMissing Reason = "savings_missing"
)

// occupationalRules is the chapter of occupational pension insurance.
var occupationalRules = []Rule{
	define(about{"OP-1", occupationalAct + ", Decree 23 of 10 January 2009",
		"Взнос на профессиональное пенсионное страхование",
		"Узнос на прафесійнае пенсійнае страхаванне",
		"Contribution of an employer for occupational pensions"},
		asking(
			askAmount("earnings", func(in *SpecialEarnings) *money.Amount { return &in.Earnings }),
			askRate("occupational_tariff",
				func(in *SpecialEarnings) *money.Rate { return &in.Tariff })),
		tellOneAmount, OP1),
	define(about{"OP-2", occupationalAct,
		"Доходность профессиональной части за год", "Даходнасць прафесійнай часткі за год",
		"Yield of a year on the occupational part of an account"},
		asking(
			askInt("year", func(in *YieldInput) *int { return &in.Year }),
			askAmount("opening_balance", func(in *YieldInput) *money.Amount { return &in.Opening }),
			askList("monthly_contributions",
				func(in *YieldInput) *[]MonthCredit { return &in.Months }, nil,
				askMonth("contribution_month",
					func(m *MonthCredit) *period.Month { return &m.Month }),
				askAmount("contribution", func(m *MonthCredit) *money.Amount { return &m.Amount }))),
		telling(
			tellAmount("weighted_balance", func(y *Yield) money.Amount { return y.Base }),
			tellAmount("amount", func(y *Yield) money.Amount { return y.Amount })), OP2),
	define(about{"OP-3", occupationalAct,
		"Досрочная профессиональная пенсия", "Датэрміновая прафесійная пенсія",
		"Early occupational pension"},
		asking(
			askSex(func(in *EarlyPensionInput) *Sex { return &in.Sex }),
			askDate("birth_date", func(in *EarlyPensionInput) *period.Date { return &in.BirthDate }),
			askDate("on_date", func(in *EarlyPensionInput) *period.Date { return &in.OnDate }),
			askCoverage("occupational_service",
				func(in *EarlyPensionInput) *Duration { return &in.Service }),
			askAmount("occupational_balance",
				func(in *EarlyPensionInput) *money.Amount { return &in.Balance }),
			askInt("early_months", func(in *EarlyPensionInput) *int { return &in.EarlyMonths }),
			askInt("required_service_months_male",
				func(in *EarlyPensionInput) *int { return &in.RequiredMale }),
			askInt("required_service_months_female",
				func(in *EarlyPensionInput) *int { return &in.RequiredFemale })),
		append(award(func(p *EarlyPension) *Award { return &p.Award },
			AgeReached, AgeNotReached, SpecialCoverageShort, SavingsMissing),
			tellInt("payment_months", func(p *EarlyPension) int { return p.Months }),
			tellDate("until", func(p *EarlyPension) period.Date { return p.Until })), OP3),
	define(about{"OP-4", occupationalAct,
		"Дополнительная профессиональная пенсия", "Дадатковая прафесійная пенсія",
		"Additional occupational pension"},
		asking(
			askSex(func(in *AdditionalPensionInput) *Sex { return &in.Sex }),
			askDate("birth_date",
				func(in *AdditionalPensionInput) *period.Date { return &in.BirthDate }),
			askDate("on_date",
				func(in *AdditionalPensionInput) *period.Date { return &in.OnDate }),
			askAmount("occupational_balance",
				func(in *AdditionalPensionInput) *money.Amount { return &in.Balance }),
			askInt("payment_months",
				func(in *AdditionalPensionInput) *int { return &in.Months })),
		award(func(a *Award) *Award { return a }, AgeNotReached, SavingsMissing), OP4),
}

// SpecialEarnings is the question of OP-1.
type SpecialEarnings struct {
	Earnings money.Amount
	// Tariff is the rate for the kind of work, of the code list occupational-tariff.
	Tariff money.Rate
}

// OP1 gives the contribution on a person's earnings of a month in special conditions. It is
// rounded for each person and month, as it is credited to the person.
func OP1(_ *Law, in SpecialEarnings, t *Trace) (money.Amount, error) {
	a := in.Earnings.Times(in.Tariff)
	t.amount("amount", "round(occupational_tariff × earnings)", a)
	return a, nil
}

// MonthCredit is a contribution credited for a month.
type MonthCredit struct {
	Month  period.Month
	Amount money.Amount
}

// YieldInput is the question of OP-2: the balance at the beginning of a year and what was
// credited for its months.
type YieldInput struct {
	Year    int
	Opening money.Amount
	Months  []MonthCredit
}

// Yield is the answer of OP-2. Base is rounded for reading; the amount rests on the exact one.
type Yield struct {
	Base        money.Amount
	Coefficient money.Rate
	Amount      money.Amount
}

// OP2 gives the yield of a year: its rate on the opening balance and on each month's
// contribution for the months that it is in the account, from the month after its own.
func OP2(law *Law, in YieldInput, t *Trace) (Yield, error) {
	first, ok := period.NewMonth(in.Year, 1)
	if !ok {
		return Yield{}, invalid("year", "there is no such year: correct it")
	}
	l := lookup{law: law, trace: t}
	rate := l.rate(OccupationalYieldRate, first.First())
	base := exactAmountOf(in.Opening)
	for _, m := range in.Months {
		if m.Month.Year() != in.Year {
			return Yield{}, invalid("monthly_contributions",
				"the month is of another year: give those of the year only")
		}
		months := monthsOfYear - m.Month.Number()
		base = base.plus(exactAmountOf(m.Amount).times(exactInt(months)).over(monthsOfYear))
	}
	if l.err != nil {
		return Yield{}, l.err
	}
	y := Yield{Base: base.round(), Coefficient: rate,
		Amount: base.times(exactRate(rate)).round()}
	t.exact("weighted_balance",
		"opening_balance + Σ contribution × (12 − number of the month) / 12", base)
	t.amount("amount", "round(occupational_yield_rate × weighted_balance)", y.Amount)
	return y, nil
}

// EarlyPensionInput is the question of OP-3. The last three are conditions of the kind of
// pension.
type EarlyPensionInput struct {
	Sex            Sex
	BirthDate      period.Date
	OnDate         period.Date
	Service        Duration
	Balance        money.Amount
	EarlyMonths    int
	RequiredMale   int
	RequiredFemale int
}

// EarlyPension is the answer of OP-3: paid for so many months, until the day before the
// general retirement age.
type EarlyPension struct {
	Award
	Months int
	Until  period.Date
}

// OP3 gives an early occupational pension: the balance over the months that are left to the
// general retirement age, a begun month being one.
func OP3(law *Law, in EarlyPensionInput, t *Trace) (EarlyPension, error) {
	if err := bornBefore(in.BirthDate, in.OnDate, "on_date"); err != nil {
		return EarlyPension{}, err
	}
	l := lookup{law: law, trace: t}
	day, _ := l.retirement(general[in.Sex].age, in.BirthDate)
	if l.err != nil {
		return EarlyPension{}, l.err
	}
	months := 0
	for in.OnDate.AddMonths(months) < day {
		months++
	}
	required := in.RequiredMale
	if in.Sex == Female {
		required = in.RequiredFemale
	}
	t.date("pension_date", "birth_date + retirement_age_months", day)
	t.count("payment_months", "months from on_date to pension_date", months)
	p := EarlyPension{Months: months, Until: day.AddDays(-1)}
	switch {
	case months == 0:
		p.Award = l.refuse(AgeReached)
	case months > in.EarlyMonths:
		p.Award = l.refuse(AgeNotReached)
	case in.Service.WholeMonths() < required:
		p.Award = l.refuse(SpecialCoverageShort)
	default:
		p.Award = l.overMonths(in.Balance, months)
	}
	return p, nil
}

// overMonths gives savings in equal monthly parts.
func (l *lookup) overMonths(balance money.Amount, months int) Award {
	if balance == 0 {
		return l.refuse(SavingsMissing)
	}
	amount := exactAmountOf(balance).over(months).round()
	l.trace.amount("amount", "round(occupational_balance / "+strconv.Itoa(months)+")", amount)
	return Award{Eligible: true, Amount: amount}
}

// AdditionalPensionInput is the question of OP-4. Months is a condition of the kind.
type AdditionalPensionInput struct {
	Sex       Sex
	BirthDate period.Date
	OnDate    period.Date
	Balance   money.Amount
	Months    int
}

// OP4 gives an additional occupational pension from the general retirement age on: the
// balance over the months of payment that the law sets.
func OP4(law *Law, in AdditionalPensionInput, t *Trace) (Award, error) {
	if err := bornBefore(in.BirthDate, in.OnDate, "on_date"); err != nil {
		return Award{}, err
	}
	if in.Months < 1 {
		return Award{}, invalid("payment_months", "the pension is paid for a month at least")
	}
	l := lookup{law: law, trace: t}
	day, _ := l.retirement(general[in.Sex].age, in.BirthDate)
	if l.err != nil {
		return Award{}, l.err
	}
	t.date("pension_date", "birth_date + retirement_age_months", day)
	if in.OnDate < day {
		return l.refuse(AgeNotReached), nil
	}
	return l.overMonths(in.Balance, in.Months), nil
}
