package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/fixtures/country"
	"github.com/stazh/stazh/fixtures/law"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/rules"
)

// simulateCommand writes the report files of a made-up country: the payers as
// payers.ndjson, then one directory per payer.
type simulateCommand struct {
	Persons  int    `default:"${persons}" help:"How many insured persons, at least."`
	Quarters int    `default:"1" help:"How many quarters of history."`
	Out      string `required:"" placeholder:"DIR" help:"Where to write; made when missing."`
	Seed     uint64 `default:"1" help:"Another seed is another country."`
}

// simulated counts what was written.
type simulated struct {
	Payers  int   `json:"payers"`
	Persons int   `json:"persons"`
	Files   int64 `json:"files"`
	Bytes   int64 `json:"bytes"`
}

// Run writes with all cores.
func (c *simulateCommand) Run(ctx context.Context, a *app) error {
	dated, err := demoLaw()
	if err != nil {
		return err
	}
	made, err := planCountry(dated, commands.FundDate(a.clock()), c.Seed, c.Persons, c.Quarters)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return usage("%w", err)
	}
	if err := writePayers(filepath.Join(c.Out, "payers.ndjson"), made); err != nil {
		return err
	}
	answer := simulated{Payers: made.NumPayers() + 1, Persons: made.NumPersons()}
	answer.Files, answer.Bytes, err = c.write(ctx, a, made)
	if err != nil {
		return err
	}
	return a.term.answer(answer, func() {
		a.term.printf("%s payers with %s persons: %s files, %s MiB in %s\n",
			grouped(int64(answer.Payers)), grouped(int64(answer.Persons)),
			grouped(answer.Files), grouped(answer.Bytes>>20), c.Out)
	})
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

func writePayers(path string, made *country.Country) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	lines := json.NewEncoder(w)
	for p := range made.Payers() {
		err := lines.Encode(map[string]string{"unp": p.UNP, "fund_no": p.FundNo,
			"name": p.Name, "kind": p.Kind, "since": p.Since.String()})
		if err != nil {
			return err
		}
	}
	return w.Flush()
}

// write spreads the payers over the cores; a payer's files do not depend on the others.
func (c *simulateCommand) write(ctx context.Context, a *app, made *country.Country,
) (files, bytes int64, err error) {
	var next, written, size atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			for ctx.Err() == nil {
				k := next.Add(1) - 1
				if k >= int64(made.NumPayers()) {
					return nil
				}
				if err := writeFiles(c.Out, made.PayerFiles(int(k)), &written, &size); err != nil {
					return err
				}
			}
			return ctx.Err()
		})
	}
	bar := a.progress("Writing", "payers")
	tick := time.NewTicker(drawEvery)
	defer tick.Stop()
	done := make(chan error, 1)
	go func() { done <- group.Wait() }()
	for {
		select {
		case err = <-done:
			if err == nil {
				err = writeFiles(c.Out, made.PaymentFiles(), &written, &size)
			}
			bar.end(int64(made.NumPayers()))
			return written.Load(), size.Load(), err
		case <-tick.C:
			bar.set(min(next.Load(), int64(made.NumPayers())), int64(made.NumPayers()))
		}
	}
}

func writeFiles(dir string, list iter.Seq[country.File], written, size *atomic.Int64) error {
	for f := range list {
		n, err := writeFile(filepath.Join(dir, f.Payer), f)
		if err != nil {
			return err
		}
		written.Add(1)
		size.Add(n)
	}
	return nil
}

func writeFile(dir string, f country.File) (n int64, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, err
	}
	file, err := os.Create(filepath.Join(dir, f.Name))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	w := bufio.NewWriterSize(file, 1<<16)
	if err := f.Write(w); err != nil {
		return 0, err
	}
	if err := w.Flush(); err != nil {
		return 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
