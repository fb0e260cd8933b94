package commands

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
)

// Staff finds whom a payer employs by its ПУ-2 and has perhaps not reported for a quarter,
// named by its first month. It may be behind the ledger and name too many: the accounts
// decide.
type Staff interface {
	Unreported(ctx context.Context, payer string, quarter period.Month, after ledger.PersonID,
		limit int) ([]ledger.PersonID, error)
}

// leftOutMax bounds the accounts that are read to tell a payer whom it has left out.
const leftOutMax = 200

// late gives the quarters for which a file brings persons after the due date of ПУ-3, each by
// its first month. Before that day nobody is missing.
func (r *run) late(tallies []event.Tally) (quarters []period.Month) {
	if r.bus.Staff == nil {
		return nil
	}
	for i := range tallies {
		t := &tallies[i]
		if t.Form != account.FormPU3 || t.Persons <= 0 || t.Quarter == 0 {
			continue
		}
		quarter := obligation.FirstMonth(t.Year, t.Quarter)
		if duty, ok := obligation.DutyOf(r.law, account.FormPU3, quarter); ok && duty.DueOn < r.today {
			quarters = append(quarters, quarter)
		}
	}
	return quarters
}

// leftOut tells, once for a file that is checked, how many persons the payer employs by its
// ПУ-2 whom no ПУ-3 names for quarters that are due (SPF-407). It begins with a read model, so
// that a filing, which follows from the ledger alone, does not say it. Where it cannot be told
// the check goes on: the rule only informs.
func (r *run) leftOut(ctx context.Context, payer *account.Payer, quarters []period.Month,
) (found []control.Finding) {
	for _, quarter := range quarters {
		n, more, err := r.unreported(ctx, payer, quarter)
		if err != nil {
			r.bus.Logger.WarnContext(ctx, "employees left out were not looked for",
				slog.String("payer", payer.UNP), slog.Any("error", err))
			continue
		}
		finding, told := r.engine.Told(r.today, document.Fault{Code: control.CodeLeftOut,
			Got:     fmt.Sprintf("%d-%d: %s%d", quarter.Year(), quarter.Quarter(), more, n),
			GotKind: document.GotPhrase, Expected: "0"})
		if n > 0 && told {
			found = append(found, finding)
		}
	}
	return found
}

// unreported counts the employees of a quarter without ПУ-3; more says that there may be more
// of them than were looked at.
func (r *run) unreported(ctx context.Context, payer *account.Payer, quarter period.Month,
) (n int, more string, err error) {
	ids, err := r.bus.Staff.Unreported(ctx, payer.UNP, quarter, ledger.PersonID{}, leftOutMax)
	if err != nil || len(ids) == 0 {
		return 0, "", err
	}
	if len(ids) == leftOutMax {
		more = "≥ "
	}
	var others []ledger.PersonID
	for _, id := range ids {
		if r.persons[id] == nil {
			others = append(others, id)
		}
	}
	folds, err := r.bus.persons(ctx, others, nil)
	if err != nil {
		return 0, "", err
	}
	var told []ledger.PersonID // of joined accounts both may be named: it is one person
	for _, id := range ids {
		who := folds[id]
		if about := r.persons[id]; about != nil {
			who = r.view(about)
		} else if who != nil && who.Linked() {
			accounts, err := r.bus.joined(ctx, who)
			if err != nil {
				return 0, "", err
			}
			who = joinAll(accounts)
		}
		if who == nil || slices.Contains(told, who.Canonical()) {
			continue
		}
		if x, owed := obligation.OfEmployeeIn(who, payer, r.law, quarter, r.today); owed &&
			x.State == obligation.Missed {
			told = append(told, who.Canonical())
		}
	}
	return len(told), more, nil
}
