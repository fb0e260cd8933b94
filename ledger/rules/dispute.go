package rules

import "github.com/stazh/stazh/ledger/period"

// Terms of disputes over lines of an account, in calendar days.
const (
	DisputeAnswerDays     = "dispute_answer_days"     // for the payer to answer
	DisputeCorrectionDays = "dispute_correction_days" // for the payer to correct
	DisputeDecisionDays   = "dispute_decision_days"   // for the Fund to decide
)

var disputeParameters = []definition{
	{name: DisputeAnswerDays, kind: count},
	{name: DisputeCorrectionDays, kind: count},
	{name: DisputeDecisionDays, kind: count},
}

// DueBy gives the last day of a term in calendar days that begins on a day and whose length
// is a parameter, or a *MissingParameterError.
func (l *Law) DueBy(name string, begins period.Date) (period.Date, error) {
	days, err := l.Rate(name, begins)
	if err != nil {
		return 0, err
	}
	// A count is a whole number, of which the rational is exact.
	return begins.AddDays(int(days.Rat().Num().Int64())), nil
}
