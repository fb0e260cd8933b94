package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/stazh/stazh/api"
)

// watchSpec says what to read from a server, one request after another.
type watchSpec struct {
	Address string
	Paths   []string
	// Every is the pause from one request's start to the next one's; 0 for none.
	Every time.Duration
	// Loop reads the paths again and again until it is told to stop.
	Loop bool
}

// watchDuty reads and measures how long each answer takes.
func watchDuty(ctx context.Context, t *talk) error {
	var spec watchSpec
	if err := t.hear(&spec); err != nil {
		return err
	}
	hurried := api.Hurry() == nil // a reader on another machine would not wait for this one's
	c := newClient(spec.Address, 1)
	if spec.Loop {
		for _, path := range spec.Paths { // a page that is watched was opened before
			if err := c.read(ctx, path); err != nil {
				return err
			}
		}
	}
	if err := t.begin(); err != nil {
		return err
	}
	stop := make(chan error, 1)
	if spec.Loop {
		go func() { stop <- t.await("stop") }()
	}
	var took []time.Duration
	began := time.Now()
	for stopped := false; !stopped; stopped = stopped || !spec.Loop {
		for _, path := range spec.Paths {
			start := time.Now()
			if err := c.read(ctx, path); err != nil {
				return err
			}
			took = append(took, time.Since(start))
			select {
			case err := <-stop:
				if err != nil {
					return err
				}
				stopped = true
			case <-time.After(time.Until(start.Add(spec.Every))):
			}
			if stopped {
				break
			}
		}
	}
	return t.say(answer{Took: time.Since(began), Count: len(took), Latency: latenciesOf(took),
		Hurried: hurried})
}

// read reads one path to its end and throws the answer away.
func (c *client) read(ctx context.Context, path string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.address+path, nil)
	if err != nil {
		return err
	}
	by(r, "officer")
	if err := c.do(r, nil); err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	return nil
}
