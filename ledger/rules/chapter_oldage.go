package rules

import (
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

const pensionAct = "Law 1596-XII of 17 Apr 1992 on pensions"

// oldAgeRules is the chapter of old-age pensions.
var oldAgeRules = []Rule{
	define(about{"OA-1", pensionAct + ", Decree 137 of 11 Apr 2016",
		"Пенсионный возраст", "Пенсійны ўзрост", "Retirement age"},
		askRetirement, tellRetirement, OA1),
	define(about{"OA-2", pensionAct + ", Decree 534 of 31 Dec 2015",
		"Стаж, необходимый для пенсии по возрасту",
		"Стаж, неабходны для пенсіі па ўзросце",
		"Coverage that an old-age pension needs"},
		asking(askConditionSex, askConditionDay),
		telling(tellRequiredCoverage, tellRequiredPaid), OA2),
	define(about{"OA-3", pensionAct + ", articles on pensions at a lower age",
		"Льготные условия назначения пенсии по возрасту",
		"Льготныя ўмовы прызначэння пенсіі па ўзросце",
		"Reduced conditions of an old-age pension"},
		asking(
			askWord("category", categories,
				func(in *ConditionsInput) *Category { return &in.Category }),
			askConditionSex, askConditionDay),
		telling(
			tellAge("required_age", func(c *Conditions) Age { return c.RequiredAge }),
			tellRequiredCoverage, tellRequiredPaid,
			tellCoverage("required_special_coverage",
				func(c *Conditions) Duration { return c.RequiredSpecialCoverage })), OA3),
	define(about{"OA-4", pensionAct,
		"Право на пенсию по возрасту", "Права на пенсію па ўзросце",
		"Entitlement to an old-age pension"}, askEntitlement, tellEntitlement, OA4),
	define(about{"OA-5", pensionAct,
		"Пенсия по возрасту", "Пенсія па ўзросце", "Old-age pension"},
		askOldAge, tellOldAge, OA5),
	define(about{"OA-6", pensionAct,
		"Минимальный размер пенсии по возрасту", "Мінімальны памер пенсіі па ўзросце",
		"Minimum old-age pension"},
		asking(askDate("on_date", func(on *period.Date) *period.Date { return on })),
		tellOneAmount, OA6),
	define(about{"OA-7", pensionAct,
		"Пенсия по возрасту при неполном стаже", "Пенсія па ўзросце пры няпоўным стажы",
		"Partial old-age pension"}, askPartial, tellPartial, OA7),
	define(about{"OA-8", pensionAct + ", Decree 136 of 18 Mar 2012",
		"Пенсия по возрасту при отложенном назначении",
		"Пенсія па ўзросце пры адкладзеным прызначэнні",
		"Deferred old-age pension"}, askDeferral, tellDeferral, OA8),
	define(about{"OA-9", pensionAct,
		"Социальная пенсия по возрасту", "Сацыяльная пенсія па ўзросце",
		"Social old-age pension"}, askSocialPension,
		award(sameAward, AgeNotReached, Working, InsurancePension), OA9),
}

// tellOneAmount is the answer of rules that give nothing but an amount.
var tellOneAmount = telling(
	tellAmount("amount", func(a *money.Amount) money.Amount { return *a }))

// sameAward serves rules whose answer is an Award and nothing else.
func sameAward(a *Award) *Award { return a }

var askRetirement = asking(
	askSex(func(in *RetirementInput) *Sex { return &in.Sex }),
	askDate("birth_date", func(in *RetirementInput) *period.Date { return &in.BirthDate }),
	askDate("on_date", func(in *RetirementInput) *period.Date { return &in.OnDate }).optional(),
)

var tellRetirement = telling(
	tellAge("pension_age", func(r *Retirement) Age { return r.PensionAge }),
	tellDate("pension_date", func(r *Retirement) period.Date { return r.PensionDate }),
	tellAge("age_required_on_date", func(r *Retirement) Age { return r.AgeRequiredOnDate }).
		only(func(r *Retirement) bool { return r.asked }),
	tellBool("reached", func(r *Retirement) bool { return r.Reached }).
		only(func(r *Retirement) bool { return r.asked }),
)

var (
	askConditionSex = askSex(func(in *ConditionsInput) *Sex { return &in.Sex })
	askConditionDay = askDate("on_date",
		func(in *ConditionsInput) *period.Date { return &in.OnDate })

	tellRequiredCoverage = tellCoverage("required_coverage",
		func(c *Conditions) Duration { return c.RequiredCoverage })
	tellRequiredPaid = tellCoverage("required_paid_coverage",
		func(c *Conditions) Duration { return c.RequiredPaidCoverage })
)

var askEntitlement = asking(
	askSex(func(in *EntitlementInput) *Sex { return &in.Sex }),
	askDate("birth_date", func(in *EntitlementInput) *period.Date { return &in.BirthDate }),
	askDate("on_date", func(in *EntitlementInput) *period.Date { return &in.OnDate }),
	askCoverage("coverage", func(in *EntitlementInput) *Duration { return &in.Coverage }),
	askCoverage("paid_coverage",
		func(in *EntitlementInput) *Duration { return &in.PaidCoverage }),
	askWord("category", categories,
		func(in *EntitlementInput) *Category { return &in.Category }).optional(),
	askCoverage("special_coverage",
		func(in *EntitlementInput) *Duration { return &in.SpecialCoverage }).optional(),
)

var tellEntitlement = telling(
	tellWord("entitlement", entitlements,
		func(r *EntitlementResult) Entitlement { return r.Entitlement }),
	tellReasons(func(r *EntitlementResult) []Reason { return r.Reasons },
		AgeNotReached, CoverageShort, PaidCoverageShort, SpecialCoverageShort),
)

var askOldAge = asking(
	askSex(func(in *OldAgeInput) *Sex { return &in.Sex }),
	askDate("on_date", func(in *OldAgeInput) *period.Date { return &in.OnDate }),
	askAmount("average_monthly_earnings",
		func(in *OldAgeInput) *money.Amount { return &in.AverageMonthlyEarnings }),
	askCoverage("coverage", func(in *OldAgeInput) *Duration { return &in.Coverage }),
	askCoverage("hazardous_coverage",
		func(in *OldAgeInput) *Duration { return &in.HazardousCoverage }).optional(),
)

var tellOldAge = telling(
	tellInt("extra_years", func(o *OldAge) int { return o.ExtraYears }),
	tellInt("hazardous_years", func(o *OldAge) int { return o.HazardousYears }),
	tellAmount("gross_amount", func(o *OldAge) money.Amount { return o.GrossAmount }),
	tellBool("floor_applied", func(o *OldAge) bool { return o.FloorApplied }),
	tellBool("cap_applied", func(o *OldAge) bool { return o.CapApplied }),
	tellAmount("amount", func(o *OldAge) money.Amount { return o.Amount }),
)

var askPartial = asking(
	askSex(func(in *PartialInput) *Sex { return &in.Sex }),
	askDate("on_date", func(in *PartialInput) *period.Date { return &in.OnDate }),
	askAmount("average_monthly_earnings",
		func(in *PartialInput) *money.Amount { return &in.AverageMonthlyEarnings }),
	askCoverage("coverage", func(in *PartialInput) *Duration { return &in.Coverage }),
	askBool("mother_of_five",
		func(in *PartialInput) *bool { return &in.MotherOfFive }).optional(),
)

var tellPartial = telling(
	tellInt("months_counted", func(p *Partial) int { return p.MonthsCounted }),
	tellInt("months_required", func(p *Partial) int { return p.MonthsRequired }),
	tellAmount("full_amount", func(p *Partial) money.Amount { return p.FullAmount }),
	tellBool("floor_applied", func(p *Partial) bool { return p.FloorApplied }),
	tellAmount("amount", func(p *Partial) money.Amount { return p.Amount }),
)

var askDeferral = asking(
	askAmount("pension_amount", func(in *DeferralInput) *money.Amount { return &in.PensionAmount }),
	askAmount("average_monthly_earnings",
		func(in *DeferralInput) *money.Amount { return &in.AverageMonthlyEarnings }),
	askInt("deferral_years", func(in *DeferralInput) *int { return &in.DeferralYears }).
		between(0, coverageYearsMax),
	askInt("deferral_months", func(in *DeferralInput) *int { return &in.DeferralMonths }).
		between(0, monthsOfYear-1),
)

var tellDeferral = telling(
	tellRate("increase_rate", func(d *Deferral) money.Rate { return d.IncreaseRate }),
	tellAmount("increase_amount", func(d *Deferral) money.Amount { return d.IncreaseAmount }),
	tellAmount("amount", func(d *Deferral) money.Amount { return d.Amount }),
)

var askSocialPension = asking(
	askSex(func(in *SocialPensionInput) *Sex { return &in.Sex }),
	askDate("birth_date", func(in *SocialPensionInput) *period.Date { return &in.BirthDate }),
	askDate("on_date", func(in *SocialPensionInput) *period.Date { return &in.OnDate }),
	askBool("working", func(in *SocialPensionInput) *bool { return &in.Working }),
	askBool("entitled_to_insurance_pension",
		func(in *SocialPensionInput) *bool { return &in.EntitledToInsurancePension }),
)
