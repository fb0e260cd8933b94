package rules

import (
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

const pensionAct = "Law 1596-XII of 17 April 1992 on pensions"

// oldAgeRules is the chapter of old-age pensions.
var oldAgeRules = []Rule{
	define(about{"OA-1", pensionAct + "; Decree 137 of 11 April 2016",
		"Пенсионный возраст", "Пенсійны ўзрост", "Retirement age"},
		asking(
			askSex(func(in *RetirementInput) *Sex { return &in.Sex }),
			askDate("birth_date", func(in *RetirementInput) *period.Date { return &in.BirthDate }),
			askDate("on_date",
				func(in *RetirementInput) *period.Date { return &in.OnDate }).optional(),
		),
		telling(
			tellAge("pension_age", func(r *Retirement) Age { return r.PensionAge }),
			tellDate("pension_date", func(r *Retirement) period.Date { return r.PensionDate }),
			tellAge("age_required_on_date",
				func(r *Retirement) Age { return r.AgeRequiredOnDate }).
				only(func(r *Retirement) bool { return r.asked }),
			tellBool("reached", func(r *Retirement) bool { return r.Reached }).
				only(func(r *Retirement) bool { return r.asked }),
		), OA1),
	define(about{"OA-6", pensionAct,
		"Минимальный размер пенсии по возрасту", "Мінімальны памер пенсіі па ўзросце",
		"Minimum old-age pension"},
		asking(askDate("on_date", func(on *period.Date) *period.Date { return on })),
		telling(tellAmount("amount", func(a *money.Amount) money.Amount { return *a })), OA6),
}
