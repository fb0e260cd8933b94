package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/projections"
)

// projectionList shows how far the read models have come.
type projectionList struct{}

// Run shows the list; the exit code tells whether one stands still.
func (*projectionList) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		list, err := s.Projections(ctx, a.actor(roleOfficer))
		if err != nil {
			return err
		}
		return a.term.answer(list, func() { printProjections(a.term, list) })
	})
}

func printProjections(term *terminal, list []projections.Status) {
	t := newTable("PROJECTION", ">VERSION", ">POSITION", ">BEHIND", "STATE")
	for _, p := range list {
		state := "live"
		switch {
		case p.Error != "":
			state = "stopped: " + clean(p.Error, 0)
		case !p.Ready:
			state = "being built"
		}
		t.add(p.Name, fmt.Sprint(p.Version), grouped(int64(p.Position)),
			grouped(int64(p.Lag)), state)
	}
	t.print(term)
}

// projectionRebuild builds a read model anew.
type projectionRebuild struct {
	Name string `arg:"" help:"The projection, as in: stazh projection list."`
}

// Run rebuilds; readers see the old tables until the new ones are whole.
func (c *projectionRebuild) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		err := a.allow(roleOfficer, auth.ReadProjection,
			auth.Object{Kind: auth.KindProjection, ID: c.Name})
		if err != nil {
			return err
		}
		bar := a.progress("Rebuilding "+c.Name, "events")
		var done ledger.Position
		err = s.node.Runner.Rebuild(ctx, c.Name, func(at, total ledger.Position) {
			done = at
			bar.set(int64(at), int64(total))
		})
		if err != nil {
			return c.explain(s.node.Runner.Names(), err)
		}
		bar.end(int64(done))
		answer := struct {
			Projection string          `json:"projection"`
			Position   ledger.Position `json:"position"`
		}{c.Name, done}
		return a.term.answer(answer, func() {
			a.term.printf("%s is rebuilt up to position %s.\n", c.Name, grouped(int64(done)))
		})
	})
}

func (c *projectionRebuild) explain(names []string, err error) error {
	if exitCode(err) == exitUsage {
		return usage("%w; there are %s", err, strings.Join(names, ", "))
	}
	return err
}

// replayCommand compares the read models with the ledger.
type replayCommand struct{}

// replayAnswer is what a replay found, and what it took of this process; the database
// server is not in it.
type replayAnswer struct {
	projections.Report
	Rows       int64                    `json:"rows"` // compared, of all tables
	CPU        time.Duration            `json:"cpu_ns"`
	PeakMemory int64                    `json:"peak_memory_bytes"` // resident
	List       []projections.Difference `json:"list"`
}

// Run replays; exit code 1 tells of differences.
func (*replayCommand) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		err := a.allow(roleOfficer, auth.ReadProjection, auth.Object{Kind: auth.KindProjection})
		if err != nil {
			return err
		}
		if err := s.caughtUp(ctx); err != nil {
			return err
		}
		bar := a.progress("Replaying", "events")
		list, report, err := s.node.Runner.Replay(ctx, func(done, total ledger.Position) {
			bar.set(int64(done), int64(total))
		})
		if err != nil {
			return err
		}
		bar.end(int64(report.Events))
		answer := replayAnswer{Report: report, List: list}
		for _, line := range report.Tables {
			answer.Rows += line.Rows
		}
		if answer.List == nil {
			answer.List = []projections.Difference{}
		}
		if answer.CPU, answer.PeakMemory, err = processUsage(); err != nil {
			return err
		}
		if err := a.term.answer(answer, func() { printReplay(a.term, answer) }); err != nil {
			return err
		}
		if report.Differences > 0 {
			return errSaid
		}
		return nil
	})
}

// processUsage gives what this process has taken so far.
func processUsage() (cpu time.Duration, peak int64, err error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, 0, fmt.Errorf("ask how much memory was used: %w", err)
	}
	const unit = 1 << 10 // of Maxrss
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), u.Maxrss * unit, nil
}

func printReplay(term *terminal, r replayAnswer) {
	t := newTable("PROJECTION", "TABLE", ">ROWS", ">DIFFERENCES", ">POSITION")
	for _, line := range r.Tables {
		t.add(line.Projection, line.Table, grouped(line.Rows), grouped(line.Differences),
			grouped(int64(line.Position)))
	}
	t.print(term)
	term.printf("\n%s events of %s streams read, hash chains checked.\n",
		grouped(int64(r.Events)), grouped(int64(r.Streams)))
	term.printf("%s rows compared, %s events/s, at most %s MiB of memory.\n",
		grouped(r.Rows), grouped(int64(r.Rate)), grouped(r.PeakMemory>>20))
	if r.Differences == 0 {
		term.printf("%s Zero differences between ledger and read models.\n", term.mark(true))
		return
	}
	term.printf("%s %s differences:\n", term.mark(false), grouped(r.Differences))
	for _, d := range r.List {
		what := "differs in " + strings.Join(d.Columns, ", ")
		switch d.Kind {
		case projections.Missing:
			what = "is missing in the read model"
		case projections.Surplus:
			what = "is in the read model, but not in the ledger"
		}
		term.printf("  %s.%s %s %s\n", d.Projection, d.Table, d.Key, what)
	}
	if more := r.Differences - int64(len(r.List)); more > 0 {
		term.printf("  and %s more\n", grouped(more))
	}
	term.say("Rebuild what differs: %s projection rebuild NAME", program())
}

// caughtUp waits until every read model reflects what is recorded now.
func (s *session) caughtUp(ctx context.Context) error {
	head, err := s.node.Log.Head(ctx)
	if err != nil {
		return err
	}
	for _, name := range s.node.Runner.Names() {
		if err := s.awaitModel(ctx, name, head); err != nil {
			return err
		}
	}
	return nil
}

// standstillLook is how often a command that waits for a read model looks whether it stands
// still. One that does is tried again by itself and may only need a moment: it is given up
// when it stood still since before the last look.
const standstillLook = 4 * time.Second

// awaitModel waits for a read model as long as it comes nearer, however long that takes.
func (s *session) awaitModel(ctx context.Context, name string, head ledger.Position) error {
	var since time.Time
	for {
		waiting, cancel := context.WithTimeout(ctx, standstillLook)
		err := s.node.Runner.WaitFor(waiting, name, head)
		cancel()
		if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		list, err := s.node.Runner.Status(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(p projections.Status) bool { return p.Name == name })
		switch {
		case i < 0 || list[i].Error == "":
			since = time.Time{}
		case list[i].Since.Equal(since):
			return fmt.Errorf("the read model %s stands still at position %s: %s", name,
				grouped(int64(list[i].Position)), clean(list[i].Error, 0))
		default:
			since = list[i].Since
		}
	}
}
