package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// lawPublish publishes dated numbers.
type lawPublish struct {
	File   string `arg:"" help:"JSON list of numbers, or - for standard input."`
	Ground string `required:"" placeholder:"TEXT" help:"The act that orders the publication."`
}

// Run publishes what is not published yet.
func (c *lawPublish) Run(ctx context.Context, a *app) error {
	file, err := (&fileFlags{File: c.File}).open(a)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	numbers, err := readParameters(file)
	if err != nil {
		return usage("%s: %w", c.File, err)
	}
	return a.write(ctx, func(ctx context.Context, s *session) error {
		command := commands.PublishLaw{Ground: c.Ground, Parameters: numbers}
		done, err := s.PublishLaw(ctx, a.actor(roleOfficer), command)
		if err != nil {
			return err
		}
		answer := struct {
			Given     int    `json:"given"`
			Published int    `json:"published"`
			Position  uint64 `json:"position"`
		}{len(numbers), done.Value, uint64(done.Position)}
		return a.term.answer(answer, func() {
			a.term.printf("%d of %d numbers are new and published.\n", answer.Published,
				answer.Given)
		})
	})
}

// readParameters reads a list of numbers strictly: a misspelt key must not lose a date.
func readParameters(r io.Reader) ([]event.ParameterPublished, error) {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	var list []rules.Parameter
	if err := d.Decode(&list); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is text after the end of the list")
	}
	published := make([]event.ParameterPublished, len(list))
	for i, p := range list {
		published[i] = account.PublishedOf(p)
	}
	return published, nil
}

// lawShow shows numbers of the law.
type lawShow struct {
	Name string `arg:"" optional:"" help:"Only one number, such as minimum_wage."`
	On   date   `placeholder:"YYYY-MM-DD" help:"The day; today by default."`
	All  bool   `help:"All that were ever published, not only those of the day."`
}

// Run shows them with their acts.
func (c *lawShow) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		filter := service.ParameterFilter{Name: c.Name, On: period.Date(c.On)}
		switch {
		case c.All:
			filter.On = 0
		case filter.On.IsZero():
			filter.On = commands.FundDate(a.clock())
		}
		found, err := s.Parameters(ctx, a.actor(roleOfficer), service.Read{}, filter)
		if err != nil {
			return err
		}
		return a.term.answer(found.Value, func() {
			t := newTable("NUMBER", ">VALUE", "FROM", "UNTIL", "", "ACT")
			for _, p := range found.Value {
				act := p.Act
				if act == "" {
					act = p.Source
				}
				note := ""
				if p.Demo {
					note = "demonstration"
				}
				t.add(p.Name, clean(p.Value, 40), p.From.String(), dash(p.Until), note,
					clean(act, 70))
			}
			t.print(a.term)
			if c.Name != "" && len(found.Value) == 0 {
				a.term.say("`%s law show` lists the names of today, --all those of any day.",
					program())
			}
		})
	})
}
