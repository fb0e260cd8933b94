package projections_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/fixtures/country"
	"github.com/stazh/stazh/fixtures/law"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/memlog"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
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
	ctx, now := context.Background(), period.MustDate("2005-01-01").Time()
	clock := func() time.Time { return now }
	log := memlog.New(clock)
	keys, err := seal.NewKeyring(bytes.Repeat([]byte{7}, seal.KeySize), seal.NewMemoryVault())
	require.NoError(t, err)
	bus := &commands.Bus{Log: log, Keys: keys, Archive: archive{}, Clock: clock,
		Law: commands.NewLawbook(log, clock), Logger: slog.New(slog.DiscardHandler)}
	made := planCountry(t, bus, persons)
	actor := ledger.Actor{Subject: "simulator", Role: "demo"}
	for p := range made.Payers() {
		_, err := bus.RegisterPayer(ctx, commands.RegisterPayer{Actor: actor, UNP: p.UNP,
			FundNo: p.FundNo, Name: p.Name, Kind: p.Kind, Since: p.Since})
		require.NoError(t, err)
	}
	f := &filed{log: log, keys: keys}
	for file := range made.Files() {
		if file.Form == document.PU3 && f.opened == 0 {
			f.opened = head(t, log)
		}
		now = file.FiledOn.Time().Add(9 * time.Hour)
		var content bytes.Buffer
		require.NoError(t, file.Write(&content))
		r, err := bus.ReceiveFiling(ctx, commands.ReceiveFiling{Actor: actor,
			Payer: file.Payer, Content: &content, Channel: "demo"})
		require.NoError(t, err)
		require.NoError(t, bus.ProcessFiling(ctx, file.Payer, r.Filing))
	}
	f.head = head(t, log)
	for e, err := range log.ReadAll(ctx, f.opened, 0) {
		require.NoError(t, err)
		if payload, err := event.Decode(e); err == nil {
			if _, ok := payload.(*event.IndividualDataReported); ok {
				f.reports++
			}
		}
	}
	return f
}

// planCountry publishes the law, with demonstration values, and makes the country by it.
func planCountry(t testing.TB, bus *commands.Bus, persons int) *country.Country {
	t.Helper()
	published := new(rules.Law)
	c := commands.PublishLaw{Actor: ledger.Actor{Subject: "simulator", Role: "demo"},
		RulePacks: []event.RulePackPublished{control.DefaultPack()}}
	for _, load := range []func() ([]rules.Parameter, error){law.Parameters, law.DemoParameters} {
		list, err := load()
		require.NoError(t, err)
		for _, p := range list {
			require.NoError(t, published.Publish(p))
			c.Parameters = append(c.Parameters, account.PublishedOf(p))
		}
	}
	lists, err := law.Classifiers()
	require.NoError(t, err)
	for _, l := range lists {
		c.Classifiers = append(c.Classifiers, l.Published())
	}
	_, err = bus.PublishLaw(context.Background(), c)
	require.NoError(t, err)
	offices, err := country.Offices()
	require.NoError(t, err)
	cfg := country.Demo(period.MustDate("2026-11-22"), published)
	cfg.Persons, cfg.From = persons, cfg.To.Add(-2)
	made, err := country.New(cfg, offices)
	require.NoError(t, err)
	return made
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

// archive keeps files in memory.
type archive map[ledger.Hash][]byte

func (a archive) Put(_ context.Context, r io.Reader) (ledger.Hash, int64, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return ledger.Hash{}, 0, err
	}
	name := ledger.Hash(sha256.Sum256(b))
	a[name] = b
	return name, int64(len(b)), nil
}

type archived struct{ *bytes.Reader }

func (archived) Close() error { return nil }

func (a archive) Open(_ context.Context, name ledger.Hash) (commands.Content, error) {
	b, ok := a[name]
	if !ok {
		return nil, fmt.Errorf("file %s is not in the archive", name)
	}
	return archived{bytes.NewReader(b)}, nil
}
