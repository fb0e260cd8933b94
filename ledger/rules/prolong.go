package rules

import (
	"slices"
	"sort"

	"github.com/stazh/stazh/ledger/period"
)

// AssumedToLast ends the act of a number whose end was taken away.
const AssumedToLast = " (last value known, assumed to hold on)"

// Prolonged gives a law in which the last value of a number from before the day holds on,
// until the next one or without an end, and that value as it was published; ok is false
// where there is none, or one that holds on the day. It is for looking ahead only: no
// decision may rest on such a law. The act of the value says so wherever it is shown.
func (l *Law) Prolonged(name string, day period.Date) (law *Law, last Parameter, ok bool) {
	s := l.series[name]
	if s == nil {
		return nil, last, false
	}
	n := sort.Search(len(s.effective), func(i int) bool { return s.effective[i].From > day })
	if n == 0 {
		return nil, last, false
	}
	last = s.effective[n-1].Parameter
	if last.Until.IsZero() || day <= last.Until {
		return nil, last, false
	}
	longer := &series{published: s.published, effective: slices.Clone(s.effective)}
	e := &longer.effective[n-1]
	if e.Until = 0; n < len(s.effective) {
		e.Until = s.effective[n].From.AddDays(-1)
	}
	if e.Act == "" {
		e.Act = e.Source
	}
	e.Act += AssumedToLast
	law = l.Clone()
	law.series[name] = longer
	return law, last, true
}
