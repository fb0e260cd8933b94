package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/commands/intake/format"
	"github.com/stazh/stazh/fixtures/country"
	"github.com/stazh/stazh/fixtures/law"
	"github.com/stazh/stazh/ledger/rules"
)

// countrySpec says which country to file.
type countrySpec struct {
	Address string
	Clients int
	Persons int
}

// countryResult is what was filed.
type countryResult struct {
	Files  int
	Totals totals
}

// quarterFile is a report on disk, ready to be sent.
type quarterFile struct {
	payer, name, path string
}

// countryDuty files what the quarter's reports need at the first go and tells how many
// files that were; at the second go it files the reports, which wait on disk by then.
func countryDuty(ctx context.Context, t *talk) (err error) {
	var spec countrySpec
	if err := t.hear(&spec); err != nil {
		return err
	}
	made, err := makeCountry(spec.Persons)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "stazh-bench-country-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := t.begin(); err != nil {
		return err
	}
	c := newWires(spec.Address, spec.Clients)
	before, err := settle(ctx, c, made, spec.Clients)
	if err != nil {
		return err
	}
	list, sums, err := writeQuarter(ctx, made, dir)
	if err != nil {
		return err
	}
	inNoOrder(list)
	if err := errors.Join(t.say(before), t.await("go")); err != nil {
		return err
	}
	err = inParallel(spec.Clients, len(list), func(i int) error {
		content, err := os.ReadFile(list[i].path)
		if err != nil {
			return err
		}
		_, err = insist(ctx, c, filing(list[i].payer, list[i].name, content))
		return err
	})
	if err != nil {
		return err
	}
	return t.say(countryResult{len(list), sums})
}

// inNoOrder gives files an order that has nothing to do with their payers' numbers, the same each
// time. Of two neighbours one reports the other's people in their second jobs: those who file
// at the same moment are strangers.
func inNoOrder(list []quarterFile) {
	slices.SortFunc(list, func(a, b quarterFile) int { return cmp.Compare(a.path, b.path) })
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(list), func(i, j int) { //nolint:gosec // an order
		list[i], list[j] = list[j], list[i]
	})
}

// makeCountry plans a country of one quarter, the last full one.
func makeCountry(persons int) (*country.Country, error) {
	dated := new(rules.Law)
	for _, list := range []func() ([]rules.Parameter, error){law.Parameters, law.DemoParameters} {
		numbers, err := list()
		if err != nil {
			return nil, err
		}
		for _, p := range numbers {
			if err := dated.Publish(p); err != nil {
				return nil, err
			}
		}
	}
	offices, err := country.Offices()
	if err != nil {
		return nil, err
	}
	config := country.Demo(commands.FundDate(time.Now()), dated)
	config.Persons, config.From = persons, config.To.Add(-2)
	return country.New(config, offices)
}

// settle registers the payers and files all that is no report of individual data and no
// payment, payer by payer in order.
func settle(ctx context.Context, c poster, made *country.Country, clients int,
) (r countryResult, err error) {
	var payers []country.Payer
	for p := range made.Payers() {
		if p.Kind == "treasury" {
			continue
		}
		payers = append(payers, p)
	}
	err = inParallel(clients, len(payers), func(k int) error {
		p := payers[k]
		_, err := insist(ctx, c, register(p.UNP, p.FundNo, p.Kind, p.Since.String()))
		return err
	})
	if err != nil {
		return r, err
	}
	var mu sync.Mutex // guards r
	err = inParallel(clients, made.NumPayers(), func(k int) error {
		for f := range made.PayerFiles(k) {
			if f.Form == document.PU3 {
				continue
			}
			var content bytes.Buffer
			if err := f.Write(&content); err != nil {
				return err
			}
			if _, err := insist(ctx, c, filing(f.Payer, f.Name, content.Bytes())); err != nil {
				return err
			}
			mu.Lock()
			r.Files++
			mu.Unlock()
		}
		return nil
	})
	return r, err
}

// writeQuarter writes the reports of individual data into a directory and adds up what
// they declare.
func writeQuarter(ctx context.Context, made *country.Country, dir string,
) (list []quarterFile, sums totals, err error) {
	var mu sync.Mutex // guards list and sums
	err = inParallel(runtime.GOMAXPROCS(0), made.NumPayers(), func(k int) error {
		for f := range made.PayerFiles(k) {
			if f.Form != document.PU3 {
				continue
			}
			var content bytes.Buffer
			if err := f.Write(&content); err != nil {
				return err
			}
			declared, err := declaredBy(ctx, content.Bytes(), f.Name)
			if err != nil {
				return fmt.Errorf("%s: %w", f.Form, err)
			}
			path := filepath.Join(dir, fmt.Sprintf("%07d", k))
			if err := os.WriteFile(path, content.Bytes(), 0o600); err != nil {
				return err
			}
			mu.Lock()
			list = append(list, quarterFile{f.Payer, f.Name, path})
			sums.add(declared)
			mu.Unlock()
		}
		return nil
	})
	return list, sums, err
}

// declaredBy reads what the documents of a file declare.
func declaredBy(ctx context.Context, content []byte, name string) (sums totals, err error) {
	file, err := format.Open(bytes.NewReader(content), name, format.Limits{})
	if err != nil {
		return sums, err
	}
	for item, err := range file.Items(ctx) {
		if err != nil {
			return sums, err
		}
		if item.Document == nil || item.Document.Data == nil {
			continue
		}
		one := totals{Documents: 1}
		for _, m := range item.Document.Data.Months {
			one.Earnings += m.Earnings
			one.Benefits += m.Benefits
			one.Contributions += m.Contributions
		}
		sums.add(one)
	}
	return sums, file.Close()
}
