package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/stazh/stazh/ledger"
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

// groupedEvents is the size of the ledger that GROUP BY must be a thousand times slower on.
const groupedEvents = 10 * million

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
	aside, err := b.serveAside(ctx, f.installation)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, aside.end()) }()
	seen, err := f.watched(ctx, s, aside)
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
	if err := f.compareTotals(ctx, b.spoil(seen.filed.Totals), s, aside); err != nil {
		return err
	}
	b.addDashboard(seen, aside.Hurried, milliseconds(median(bare)))
	return nil
}

func (b *bench) addDashboard(seen sight, hurried bool, bare float64) {
	note := fmt.Sprintf("a server aside of %s priority, while %d reports of about %d persons "+
		"came in; floor: GROUP BY over the ledger; %d answers", map[bool]string{false: "ordinary",
		true: "real-time"}[hurried], seen.filed.Requests,
		seen.filed.Totals.Documents/seen.filed.Requests, seen.aside.Count)
	if seen.aside.Hurried {
		note += ", read by a process of real-time priority, as one on another machine"
	}
	add := func(name, note string, l time.Duration) figure {
		return figure{Name: "T13 " + name, Value: milliseconds(l), Unit: "ms", Note: note}.
			against(bare)
	}
	bounds := []target{valueAtMost(2)}
	if b.largeEvents() >= groupedEvents {
		bounds = append(bounds, ratioAtMost(0.001))
	}
	b.add(add("dashboard, p99 under load", note, seen.aside.Latency.P99).aim(bounds...))
	b.add(add("dashboard, p50 under load", "", seen.aside.Latency.P50))
	note = "the server that takes the reports in"
	b.add(add("the same, not aside, p99", note, seen.beside.Latency.P99))
	b.add(add("the same, not aside, p50", note, seen.beside.Latency.P50))
	b.add(figure{Name: "T13 beside it: a process that only sleeps wakes late, p99",
		Value: milliseconds(seen.dozed.Latency.P99), Unit: "ms",
		Note: fmt.Sprintf("ordinary priority, %d naps of %v", seen.dozed.Count, nap)})
}

// sight is what was seen while the last quarter was filed.
type sight struct {
	filed  loadResult
	aside  answer // by who read from the server aside
	beside answer // by who read from the server that took the reports in
	dozed  answer // by a process that only slept
}

// watched files the last quarter, while two processes read dashboards and a third one sleeps.
func (f *filled) watched(ctx context.Context, s, aside *server) (seen sight, err error) {
	type observer struct {
		duty string
		spec any
		seen *answer
	}
	var children []*child
	defer func() {
		for _, c := range children {
			err = errors.Join(err, c.end())
		}
	}()
	read := watchSpec{Paths: dashboards, Every: dashboardEvery, Loop: true}
	first, second := read, read
	first.Address, second.Address = aside.Address, s.Address
	observers := []observer{{"watch", first, &seen.aside}, {"watch", second, &seen.beside},
		{"doze", cue{}, &seen.dozed}}
	for _, o := range observers {
		c, err := readyLoad(ctx, o.duty, o.spec)
		if err != nil {
			return seen, err
		}
		children = append(children, c)
		if err := c.say(cue{"go"}); err != nil {
			return seen, err
		}
	}
	seen.filed, err = load(ctx, loadSpec{Address: s.Address, Clients: bulkFirms, Labour: f.labour,
		What: loadReports, From: filledQuarters, To: quartersMax})
	if err == nil {
		err = waitProcessed(ctx, f.log, f.labour.unps(), foundFilings+quartersMax)
	}
	for i := 0; err == nil && i < len(children); i++ {
		err = errors.Join(children[i].say(cue{"stop"}), children[i].hear(observers[i].seen))
	}
	return seen, err
}

// compareTotals compares the live totals of every quarter with an aggregation of the
// ledger, and both with what was filed last.
func (f *filled) compareTotals(ctx context.Context, filed totals, servers ...*server) error {
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
	for _, s := range servers {
		live, err := liveTotals(ctx, newClient(s.Address, 1), head)
		if err != nil {
			return err
		}
		if len(live) != len(f.totals) {
			return fmt.Errorf("%w: live totals of %d quarters, the ledger has %d", errDiffers,
				len(live), len(f.totals))
		}
		for quarter, t := range f.totals {
			err := differ(fmt.Sprintf("live totals of %v", quarter), t, live[quarter])
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// liveTotals reads the country's totals of reports of individual data, at a position or later.
func liveTotals(ctx context.Context, c *client, at ledger.Position) (quarterly, error) {
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
			"form": {formIndividual}, "limit": {"1000"}, "cursor": {cursor},
			"at_least": {strconv.FormatUint(uint64(at), 10)}}, &page)
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
