package settlement

import (
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// markDemo marks the months whose amounts rest on demonstration values, by the law as it
// is known now. Assessments carry amounts only, so the law must say it.
func (b *Balance) markDemo(law *rules.Law) {
	for i := range b.Months {
		m := &b.Months[i]
		first := m.Month.First()
		m.Demo = m.Base != 0 && (demo(law, m.Month.Add(-1).First(), rules.NationalAverageWage) ||
			demo(law, first, rules.ContributionCeilingMultiple, rules.InsuredRate,
				rules.EmployerPensionRate, rules.EmployerSocialRate)) ||
			m.SelfBase != 0 && demo(law, first, rules.MinimumWage,
				rules.SelfEmployedPensionRate, rules.SelfEmployedSocialRate)
		b.Demo = b.Demo || m.Demo
	}
}

// demo tells whether a demonstration value of any of the parameters holds on the day.
func demo(law *rules.Law, on period.Date, names ...string) bool {
	for _, name := range names {
		if p, err := law.Lookup(name, on); err == nil && p.Demo {
			return true
		}
	}
	return false
}
