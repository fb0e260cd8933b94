package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/pglog/floor"
)

// dashboardEvery is how often a dashboard is read while reports are coming in.
const dashboardEvery = 10 * time.Millisecond

// dashboards are what an officer's page reads.
var dashboards = []string{
	"/v1/reporting?scope=country&year=2026",
	"/v1/reporting?scope=region&code=6&year=2026&quarter=2",
	"/v1/reporting?scope=office&code=602&year=2026&quarter=3",
}

// dashboard measures T13: live totals are read while the last quarter is filed, then all
// of them are compared with the ledger.
func (b *bench) dashboard(ctx context.Context) (err error) {
	f, err := b.fill(ctx, b.largeEvents())
	if err != nil {
		return err
	}
	s, err := b.serve(ctx, f.installation, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.end()) }()
	seen, dozed, filed, err := f.watched(ctx, s)
	if err != nil {
		return err
	}
	if err := waitFollowed(ctx, s); err != nil {
		return err
	}
	var bare []time.Duration
	for range longRounds {
		start := time.Now()
		if err := floor.GroupBy(ctx, f.pool); err != nil {
			return err
		}
		bare = append(bare, time.Since(start))
	}
	if err := f.compareTotals(ctx, s, b.spoil(filed.Totals)); err != nil {
		return err
	}
	note := fmt.Sprintf("while %d reports of about %d persons came in; floor: GROUP BY over "+
		"the ledger; %d answers", filed.Requests, filed.Totals.Documents/filed.Requests, seen.Count)
	if seen.Hurried {
		note += ", read by a process of real-time priority, as one on another machine"
	}
	b.add(figure{Name: "T13 dashboard, p99 under load", Value: milliseconds(seen.Latency.P99),
		Unit: "ms", Note: note}.against(milliseconds(median(bare))).
		aim(valueAtMost(2), ratioAtMost(0.001)))
	b.add(figure{Name: "T13 dashboard, p50 under load", Value: milliseconds(seen.Latency.P50),
		Unit: "ms"}.against(milliseconds(median(bare))))
	b.add(figure{Name: "T13 beside it: a process that only sleeps wakes late, p99",
		Value: milliseconds(dozed.Latency.P99), Unit: "ms",
		Note: fmt.Sprintf("ordinary priority, %d naps of %v", dozed.Count, nap)})
	return nil
}

// watched files the last quarter, while one process reads dashboards and another one sleeps.
func (f *filled) watched(ctx context.Context, s *server,
) (seen, dozed answer, filed loadResult, err error) {
	watch, err := readyLoad(ctx, "watch", watchSpec{Address: s.address, Paths: dashboards,
		Every: dashboardEvery, Loop: true})
	if err != nil {
		return seen, dozed, filed, err
	}
	defer func() { err = errors.Join(err, watch.end()) }()
	doze, err := readyLoad(ctx, "doze", cue{})
	if err != nil {
		return seen, dozed, filed, err
	}
	defer func() { err = errors.Join(err, doze.end()) }()
	if err := errors.Join(watch.say(cue{"go"}), doze.say(cue{"go"})); err != nil {
		return seen, dozed, filed, err
	}
	filed, err = load(ctx, loadSpec{Address: s.address, Clients: bulkFirms, Labour: f.labour,
		What: loadReports, From: filledQuarters, To: quartersMax})
	if err == nil {
		err = waitProcessed(ctx, f.log, f.labour.unps(), foundFilings+quartersMax)
	}
	if err == nil {
		err = errors.Join(watch.say(cue{"stop"}), doze.say(cue{"stop"}), watch.hear(&seen),
			doze.hear(&dozed))
	}
	return seen, dozed, filed, err
}

// compareTotals compares the live totals of every quarter with an aggregation of the
// ledger, and both with what was filed last.
func (f *filled) compareTotals(ctx context.Context, s *server, filed totals) error {
	recorded, head, err := eachRow(ctx, f.log, f.head, newRowKeys(),
		func([]floor.Row) error { return nil })
	if err != nil {
		return err
	}
	if err := differ("the last quarter", filed, recorded.all()); err != nil {
		return err
	}
	for quarter, t := range recorded {
		t.add(f.totals[quarter])
		f.totals[quarter] = t
	}
	f.head = head
	live, err := liveTotals(ctx, newClient(s.address, 1))
	if err != nil {
		return err
	}
	if len(live) != len(f.totals) {
		return fmt.Errorf("%w: live totals of %d quarters, the ledger has %d", errDiffers,
			len(live), len(f.totals))
	}
	for quarter, t := range f.totals {
		if err := differ(fmt.Sprintf("live totals of %v", quarter), t, live[quarter]); err != nil {
			return err
		}
	}
	return nil
}

// liveTotals reads the country's totals of reports of individual data.
func liveTotals(ctx context.Context, c *client) (quarterly, error) {
	list := quarterly{}
	for cursor := ""; ; {
		var page struct {
			Items []struct {
				Form          string
				Year, Quarter int
				Accepted      int          `json:"documents_accepted"`
				Earnings      money.Amount `json:"earnings"`
				Benefits      money.Amount `json:"benefits"`
				Contributions money.Amount `json:"contributions"`
			}
			Next string `json:"next_cursor"`
		}
		err := c.get(ctx, "/v1/reporting", url.Values{"scope": {"country"},
			"form": {formIndividual}, "limit": {"1000"}, "cursor": {cursor}}, &page)
		if err != nil {
			return nil, err
		}
		for _, x := range page.Items {
			if x.Accepted > 0 {
				list[[2]int{x.Year, x.Quarter}] = totals{x.Accepted, x.Earnings, x.Benefits,
					x.Contributions}
			}
		}
		if cursor = page.Next; cursor == "" {
			return list, nil
		}
	}
}

// formIndividual is the form of reports of individual data.
const formIndividual = "ПУ-3"

// processedType is the type of the event that closes a filing.
var processedType = (*event.FilingProcessed)(nil).EventType()
