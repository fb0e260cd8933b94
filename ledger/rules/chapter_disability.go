package rules

import (
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// adjustmentRules is the chapter of adjustments to wages and prices.
var adjustmentRules = []Rule{
	define(about{"AD-1", pensionAct,
		"Пересчёт пенсии при росте средней заработной платы",
		"Пералік пенсіі пры росце сярэдняй заработнай платы",
		"Adjustment of a pension to the average wage"},
		asking(
			askAmount("pension_amount",
				func(in *WageAdjustmentInput) *money.Amount { return &in.PensionAmount }),
			askAmount("old_average_wage",
				func(in *WageAdjustmentInput) *money.Amount { return &in.OldAverageWage }),
			askAmount("new_average_wage",
				func(in *WageAdjustmentInput) *money.Amount { return &in.NewAverageWage })),
		telling(tellAdjusted, tellAdjustedAmount), AD1),
	define(about{"AD-2", pensionAct,
		"Доведение пенсии до минимального размера",
		"Давядзенне пенсіі да мінімальнага памеру",
		"Lift of a pension to its minimum"},
		asking(
			askAmount("pension_amount",
				func(in *MinimumAdjustmentInput) *money.Amount { return &in.PensionAmount }),
			askRate("minimum_rate",
				func(in *MinimumAdjustmentInput) *money.Rate { return &in.MinimumRate }),
			askDate("on_date",
				func(in *MinimumAdjustmentInput) *period.Date { return &in.OnDate })),
		telling(tellAmount("minimum_amount",
			func(a *Adjustment) money.Amount { return a.MinimumAmount }),
			tellAdjusted, tellAdjustedAmount), AD2),
	define(about{"AD-3", pensionAct,
		"Пересчёт социальной пенсии", "Пералік сацыяльнай пенсіі",
		"Adjustment of a social pension"},
		asking(
			askRate("subsistence_rate",
				func(in *LevelShareInput) *money.Rate { return &in.SubsistenceRate }),
			askDate("on_date", func(in *LevelShareInput) *period.Date { return &in.OnDate })),
		tellOneAmount, AD3),
}

var (
	tellAdjusted       = tellBool("adjusted", func(a *Adjustment) bool { return a.Adjusted })
	tellAdjustedAmount = tellAmount("amount",
		func(a *Adjustment) money.Amount { return a.Amount })
)

// disabilityRules is the chapter of disability pensions.
var disabilityRules = []Rule{
	define(about{"DI-1", pensionAct,
		"Стаж, необходимый для пенсии по инвалидности",
		"Стаж, неабходны для пенсіі па інваліднасці",
		"Coverage that a disability pension needs"},
		asking(
			askDate("birth_date", func(in *OnsetInput) *period.Date { return &in.BirthDate }),
			askDate("disability_onset_date",
				func(in *OnsetInput) *period.Date { return &in.DisabilityOnsetDate })),
		telling(
			tellInt("age_at_onset", func(c *OnsetCoverage) int { return c.AgeAtOnset }),
			tellCoverage("required_coverage",
				func(c *OnsetCoverage) Duration { return c.RequiredCoverage })), DI1),
	define(about{"DI-2", pensionAct,
		"Право на пенсию по инвалидности", "Права на пенсію па інваліднасці",
		"Entitlement to a disability pension"},
		asking(
			askDate("birth_date",
				func(in *DisabilityEntitlementInput) *period.Date { return &in.BirthDate }),
			askDate("disability_onset_date",
				func(in *DisabilityEntitlementInput) *period.Date { return &in.DisabilityOnsetDate }),
			askGroup(func(in *DisabilityEntitlementInput) *Group { return &in.Group }),
			askCoverage("coverage",
				func(in *DisabilityEntitlementInput) *Duration { return &in.Coverage })),
		telling(
			tellWord("entitlement", entitlements,
				func(e *DisabilityEntitlement) Entitlement { return e.Entitlement }),
			tellCoverage("required_coverage",
				func(e *DisabilityEntitlement) Duration { return e.RequiredCoverage })), DI2),
	define(about{"DI-3", pensionAct,
		"Пенсия по инвалидности", "Пенсія па інваліднасці", "Disability pension"},
		asking(
			askGroup(func(in *DisabilityInput) *Group { return &in.Group }),
			askAmount("average_monthly_earnings",
				func(in *DisabilityInput) *money.Amount { return &in.AverageMonthlyEarnings }),
			askDate("on_date", func(in *DisabilityInput) *period.Date { return &in.OnDate })),
		telling(
			tellBool("floor_applied", func(d *Disability) bool { return d.FloorApplied }),
			tellAmount("amount", func(d *Disability) money.Amount { return d.Amount })), DI3),
	define(about{"DI-4", pensionAct,
		"Пенсия по инвалидности при неполном стаже",
		"Пенсія па інваліднасці пры няпоўным стажы",
		"Partial disability pension"}, askPartialDisability, tellPartial, DI4),
	define(about{"DI-5", pensionAct,
		"Надбавка на уход", "Надбаўка на догляд", "Supplement for constant attendance"},
		askAttendance,
		telling(
			tellRate("rate", func(s *Share) money.Rate { return s.Rate }),
			tellAmount("amount", func(s *Share) money.Amount { return s.Amount })), DI5),
	define(about{"DI-6", pensionAct,
		"Социальная пенсия по инвалидности", "Сацыяльная пенсія па інваліднасці",
		"Social disability pension"},
		asking(
			askGroup(func(in *DisabilitySocialInput) *Group { return &in.Group }),
			askBool("onset_before_18",
				func(in *DisabilitySocialInput) *bool { return &in.OnsetBefore18 }),
			askBool("working", func(in *DisabilitySocialInput) *bool { return &in.Working }),
			askBool("entitled_to_insurance_pension",
				func(in *DisabilitySocialInput) *bool { return &in.EntitledToInsurancePension }),
			askDate("on_date", func(in *DisabilitySocialInput) *period.Date { return &in.OnDate })),
		award(sameAward, Working, InsurancePension), DI6),
	define(about{"DI-7", pensionAct,
		"Социальная пенсия ребёнка-инвалида", "Сацыяльная пенсія дзіцяці-інваліда",
		"Social pension of a child with a disability"},
		asking(
			askDate("birth_date", func(in *ChildSocialInput) *period.Date { return &in.BirthDate }),
			askDate("on_date", func(in *ChildSocialInput) *period.Date { return &in.OnDate }),
			askInt("health_loss_degree",
				func(in *ChildSocialInput) *int { return &in.HealthLossDegree }).between(1, 4)),
		award(sameAward, AgeLimit), DI7),
}

var askPartialDisability = asking(
	askDate("birth_date", func(in *PartialDisabilityInput) *period.Date { return &in.BirthDate }),
	askDate("disability_onset_date",
		func(in *PartialDisabilityInput) *period.Date { return &in.DisabilityOnsetDate }),
	askWord("group", groups[:GroupII],
		func(in *PartialDisabilityInput) *Group { return &in.Group }),
	askAmount("average_monthly_earnings",
		func(in *PartialDisabilityInput) *money.Amount { return &in.AverageMonthlyEarnings }),
	askDate("on_date", func(in *PartialDisabilityInput) *period.Date { return &in.OnDate }),
	askCoverage("coverage", func(in *PartialDisabilityInput) *Duration { return &in.Coverage }),
	askBool("mother_of_five",
		func(in *PartialDisabilityInput) *bool { return &in.MotherOfFive }).optional(),
)

var askAttendance = asking(
	askGroup(func(in *AttendanceInput) *Group { return &in.Group }).optional(),
	askDate("birth_date", func(in *AttendanceInput) *period.Date { return &in.BirthDate }),
	askDate("on_date", func(in *AttendanceInput) *period.Date { return &in.OnDate }),
	askDate("disability_onset_date",
		func(in *AttendanceInput) *period.Date { return &in.DisabilityOnsetDate }).optional(),
	askBool("disabled_child",
		func(in *AttendanceInput) *bool { return &in.DisabledChild }).optional(),
	askBool("single", func(in *AttendanceInput) *bool { return &in.Single }).optional(),
	askBool("needs_constant_attendance",
		func(in *AttendanceInput) *bool { return &in.NeedsConstantAttendance }).optional(),
)
