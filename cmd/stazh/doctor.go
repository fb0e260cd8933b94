package main

import (
	"context"
	"time"
)

// doctorCommand looks for faults. It changes nothing: it opens no empty ledger, makes no
// key and follows nothing.
type doctorCommand struct{}

// Verdicts of a check.
const (
	healthy = "ok"
	warning = "warning" // it works, but will not for long, or not as well as it could
	faulty  = "fault"
	notSeen = "not checked" // because of an earlier fault, or as there is nothing yet
)

// diagnosis is what a check found.
type diagnosis struct {
	Check   string `json:"check"`
	Verdict string `json:"verdict"`
	Detail  string `json:"detail"`
	Remedy  string `json:"remedy,omitempty"`
}

func fine(detail string) diagnosis { return diagnosis{Verdict: healthy, Detail: detail} }

func fault(detail, remedy string) diagnosis {
	return diagnosis{Verdict: faulty, Detail: detail, Remedy: remedy}
}

func warn(detail, remedy string) diagnosis {
	return diagnosis{Verdict: warning, Detail: detail, Remedy: remedy}
}

func unseen(detail string) diagnosis { return diagnosis{Verdict: notSeen, Detail: detail} }

// checkup is one run of the doctor.
type checkup struct {
	*settings
	clock func() time.Time
	// ledger is what the checks of the database share; nil while it is not reached.
	ledger *ward
	// reached is true when the database answered, with or without tables.
	reached bool
	// served is true when a Stazh server answers at the address.
	served bool
}

// checkTimeout bounds one check: a database that does not answer is a fault by itself.
const checkTimeout = 20 * time.Second

// Run examines everything and gives exit code 1 when there is a fault.
func (*doctorCommand) Run(ctx context.Context, a *app) error {
	c := &checkup{settings: &a.settings, clock: a.clock}
	list := c.examine(ctx)
	faults := 0
	for _, d := range list {
		if d.Verdict == faulty {
			faults++
		}
	}
	answer := struct {
		Healthy bool        `json:"healthy"`
		Checks  []diagnosis `json:"checks"`
	}{faults == 0, list}
	err := a.term.answer(answer, func() { printDiagnoses(a.term, list, faults) })
	if err == nil && faults > 0 {
		err = errSaid
	}
	return err
}

// examine does all checks in an order in which a later one may rest on an earlier one.
func (c *checkup) examine(ctx context.Context) []diagnosis {
	checks := []struct {
		name string
		do   func(context.Context) diagnosis
	}{
		{"program of Postgres", c.programs},
		{"data directory", c.directory},
		{"disk space", c.disk},
		{"data of Postgres", c.cluster},
		{"address", c.address},
		{"database", c.database},
		{"version of the database", c.serverVersion},
		{"tables", c.tables},
		{"key file", c.key},
		{"append-only", c.guards},
		{"storage", c.storage},
		{"law", c.law},
		{"read models", c.models},
		{"clocks", c.clocks},
	}
	defer func() {
		if c.ledger != nil {
			c.ledger.close(context.WithoutCancel(ctx))
		}
	}()
	var list []diagnosis
	for _, check := range checks {
		one, cancel := context.WithTimeout(ctx, checkTimeout)
		d := check.do(one)
		cancel()
		d.Check = check.name
		list = append(list, d)
	}
	return list
}

func printDiagnoses(term *terminal, list []diagnosis, faults int) {
	marks := map[string]string{healthy: term.mark(true), faulty: term.mark(false),
		warning: term.paint(yellow, "!"), notSeen: term.paint(faint, "-")}
	widest := 0
	for _, d := range list {
		widest = max(widest, width(d.Check))
	}
	for _, d := range list {
		term.printf("%s %-*s  %s\n", marks[d.Verdict], widest, d.Check, clean(d.Detail, 0))
		if d.Remedy != "" {
			term.printf("  %-*s  → %s\n", widest, "", d.Remedy)
		}
	}
	if faults == 0 {
		term.printf("\nNo faults found.\n")
		return
	}
	term.printf("\nFaults found: %d. Each line with → says what to do.\n", faults)
}
