package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/pglog"
)

// What is measured of each peer, and of our log beside it.
const (
	peerAppends = 3000 // single appends with each number of clients
	peerStreams = 20   // with long histories
	peerEvents  = 300  // of each
	peerChunk   = 20   // events in which Emmett appends them
)

// peerClients are the numbers of clients that append at once.
var peerClients = [...]int{1, 8, 64}

// peerSpec is what the program of a peer reads.
type peerSpec struct {
	URL     string                        `json:"url"`
	Payload *event.IndividualDataReported `json:"payload"`
	Clients []int                         `json:"clients"`
	Count   int                           `json:"count"`
	Prefix  string                        `json:"prefix"`
	Streams int                           `json:"streams"`
	Events  int                           `json:"events"`
	Chunk   int                           `json:"chunk"`
}

// peerLine is a line of its answer.
type peerLine struct {
	What    string  `json:"what"`
	HTTP    bool    `json:"-"` // ours, through the server
	Clients int     `json:"clients"`
	Count   int     `json:"count"`
	Rate    float64 `json:"rate"`
	P50     float64 `json:"p50_ms"`
	P99     float64 `json:"p99_ms"`
}

// peer is a rival and how many times it is to be surpassed.
type peer struct {
	name, script string
	appends      float64 // at 64 clients
	read         float64 // our p50 to theirs
	project      float64
}

func peers() []peer {
	return []peer{
		{name: "message-db", script: "message-db.mjs", appends: 6, read: 0.8},
		{name: "Emmett", script: "emmett.mjs", appends: 6, project: 20},
	}
}

// peerFact is one month fact as we record it, and as peers get it in JSON.
func peerFact() *event.IndividualDataReported {
	month := period.MustMonth("2026-07")
	fact := &event.IndividualDataReported{Slot: event.Slot{Payer: "200988541",
		Employment: uuid.MustParse("6f1c1a52-6f7f-5d0f-8c5b-1f1f3a3e2b11"), Category: "01",
		Year: 2026, Quarters: "3"}, Version: 1, Receipt: "3F7Q-0M2K-9XTB-41HD", DocNo: 1,
		Service: []event.ServicePeriod{{From: month.First(), To: month.Add(2).Last()}}}
	for i := range 3 {
		fact.Months = append(fact.Months, event.MonthFact{Month: month.Add(i), Earnings: 123_456,
			Contributions: 1_235, Paid: 1_235, Tariff: "1"})
	}
	return fact
}

// beside measures the peers and our log on the same Postgres with the same payload.
func (b *bench) beside(ctx context.Context) (err error) {
	ours, err := b.oursBeside(ctx)
	if err != nil {
		return err
	}
	served, err := b.servedBeside(ctx)
	if err != nil {
		return err
	}
	ours = append(ours, served)
	for _, p := range peers() {
		lines, err := b.runPeer(ctx, p)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		b.addPeer(p, ours, lines)
	}
	return nil
}

// oursBeside measures our log, without HTTP, as the peers are measured.
func (b *bench) oursBeside(ctx context.Context) (list []peerLine, err error) {
	in, err := b.install(ctx, "peers_ours")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.remove(context.WithoutCancel(ctx))) }()
	p, err := in.place()
	if err != nil {
		return nil, err
	}
	for _, clients := range peerClients {
		var a answer
		_, err := b.ask(ctx, "append", nodeSpec{place: p, Model: monthFacts, Clients: clients,
			Count: peerAppends}, &a)
		if err != nil {
			return nil, err
		}
		list = append(list, peerLine{What: "append", Clients: clients, Count: a.Count,
			Rate: float64(a.Count) / a.Took.Seconds(), P50: milliseconds(a.Latency.P50),
			P99: milliseconds(a.Latency.P99)})
	}
	var a answer
	if _, err := b.ask(ctx, "catchup", nodeSpec{place: p, Model: "account"}, &a); err != nil {
		return nil, err
	}
	events := len(peerClients) * peerAppends
	list = append(list, peerLine{What: "project", Count: events,
		Rate: float64(events) / a.Took.Seconds()})
	read, err := in.readLong(ctx)
	return append(list, read), err
}

// servedBeside measures single appends through our server: registrations of payers.
func (b *bench) servedBeside(ctx context.Context) (line peerLine, err error) {
	x, err := b.openIntake(ctx, "peers_served", labour{}, false)
	if err != nil {
		return line, err
	}
	defer func() { err = errors.Join(err, x.close(ctx)) }()
	r, err := x.registerAll(ctx, labour{Firms: peerAppends}, singleClients)
	if err != nil {
		return line, err
	}
	return peerLine{What: "append", HTTP: true, Clients: singleClients, Rate: r.rate(),
		P50: milliseconds(r.load.Latency.P50), P99: milliseconds(r.load.Latency.P99)}, nil
}

// readLong appends long histories, event by event in turn, and reads them.
func (i *installation) readLong(ctx context.Context) (line peerLine, err error) {
	pool, err := i.pool(ctx)
	if err != nil {
		return line, err
	}
	defer pool.Close()
	log, err := pglog.Open(ctx, pool, pglog.Options{Clock: time.Now})
	if err != nil {
		return line, err
	}
	defer log.Close()
	batch := make([]ledger.StreamAppend, peerStreams)
	for n := range batch {
		batch[n].Stream = ledger.PersonStream(uuid.New())
	}
	for e := range peerEvents {
		for n := range batch {
			batch[n].Expected = ledger.Revision(e - 1)
			batch[n].Events = []ledger.NewEvent{event.New(uuid.New(), benchMeta(), peerFact())}
		}
		if _, err := log.Append(ctx, batch...); err != nil {
			return line, err
		}
	}
	var took []time.Duration
	for range rounds {
		for n := range batch {
			start, count := time.Now(), 0
			for e, err := range log.ReadStreams(ctx, batch[n].Stream) {
				if err == nil {
					_, err = event.Decode(e)
				}
				if err != nil {
					return line, err
				}
				count++
			}
			if count != peerEvents {
				return line, fmt.Errorf("%w: %d of %d events read", errDiffers, count, peerEvents)
			}
			took = append(took, time.Since(start))
		}
	}
	l := latenciesOf(took)
	return peerLine{What: "read", P50: milliseconds(l.P50), P99: milliseconds(l.P99)}, nil
}

// runPeer runs the program of a peer on a database of its own.
func (b *bench) runPeer(ctx context.Context, p peer) (list []peerLine, err error) {
	in, err := b.install(ctx, "peer")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.remove(context.WithoutCancel(ctx))) }()
	url, err := in.url(in.name)
	if err != nil {
		return nil, err
	}
	spec, err := json.Marshal(peerSpec{URL: url, Payload: peerFact(), Clients: peerClients[:],
		Count: peerAppends, Prefix: "x", Streams: peerStreams, Events: peerEvents,
		Chunk: peerChunk})
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "node", p.script)
	cmd.Dir, cmd.Stdin, cmd.Stderr = b.peers, bytes.NewReader(spec), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("run it with node: %w", err)
	}
	for lines := json.NewDecoder(bytes.NewReader(out)); ; {
		var l peerLine
		if err := lines.Decode(&l); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, fmt.Errorf("its answer: %w: %s", err, out)
		}
		list = append(list, l)
	}
}

// addPeer adds ours beside theirs: the floor of these figures is the peer.
func (b *bench) addPeer(p peer, ours, theirs []peerLine) {
	logged := 0
	for _, t := range theirs {
		if t.What == "logged" {
			logged = t.Count
		}
	}
	for _, o := range ours {
		for _, t := range theirs {
			if o.What != t.What || o.Clients != t.Clients && o.Clients > 0 {
				continue
			}
			b.add(p.figure(o, t, logged))
		}
	}
}

// figure compares one line with one of the peer.
func (p peer) figure(o, t peerLine, logged int) figure {
	switch o.What {
	case "append":
		how := ""
		if o.HTTP {
			how = " over HTTP"
		}
		f := figure{Name: fmt.Sprintf("single appends%s by %d, beside %s", how, o.Clients, p.name),
			Value: o.Rate, Unit: "appends/s", Note: fmt.Sprintf("p99 %s ms, theirs %s ms",
				number(o.P99), number(t.P99))}.against(t.Rate)
		if o.Clients == singleClients {
			f = f.aim(ratioAtLeast(p.appends))
		}
		return f
	case "project":
		return figure{Name: "read model beside " + p.name, Value: o.Rate, Unit: "events/s",
			Note: fmt.Sprintf("theirs handled %d of %d events", t.Count, logged)}.
			against(t.Rate).aim(ratioAtLeast(p.project))
	}
	f := figure{Name: fmt.Sprintf("%d events of a stream, p50, beside %s", peerEvents, p.name),
		Value: o.P50, Unit: "ms"}.against(t.P50)
	if p.read > 0 {
		f = f.aim(ratioAtMost(p.read))
	}
	return f
}
