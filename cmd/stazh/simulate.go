package main

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/fixtures/country"
	"github.com/stazh/stazh/fixtures/law"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// simulateCommand writes the report files of a made-up country, in directories that sort in
// the order in which they can be filed.
type simulateCommand struct {
	Persons  int    `default:"${persons}" help:"How many insured persons, at least."`
	Quarters int    `default:"1" help:"How many quarters of history."`
	Out      string `required:"" placeholder:"DIR" help:"Where to write: empty or missing."`
	Seed     uint64 `default:"1" help:"Another seed is another country."`
}

// Run writes with all cores.
func (c *simulateCommand) Run(ctx context.Context, a *app) error {
	dated, err := demoLaw()
	if err != nil {
		return err
	}
	today := simulatedDay(commands.FundDate(a.clock()))
	made, err := planCountry(dated, today, c.Seed, c.Persons, c.Quarters)
	if err != nil {
		return err
	}
	answer, err := c.write(ctx, a, made)
	if errors.Is(err, country.ErrNotEmpty) {
		return usage("%w", err)
	}
	if err != nil {
		return err
	}
	return a.term.answer(answer, func() {
		a.term.printf("%s payers with %s persons: %s records in %s files, %s MiB in %s\n",
			grouped(int64(answer.Payers)), grouped(int64(answer.Persons)),
			grouped(answer.Records()), grouped(answer.Files), grouped(answer.Bytes>>20), c.Out)
	})
}

// filedWithin is how long after a quarter its last reports come, the late ones too.
const filedWithin = 55

// simulatedDay is the day up to which files are written: the latest one not after today on
// which all reports of a quarter have come. It stays the same for three months, and so do
// the files.
func simulatedDay(today period.Date) period.Date {
	end := today.Month()
	for end.Number()%3 != 0 || end.Last().AddDays(filedWithin) > today {
		end = end.Add(-1)
	}
	return end.Last().AddDays(filedWithin)
}

// demoLaw is the law with demonstration values, as the files of the program have it.
func demoLaw() (*account.Law, error) {
	l := account.NewLaw()
	for _, list := range []func() ([]rules.Parameter, error){law.Parameters, law.DemoParameters} {
		numbers, err := list()
		if err != nil {
			return nil, err
		}
		for _, p := range numbers {
			if err := l.Parameters.Publish(p); err != nil {
				return nil, err
			}
		}
	}
	return l, nil
}

// write writes the country and shows how far it has come.
func (c *simulateCommand) write(ctx context.Context, a *app, made *country.Country,
) (summary country.Summary, err error) {
	var payers atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		summary, err = made.WriteFolder(ctx, c.Out, runtime.GOMAXPROCS(0), payers.Store)
	}()
	bar := a.progress("Writing", "payers")
	tick := time.NewTicker(drawEvery)
	defer tick.Stop()
	for {
		select {
		case <-done:
			if err == nil {
				bar.end(int64(made.NumPayers()))
			}
			return summary, err
		case <-tick.C:
			bar.set(payers.Load(), int64(made.NumPayers()))
		}
	}
}
