package projections_test

import (
	"bytes"
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/fixtures/country"
	"github.com/stazh/stazh/fixtures/fund"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
	"github.com/stazh/stazh/projections"
	accounts "github.com/stazh/stazh/projections/account"
	"github.com/stazh/stazh/projections/balance"
	"github.com/stazh/stazh/projections/dispute"
	"github.com/stazh/stazh/projections/filing"
	"github.com/stazh/stazh/projections/registry"
	"github.com/stazh/stazh/projections/reporting"
	"github.com/stazh/stazh/projections/workforce"
)

// filed is the ledger of a made-up country whose reports went through the real intake:
// everything that a quarter of a whole country brings, in its true proportions.
type filed struct {
	log  ledger.Log
	keys *seal.Keyring
	// opened is the head before the first quarterly report: payers and persons are
	// registered, hires are filed.
	opened ledger.Position
	head   ledger.Position
	// reports is the number of quarterly individual reports behind opened.
	reports int
}

// fileCountry files one quarter of a country, in memory.
func fileCountry(t testing.TB, persons int) *filed {
	t.Helper()
	in := fund.New(t, period.MustDate("2005-01-01"))
	offices, err := country.Offices()
	require.NoError(t, err)
	cfg := country.Demo(period.MustDate("2026-11-22"), in.Law)
	cfg.Persons, cfg.From = persons, cfg.To.Add(-2)
	made, err := country.New(cfg, offices)
	require.NoError(t, err)
	for p := range made.Payers() {
		in.Register(p)
	}
	f := &filed{log: in.Log, keys: in.Keys}
	for file := range made.Files() {
		if file.Form == document.PU3 && f.opened == 0 {
			f.opened = head(t, in.Log)
		}
		var content bytes.Buffer
		require.NoError(t, file.Write(&content))
		in.File(file.Payer, file.FiledOn, content.Bytes())
	}
	f.head = head(t, in.Log)
	for e, err := range in.Log.ReadAll(context.Background(), f.opened, 0) {
		require.NoError(t, err)
		if payload, err := event.Decode(e); err == nil {
			if _, ok := payload.(*event.IndividualDataReported); ok {
				f.reports++
			}
		}
	}
	return f
}

// models are the product's projections over the ledger of a country.
func (f *filed) models() []projections.Projection {
	return []projections.Projection{accounts.New(), balance.New(), registry.New(f.keys),
		filing.New(), reporting.New(), workforce.New(), dispute.New()}
}

// until is the ledger as it was at a position.
func (f *filed) until(at ledger.Position) ledger.Log { return past{f.log, at} }

// past shows a ledger up to a position only.
type past struct {
	ledger.Log
	at ledger.Position
}

// Head is where the past ends.
func (p past) Head(context.Context) (ledger.Position, error) { return p.at, nil }

// ReadAll ends there too.
func (p past) ReadAll(ctx context.Context, after ledger.Position, limit int,
) iter.Seq2[ledger.Event, error] {
	left := int(p.at - min(after, p.at))
	if left == 0 {
		return func(func(ledger.Event, error) bool) {}
	}
	if limit <= 0 || limit > left {
		limit = left
	}
	return p.Log.ReadAll(ctx, after, limit)
}
