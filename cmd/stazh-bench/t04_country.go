package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/pglog/floor"
)

// The country: all of it, and what a run of one scale takes.
const (
	countryAll     = 4_500_000
	countryPart    = 45_000
	countryTime    = 4 * time.Minute
	countryWithin  = 2 // times the floor
	countryClients = 64
)

// countrySize is the number of persons of this run.
func (b *bench) countrySize() int {
	if b.persons > 0 {
		return b.persons
	}
	return countryPart * b.scale
}

// country measures T4: everybody's quarter is filed over HTTP with all read models live,
// until everything can be read.
func (b *bench) country(ctx context.Context) (err error) {
	x, err := b.openIntake(ctx, "country", labour{}, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.close(ctx)) }()
	generator, err := readyLoad(ctx, "country", countrySpec{Address: x.server.Address,
		Clients: countryClients, Persons: b.countrySize()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, generator.end()) }()
	// Payers, registrations and hires come first and are not measured.
	var before countryResult
	if err := errors.Join(generator.say(cue{"go"}), generator.hear(&before)); err != nil {
		return err
	}
	if err := x.waitReceived(ctx, before.Files); err != nil {
		return err
	}
	if err := x.fill(ctx); err != nil {
		return err
	}
	after := x.copied
	if err := x.server.profileAnew(); err != nil {
		return err
	}
	was, err := b.usageOf(x.server.child)
	if err != nil {
		return err
	}
	start := time.Now()
	var quarter countryResult
	if err := errors.Join(generator.say(cue{"go"}), generator.hear(&quarter)); err != nil {
		return err
	}
	if err := x.waitReceived(ctx, before.Files+quarter.Files); err != nil {
		return err
	}
	took := time.Since(start)
	now, err := b.usageOf(x.server.child)
	if err != nil {
		return err
	}
	used := now.minus(was)
	recorded, bare, err := x.countryFloor(ctx, int64(after))
	if err != nil {
		return err
	}
	filed := b.spoil(quarter.Totals)
	if err := differ("the country's quarter", filed, recorded); err != nil {
		return err
	}
	live, err := liveTotals(ctx, newClient(x.server.Address, 1), 0)
	if err != nil {
		return err
	}
	if err := differ("the country's live totals", filed, live.all()); err != nil {
		return err
	}
	targets := []target{ratioAtMost(countryWithin)}
	if b.countrySize() >= countryAll {
		targets = append(targets, valueAtMost(countryTime.Seconds()))
	}
	n := filed.Documents
	b.add(figure{Name: fmt.Sprintf("T4 the quarter of %d persons", b.countrySize()),
		Value: took.Seconds(), Unit: "s", Note: fmt.Sprintf("%d records in %d files, %.0f "+
			"records/s; floor: COPY of the rows and one upsert of the accounts", n, quarter.Files,
			float64(n)/took.Seconds())}.
		against(bare.Seconds()).aim(targets...).cost(used.client, used.server, n))
	return nil
}

// waitReceived waits until so many files are processed and can be read. The live totals of
// arrivals tell it.
func (x *intake) waitReceived(ctx context.Context, files int) error {
	ctx, cancel := context.WithTimeout(ctx, countryMax)
	defer cancel()
	c := newClient(x.server.Address, 1)
	for {
		n, err := arrived(ctx, c)
		if err != nil {
			return err
		}
		if n >= files {
			return waitFollowed(ctx, x.server)
		}
		time.Sleep(5 * processedPoll)
	}
}

// countryMax bounds the wait for a country, all of it on a small machine.
const countryMax = 3 * time.Hour

// arrived counts files that are processed.
func arrived(ctx context.Context, c *client) (n int, err error) {
	var page struct {
		Items []struct {
			Received   int
			InProgress int `json:"in_progress"`
		}
	}
	err = c.get(ctx, "/v1/reporting", map[string][]string{"scope": {"country"},
		"form": {"any"}}, &page)
	for _, x := range page.Items {
		n += x.Received - x.InProgress
	}
	return n, err
}

// countryFloor copies the rows of the quarter, a thousand a commit, and upserts all
// accounts that the quarter changed.
func (x *intake) countryFloor(ctx context.Context, after int64,
) (recorded totals, bare time.Duration, err error) {
	byQuarter, _, err := eachRow(ctx, x.log, ledger.Position(after), x.keys,
		func(rows []floor.Row) error {
			encoded := floor.Encode(rows)
			start := time.Now()
			err := floor.Copy(ctx, x.pool, encoded)
			bare += time.Since(start)
			return err
		})
	if err != nil {
		return recorded, 0, err
	}
	model, err := modelOf("account")
	if err != nil {
		return recorded, 0, err
	}
	table := model.Tables()[0]
	name := schemaOf(model) + "." + table.Name
	accounts, err := floor.ReadAccounts(ctx, x.pool, name, table.Key, "position > $1", after)
	if err != nil {
		return recorded, 0, err
	}
	if err := accounts.Prepare(ctx, x.pool); err != nil {
		return recorded, 0, err
	}
	start := time.Now()
	err = accounts.Upsert(ctx, x.pool, upsertPortion)
	return byQuarter.all(), bare + time.Since(start), err
}
