package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	versions "github.com/stazh/stazh/projections/version"
)

// personVersions lists what was ever reported of a person, with who did it.
type personVersions struct {
	Person  string `arg:"" help:"Insurance number, identifier, or - to read it."`
	Payer   string `placeholder:"UNP" help:"Only what this payer reported."`
	Year    int    `help:"Only reports of this year."`
	Changed bool   `help:"Only what was corrected, cancelled or restored."`
	AsOf    moment `placeholder:"TIME" help:"As the Fund knew it then (RFC 3339)."`
	At      uint64 `placeholder:"POSITION" help:"As the ledger was at the position."`
}

// Run lists the versions of each report and the records of each employment.
func (c *personVersions) Run(ctx context.Context, a *app) error {
	text, err := a.argument(c.Person)
	if err != nil {
		return err
	}
	return a.read(ctx, func(ctx context.Context, s *session) error {
		id, err := s.personID(text)
		if err != nil {
			return err
		}
		read, err := s.asOf(ctx, c.AsOf, c.At)
		if err != nil {
			return err
		}
		x, err := s.Versions(ctx, a.actor(roleOfficer), id, read, versions.Filter{
			Payer: c.Payer, Year: c.Year, Changed: c.Changed})
		if err != nil {
			return err
		}
		return a.term.answer(versionsAnswer{x.Value, x.Position}, func() {
			printVersions(a.term, x.Value.History)
			printVersionOrders(a.term, x.Value.Orders)
			a.term.say("Ledger position %s; the chain of the %s events holds.",
				grouped(int64(x.Position)), grouped(int64(x.Chain.Revision)+1))
		})
	})
}

func printVersions(term *terminal, h versions.History) {
	if len(h.Slots)+len(h.Occupational)+len(h.Employments) == 0 {
		term.printf("Nothing that fits was reported.\n")
		return
	}
	for i := range h.Slots {
		s := &h.Slots[i]
		head := fmt.Sprintf("%s, year %d, quarters %s, category %s %s", s.Payer, s.Year,
			s.Quarters, s.Category, clean(s.ContractNo, 20))
		term.printf("%s\n", term.paint(bold, strings.TrimSpace(head)+joinedText(s.Account)))
		t := newTable(">VERSION", "KIND", "MONTHS", ">EARNINGS", ">CONTRIBUTIONS", "RECEIPT",
			"BY", "RECORDED", "")
		for j := range s.Versions {
			v := &s.Versions[j]
			t.add(fmt.Sprint(v.Version), string(v.Kind), monthsOf(v.Months,
				func(m event.MonthFact) period.Month { return m.Month }), v.Earnings.String(),
				v.Contributions.String(), v.Receipt, by(&v.Authorship),
				v.RecordedAt.Format(time.DateOnly), state(&v.Step))
		}
		t.print(term)
		term.printf("\n")
	}
	for i := range h.Occupational {
		printOccupationalVersions(term, &h.Occupational[i])
	}
	for i := range h.Employments {
		printRecords(term, &h.Employments[i])
	}
}

func printOccupationalVersions(term *terminal, s *versions.OccupationalSlot) {
	term.printf("%s\n", term.paint(bold, fmt.Sprintf("%s, year %d, quarter %d, ПУ-6", s.Payer,
		s.Year, s.Quarter)))
	t := newTable(">VERSION", "KIND", "MONTHS", ">EARNINGS", ">CREDITED", "RECEIPT", "BY",
		"RECORDED", "")
	for i := range s.Versions {
		v := &s.Versions[i]
		t.add(fmt.Sprint(v.Version), string(v.Kind), monthsOf(v.Months,
			func(m event.OccupationalMonth) period.Month { return m.Month }), v.Earnings.String(),
			v.Credited.String(), v.Receipt, by(&v.Authorship),
			v.RecordedAt.Format(time.DateOnly), state(&v.Step))
	}
	t.print(term)
	term.printf("\n")
}

// monthsOf gives the months of a version: "2018-01…2018-03".
func monthsOf[M any](months []M, of func(M) period.Month) string {
	var from, to period.Month
	for _, m := range months {
		if month := of(m); from == 0 || month < from {
			from = month
		}
		to = max(to, of(m))
	}
	switch {
	case from == 0:
		return "-"
	case from == to:
		return from.String()
	}
	return from.String() + "…" + to.String()
}

// by names who recorded something, in which role.
func by(a *versions.Authorship) string {
	return clean(a.Actor.Subject, 30) + " (" + a.Actor.Role + ")"
}

// state says what became of a version.
func state(v *versions.Step) string {
	switch {
	case v.SupersededBy > 0:
		return fmt.Sprintf("superseded by %d", v.SupersededBy)
	case v.Kind == versions.Cancellation:
		return "nothing in force"
	case v.Restores > 0:
		return fmt.Sprintf("in force, as %d was", v.Restores)
	}
	return "in force"
}

func printRecords(term *terminal, x *versions.Employment) {
	term.printf("%s\n", term.paint(bold, "Employment with "+x.Payer+joinedText(x.Account)))
	t := newTable("RECORD", "HIRED", "ENDED", "REASON", "CONTRACT", "BY", "RECORDED")
	for i := range x.Records {
		r := &x.Records[i]
		t.add(string(r.Kind), dash(r.HiredOn), dash(r.EndedOn), r.EndReason,
			strings.TrimSpace(r.Contract+" "+clean(r.ContractNo, 20)), by(&r.Authorship),
			r.RecordedAt.Format(time.DateOnly))
	}
	t.print(term)
	term.printf("\n")
}

// joinedText names the joined account that something is recorded in.
func joinedText(id ledger.PersonID) string {
	if id == (ledger.PersonID{}) {
		return ""
	}
	return ", joined account " + id.String()
}
