package main

import (
	"context"
	"errors"
	"time"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger"
)

// eventsTail shows events.
type eventsTail struct {
	After  *uint64 `placeholder:"POSITION" help:"Begin after a position; 0 is the beginning."`
	Lines  int     `short:"n" default:"20" help:"How many of the last events; without --after."`
	Follow bool    `short:"f" help:"Wait for new events until interrupted."`
	Stream string  `placeholder:"NAME" help:"Only of a stream: payer-UNP, person-ID or law."`
}

// tailPage is how many events are read at once.
const tailPage = 500

// Run writes one event a line, with --json as JSON.
func (c *eventsTail) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		caller := a.actor(roleOfficer)
		after, err := c.start(ctx, a, s)
		if err != nil {
			return err
		}
		for {
			page, err := s.Events(ctx, caller, after, tailPage, ledger.StreamID(c.Stream))
			if err != nil {
				return err
			}
			for _, e := range page.Items {
				if err := a.showEvent(e); err != nil {
					return err
				}
			}
			if len(page.Items) == tailPage {
				after = page.After
				continue
			}
			after = max(after, page.Head)
			if !c.Follow {
				return nil
			}
			err = s.WaitEvents(ctx, caller, after)
			if errors.Is(err, context.Canceled) {
				return nil // the way to end it
			}
			if err != nil {
				return err
			}
		}
	})
}

// start is the position after which to begin: the given one, or so that the last lines
// are shown.
func (c *eventsTail) start(ctx context.Context, a *app, s *session) (ledger.Position, error) {
	if c.After != nil {
		return ledger.Position(*c.After), nil
	}
	if c.Lines < 0 {
		return 0, usage("--lines must not be negative")
	}
	head, err := s.Position(ctx, a.actor(roleOfficer))
	if err != nil {
		return 0, err
	}
	if c.Stream == "" && s.node.Log.Guarantees().Dense {
		return head.Position - min(head.Position, ledger.Position(c.Lines)), nil
	}
	// The last events stand anywhere in the ledger: find the one before them.
	var places []ledger.Position
	for after := ledger.Position(0); ; {
		page, err := s.Events(ctx, a.actor(roleOfficer), after, tailPage, ledger.StreamID(c.Stream))
		if err != nil {
			return 0, err
		}
		for _, e := range page.Items {
			places = append(places, e.Position)
		}
		if len(page.Items) < tailPage {
			break
		}
		after = page.After
	}
	if len(places) <= c.Lines {
		return 0, nil
	}
	return places[len(places)-c.Lines-1], nil
}

// showEvent writes an event.
func (a *app) showEvent(e service.EventView) error {
	if a.JSON {
		return a.term.line(e)
	}
	a.term.printf("%s  %s  %-40s  %-34s  %s\n", a.term.paint(bold, "#"+grouped(int64(e.Position))),
		e.RecordedAt.UTC().Format(time.DateTime), e.Stream, e.Type,
		a.term.paint(faint, clean(string(e.Payload), payloadShown)))
	return nil
}

// payloadShown is how much of a fact is shown on a line; --json shows all.
const payloadShown = 120
