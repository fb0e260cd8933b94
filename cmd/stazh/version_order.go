package main

import (
	"cmp"
	"time"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger"
)

// versionsAnswer is the versions of a person's reports with their place in the ledger.
type versionsAnswer struct {
	service.VersionsView
	Position ledger.Position `json:"position"`
}

// printVersionOrders tells why the Fund has corrected reports without the payer.
func printVersionOrders(term *terminal, orders []service.VersionOrder) {
	said := func(word, by string, on time.Time, why, ground string) {
		term.printf("%-9s %s by %s: %s (%s)\n", word, on.Format(time.DateOnly), clean(by, 30),
			clean(cmp.Or(why, "-"), 0), clean(ground, 0))
	}
	for i := range orders {
		o := &orders[i]
		term.printf("%s\n", term.paint(bold, "Order of the Fund, receipt "+o.Receipt))
		said("Proposed", o.ProposedBy, o.ProposedAt, o.Reason, o.Ground)
		said("Approved", o.DecidedBy, o.DecidedAt, o.Decision, o.DecisionGround)
		term.printf("\n")
	}
}
