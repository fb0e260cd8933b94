package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/coverage"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections/statement"
)

// personShow shows an account. The number of a person is a secret of theirs: give it on
// standard input ("-") where other users of the machine can see the command line.
type personShow struct {
	Person string `arg:"" help:"Insurance number, identifier, or - to read it."`
	From   month  `placeholder:"YYYY-MM" help:"First month of the account."`
	To     month  `placeholder:"YYYY-MM" help:"Last month of the account."`
	On     date   `placeholder:"YYYY-MM-DD" help:"Day of the coverage; today by default."`
	AsOf   moment `placeholder:"TIME" help:"As the Fund knew it then (RFC 3339)."`
	At     uint64 `placeholder:"POSITION" help:"As the ledger was at the position."`
}

// personAnswer is the account with the coverage.
type personAnswer struct {
	Person   service.PersonView  `json:"person"`
	Account  statement.Statement `json:"account"`
	Coverage coverage.Coverage   `json:"coverage"`
	Position ledger.Position     `json:"position"`
}

// Run shows account and coverage, as they are now or as they were known.
func (c *personShow) Run(ctx context.Context, a *app) error {
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
		caller := a.actor(roleOfficer)
		person, err := s.Person(ctx, caller, id, read)
		if err != nil {
			return err
		}
		account, err := s.Account(ctx, caller, id, read, period.Month(c.From), period.Month(c.To))
		if err != nil {
			return err
		}
		cover, err := s.Coverage(ctx, caller, id, read, period.Date(c.On))
		if err != nil {
			return err
		}
		answer := personAnswer{Person: person.Value, Account: account.Value,
			Coverage: cover.Value, Position: account.Position}
		return a.term.answer(answer, func() {
			printPerson(a.term, person.Value)
			printStatement(a.term, account.Value)
			printCoverage(a.term, cover.Value)
			a.term.say("Ledger position %s.", grouped(int64(account.Position)))
		})
	})
}

// argument is a value of the command line, or a line of standard input for "-".
func (a *app) argument(value string) (string, error) {
	if value != "-" {
		return strings.TrimSpace(value), nil
	}
	line, err := bufio.NewReader(io.LimitReader(a.in, 4096)).ReadString('\n')
	line = strings.TrimSpace(line)
	if line == "" {
		if err != nil && err != io.EOF {
			return "", fmt.Errorf("read standard input: %w", err)
		}
		return "", usage("standard input is empty: write the number there, or give it " +
			"instead of -")
	}
	return line, nil
}

// personID understands an identifier or an insurance number. Errors do not repeat it.
func (s *session) personID(text string) (ledger.PersonID, error) {
	if id, err := uuid.Parse(text); err == nil {
		return id, nil
	}
	return s.PersonID(text)
}

// asOf makes a read of now that sees all that is recorded, or one of the past.
func (s *session) asOf(ctx context.Context, at moment, position uint64) (service.Read, error) {
	read := service.Read{AsOf: service.AsOf{RecordedAt: time.Time(at),
		Position: ledger.Position(position)}}
	if read.AsOf != (service.AsOf{}) {
		return read, nil
	}
	head, err := s.node.Log.Head(ctx)
	read.AtLeast = head
	return read, err
}

func printStatement(term *terminal, s statement.Statement) {
	if len(s.Rows) == 0 {
		term.printf("No months are reported.\n")
		return
	}
	t := newTable("MONTH", "PAYER", "CAT", ">EARNINGS", ">BENEFITS", ">CONTRIBUTIONS", ">PAID",
		"RECEIPT", "RECORDED", "")
	for _, r := range s.Rows {
		note := ""
		if r.Version > 1 {
			note = fmt.Sprintf("version %d", r.Version)
		}
		if r.Account != uuid.Nil {
			note = strings.TrimPrefix(note+", account "+r.Account.String(), ", ")
		}
		t.add(r.Month.String(), r.Payer, r.Category, r.Earnings.String(), r.Benefits.String(),
			r.Contributions.String(), r.Paid.String(), r.Receipt,
			r.RecordedAt.Format(time.DateOnly), note)
	}
	t.print(term)
	term.printf("\n")
	printContributions(term, s)
	printEmployments(term, s.Employments)
}

// printContributions shows what the law makes of the months, by fund.
func printContributions(term *terminal, s statement.Statement) {
	t := newTable("MONTH", "PAYER", ">BASE", ">INSURED", ">EMPLOYER", ">OWN", ">FOR PENSIONS",
		">FOR SOCIAL", "")
	for _, c := range s.Contributions {
		note := ""
		if c.Demo {
			note = "demonstration values"
		}
		if c.Awaiting != nil {
			t.add(c.Month.String(), c.Payer, "", "", "", "", "", "",
				fmt.Sprintf("waits for %s of %s", c.Awaiting.Parameter, c.Awaiting.Month))
			continue
		}
		f := c.Funds
		t.add(c.Month.String(), c.Payer, f.Base.String(), f.Insured.String(),
			(f.Pension + f.Social).String(), (f.OwnPension + f.OwnSocial).String(),
			f.ForPensions.String(), f.ForSocial.String(), note)
	}
	f := s.Total.Computed
	t.add("Total", "", f.Base.String(), f.Insured.String(), (f.Pension + f.Social).String(),
		(f.OwnPension + f.OwnSocial).String(), f.ForPensions.String(), f.ForSocial.String(), "")
	t.print(term)
	term.printf("\n")
}

func printEmployments(term *terminal, list []statement.Employment) {
	if len(list) == 0 {
		return
	}
	t := newTable("EMPLOYER", "HIRED", "ENDED", "CONTRACT")
	for _, e := range list {
		t.add(e.Payer, dash(e.HiredOn), dash(e.EndedOn), strings.TrimSpace(e.Contract+" "+
			clean(e.ContractNo, 20)))
	}
	t.print(term)
	term.printf("\n")
}

func dash(d period.Date) string {
	if d.IsZero() {
		return "-"
	}
	return d.String()
}

func printCoverage(term *terminal, c coverage.Coverage) {
	on := "all that is reported"
	if !c.On.IsZero() {
		on = "on " + c.On.String()
	}
	term.printf("Coverage, %s: %s in total, %s with paid contributions.\n", on,
		length(c.Total), length(c.Paid))
	if c.OverlapDays > 0 {
		term.printf("%d days were reported more than once and count once.\n", c.OverlapDays)
	}
	if len(c.Gaps) == 0 {
		return
	}
	t := newTable("GAP FROM", "TO", ">DAYS", "WHY")
	for _, g := range c.Gaps {
		t.add(g.From.String(), g.To.String(), fmt.Sprint(g.Days), gapReason(g))
	}
	t.print(term)
}

func length(p coverage.Part) string {
	d := p.Coverage
	return fmt.Sprintf("%d y %d m %d d", d.Years, d.Months, d.Days)
}

// gapReason says in words why days do not count.
func gapReason(g coverage.Gap) string {
	var payers []string
	for _, e := range g.Employments {
		payers = append(payers, e.Payer)
	}
	who := strings.Join(payers, ", ")
	switch g.Reason {
	case coverage.NoReport:
		return "employed, but no report of " + who
	case coverage.ReportNotDue:
		return "employed, the report of " + who + " is not due yet"
	case coverage.NoEmployment:
		return "no employment is known"
	case coverage.Unpaid:
		return "covered, but not as paid: the activity does not count (" + who + ")"
	case coverage.NoEarnings:
		return "covered, but not as paid: no earnings reported by " + who
	}
	return g.Reason
}

// personFind finds insured persons.
type personFind struct {
	Text  string `arg:"" help:"Name or number, or - to read it from standard input."`
	Limit int    `default:"20" help:"How many."`
}

// Run lists the best matches first.
func (c *personFind) Run(ctx context.Context, a *app) error {
	text, err := a.argument(c.Text)
	if err != nil {
		return err
	}
	return a.read(ctx, func(ctx context.Context, s *session) error {
		read, err := s.asOf(ctx, moment{}, 0)
		if err != nil {
			return err
		}
		page, err := s.FindPersons(ctx, a.actor(roleOfficer), text, "", c.Limit, read)
		if err != nil {
			return err
		}
		return a.term.answer(listOf(page), func() {
			t := newTable("INSURANCE NUMBER", "BORN", "NAME", "IDENTIFIER")
			for _, p := range page.Items {
				name := fullName(p)
				if p.Provisional {
					name += " (provisional)"
				}
				t.add(p.InsuranceNo, dash(p.BirthDate), name, p.ID.String())
			}
			t.print(a.term)
			more(a.term, page.Next)
		})
	})
}

func fullName(p service.PersonView) string {
	if !p.Known {
		return "(personal data were erased)"
	}
	return nameText(p.Surname, p.Name, p.Patronymic)
}

func nameText(parts ...string) string {
	return clean(strings.Join(strings.Fields(strings.Join(parts, " ")), " "), 60)
}

func printPerson(term *terminal, p service.PersonView) {
	term.printf("%s\n", term.paint(bold, fullName(p)))
	term.printf("Insurance number %s, born %s, identifier %s\n", p.InsuranceNo,
		dash(p.BirthDate), p.ID)
	if p.Provisional {
		term.printf("PROVISIONAL: the identity is not confirmed.\n")
	}
	for _, x := range p.Accounts {
		term.printf("Joined with the account of number %s, identifier %s\n", x.InsuranceNo, x.ID)
		// What was filed under that number, where it differs from the survivor's data.
		name := nameText(x.Surname, x.Name, x.Patronymic)
		if name != "" && (name != fullName(p) || x.BirthDate != p.BirthDate) {
			term.printf("  held as %s, born %s\n", name, dash(x.BirthDate))
		}
	}
	term.printf("\n")
}
