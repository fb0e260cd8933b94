package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger/money"
)

// bench is one run.
type bench struct {
	config
	logger  *slog.Logger
	cluster *cluster
	figures []figure
	// filled are ledgers of many events, by name, that several steps share.
	filled map[string]*filled
}

// step is a part of a run that can be taken alone.
type step struct {
	name string
	does string
	take func(*bench, context.Context) error
}

// allSteps are in the order in which they are taken: those that change the shared
// ledgers come after those that only read them.
func allSteps() []step {
	return []step{
		{"bulk", "T1 and T16: reports of 1,000 persons", (*bench).bulk},
		{"small", "T2: reports of 13 persons", (*bench).small},
		{"single", "T3: single appends", (*bench).single},
		{"country", "T4: a quarter of the country", (*bench).country},
		{"live", "T5: live read models", (*bench).live},
		{"lossless", "T6: no event lost, none late", (*bench).lossless},
		{"rebuild", "T7: rebuild of balances", (*bench).rebuild},
		{"replay", "T8: audit replay", (*bench).replay},
		{"growth", "T9, T12, T14: history, bytes and growth", (*bench).growth},
		{"dashboard", "T13: dashboards", (*bench).dashboard},
		{"storm", "T15: deadline storm and crash", (*bench).storm},
	}
}

func stepNames() string {
	var names []string
	for _, s := range allSteps() {
		names = append(names, s.name)
	}
	return strings.Join(names, ", ")
}

// steps gives the steps to take.
func (b *bench) steps() ([]step, error) {
	if b.peers != "" {
		return []step{{"peers", "peers on the same Postgres", (*bench).beside}}, nil
	}
	all := allSteps()
	if len(b.only) == 0 {
		return all, nil
	}
	for _, name := range b.only {
		if !slices.ContainsFunc(all, func(s step) bool { return s.name == name }) {
			return nil, fmt.Errorf("there is no step %q; there are %s", name, stepNames())
		}
	}
	return slices.DeleteFunc(all, func(s step) bool {
		return !slices.Contains(b.only, s.name)
	}), nil
}

// take takes steps one after another. The first wrong result ends the run.
func (b *bench) take(ctx context.Context, todo []step) (err error) {
	defer func() {
		for _, f := range b.filled {
			err = errors.Join(err, f.remove(context.WithoutCancel(ctx)))
		}
	}()
	for _, s := range todo {
		start, load := time.Now(), loadNow()
		fmt.Fprintf(os.Stderr, "%-10s %s …", s.name, s.does)
		if err := s.take(b, ctx); err != nil {
			fmt.Fprintln(os.Stderr)
			return fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Fprintf(os.Stderr, " %.0f s (load %.1f)\n", time.Since(start).Seconds(), load)
	}
	return nil
}

func (b *bench) add(f figure) { b.figures = append(b.figures, f) }

// profile names the file for a CPU profile of a part; empty when none is wanted.
func (b *bench) profile(part string) string {
	if b.config.profile == "" {
		return ""
	}
	path, err := filepath.Abs(b.config.profile + part + ".pprof")
	if err != nil {
		return ""
	}
	return path
}

// spoil adds a kopeck to control totals when the run is to show that this is noticed.
func (b *bench) spoil(t totals) totals {
	if b.wrong {
		t.Earnings += money.Amount(1)
	}
	return t
}

// lasting is how long steps take that last a time: a minute is what the targets ask for.
func (b *bench) lasting() time.Duration {
	switch {
	case b.seconds > 0:
		return time.Duration(b.seconds) * time.Second
	case b.scale > 1:
		return time.Minute
	}
	return 20 * time.Second
}

// tellMachine says what this runs on, and keeps it for the report.
func (b *bench) tellMachine(ctx context.Context) error {
	pool, err := pgxpool.New(ctx, b.cluster.server.URL())
	if err != nil {
		return err
	}
	defer pool.Close()
	m, err := readMachine(ctx, pool)
	if err != nil {
		return err
	}
	m.tell(os.Stdout)
	b.add(figure{Name: machineFigure, Value: m.Load, Unit: "load at the start",
		Note: strings.Join(m.lines(), "; ")})
	return nil
}
