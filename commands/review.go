package commands

import (
	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// Reasons of a review.
const (
	ReviewMonths     = "months_changed"     // reported months or service
	ReviewPeriod     = "period_changed"     // a special period
	ReviewEmployment = "employment_changed" // dates or terms of an employment
)

// reviews gives the flags for awards that facts of a day bear upon: those whose benefit
// began after it. The amount stays until an officer has calculated anew. cause is the id
// of the event that changes the facts.
func reviews(p *account.Person, earliest period.Date, cause uuid.UUID, reason string,
) (flags []event.Payload) {
	for i := range p.Cases {
		x := &p.Cases[i]
		if x.State == account.CaseAwarded && earliest < x.Award.From {
			flags = append(flags, &event.PensionReviewFlagged{Case: x.ID, Cause: cause,
				Reason: reason})
		}
	}
	return flags
}
