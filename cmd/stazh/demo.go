package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/fixtures/country"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/period"
)

// demoCommand serves a demonstration country.
type demoCommand struct {
	Persons  int    `default:"${persons}" help:"How many insured persons, at least."`
	Quarters int    `default:"${quarters}" help:"How many quarters of history."`
	Seed     uint64 `default:"1" help:"Another seed is another country."`
	Once     bool   `help:"Load and end; do not serve."`
}

// The payer and the person of the documentation are in every demonstration country.
const (
	exampleUNP    = "200988541"
	examplePerson = "3270287A012PB2"
)

// Run loads the country into an empty ledger, serving it from the first moment on.
func (c *demoCommand) Run(ctx context.Context, a *app) error {
	how := serving{demo: true}
	return a.serve(ctx, how, func(ctx context.Context, s *session, address string) error {
		a.term.say("Stazh %s serves on http://%s – the figures there are live.", version(),
			address)
		state, err := c.load(ctx, a, s)
		if err != nil {
			return err
		}
		if err := a.term.answer(state, func() { c.tell(a, state, address) }); err != nil || c.Once {
			return err
		}
		a.term.say("\nEnd the server with Ctrl-C.")
		<-ctx.Done()
		return nil
	})
}

// demoState is what the ledger holds after the load.
type demoState struct {
	// Loaded is false when the data had been there before.
	Loaded bool `json:"loaded"`
	// Foreign is true when the ledger holds data of its own, beside which nothing is
	// loaded.
	Foreign  bool            `json:"foreign"`
	Files    int             `json:"files"`
	Position ledger.Position `json:"position"`
}

// load files the country's reports as its payers would. A load that was interrupted goes
// on where it ended: files that were received already give their first receipt again.
func (c *demoCommand) load(ctx context.Context, a *app, s *session) (demoState, error) {
	state := demoState{}
	today, foreign, err := c.begun(ctx, s, commands.FundDate(a.clock()))
	if err != nil {
		return state, err
	}
	if state.Foreign = foreign; !foreign {
		l := &loader{app: a, session: s, caller: a.actor(roleOfficer)}
		if l.country, err = c.plan(ctx, s, today); err != nil {
			return state, err
		}
		if state.Loaded, err = l.load(ctx); err != nil {
			return state, err
		}
		state.Files = l.files
	}
	state.Position, err = s.node.Log.Head(ctx)
	return state, err
}

// begun finds out whether the ledger is empty, holds the demonstration, or other data.
// The demonstration goes on with the day on which it was begun, so that it stays the same.
func (c *demoCommand) begun(ctx context.Context, s *session, today period.Date,
) (day period.Date, foreign bool, err error) {
	if err := s.caughtUp(ctx); err != nil {
		return 0, false, err
	}
	for e, err := range s.node.Log.ReadStreams(ctx, ledger.PayerStream(exampleUNP)) {
		if err != nil {
			return 0, false, err
		}
		return commands.FundDate(e.RecordedAt), false, nil
	}
	page, err := s.node.Models.Registry.FindPayers(ctx, service.PayerFilter{}, "", 1)
	return today, len(page.Items) > 0, err
}

// plan makes the country by the published law.
func (c *demoCommand) plan(ctx context.Context, s *session, today period.Date,
) (*country.Country, error) {
	law, err := s.node.Bus.Law.Current(ctx)
	if err != nil {
		return nil, err
	}
	return planCountry(law, today, c.Seed, c.Persons, c.Quarters)
}

func planCountry(law *account.Law, today period.Date, seed uint64, persons, quarters int,
) (*country.Country, error) {
	if quarters < 1 {
		return nil, usage("--quarters must be at least 1")
	}
	offices, err := country.Offices()
	if err != nil {
		return nil, err
	}
	config := country.Demo(today, law.Parameters)
	config.Seed, config.Persons = seed, persons
	config.From = config.To.Add(1 - 3*quarters)
	made, err := country.New(config, offices)
	if errors.Is(err, country.ErrConfig) {
		return nil, usage("%w", err)
	}
	return made, err
}

// tell says what to try, with commands and addresses that work as they stand.
func (c *demoCommand) tell(a *app, state demoState, address string) {
	switch {
	case state.Foreign:
		a.term.printf("This ledger holds data of its own: the demonstration country is only "+
			"loaded into an empty one.\nFor the demonstration name another directory: %s demo "+
			"--data DIR\n", program())
		return
	case !state.Loaded:
		a.term.printf("The demonstration country is here already: ledger position %s.\n",
			grouped(int64(state.Position)))
	default:
		a.term.printf("The demonstration country is loaded: %s files, ledger position %s.\n",
			grouped(int64(state.Files)), grouped(int64(state.Position)))
	}
	stazh := program()
	if a.Data != "./stazh-data" {
		stazh += " --data " + a.Data
	}
	a.term.printf("\nIn a browser:\n  http://%[1]s/      the country's figures, live\n"+
		"  http://%[1]s/docs  the REST interface, to try\n", address)
	a.term.printf("\nIn another terminal:\n")
	for _, hint := range hints() {
		a.term.printf("  %s %-50s %s\n", stazh, hint[0], hint[1])
	}
	a.term.printf("\nBy REST (callers name themselves until identities are checked):\n"+
		"  curl -H 'Stazh-Subject: me' -H 'Stazh-Role: officer' http://%s/v1/payers/%s/balance\n",
		address, exampleUNP)
}

// hints are commands to try, each with what it shows.
func hints() [][2]string {
	list := [][2]string{{"payer show " + exampleUNP, "what a payer owes and has paid"},
		{"payer reconcile " + exampleUNP, "where its reports and payments differ"},
		{"pension list --work any --limit 10", "claims that wait for an officer"},
		{"pension totals", "pensions and benefits in force"}}
	if report, ok := sampleReport(); ok {
		list = append(list, [2]string{"report check " + report, "what filing it would answer"},
			[2]string{"report submit " + report, "file it"},
			[2]string{"person show " + examplePerson, "the account that it made"})
	}
	return append(list, [2]string{"events tail -f", "the ledger, live"},
		[2]string{"replay", "compare all read models with the ledger"},
		[2]string{"doctor", "look for faults"})
}

// sampleReport finds the report of the example's person in the checkout that the user, or
// the program, is in; a program that was installed alone has none to offer.
func sampleReport() (path string, ok bool) {
	const name = "fixtures/reports/example-pu3.txt"
	places := []string{"."}
	if own, err := os.Executable(); err == nil {
		places = append(places, filepath.Dir(filepath.Dir(own)))
	}
	for _, place := range places {
		path := filepath.Join(place, name)
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			continue
		}
		if here, err := os.Getwd(); err == nil && filepath.IsAbs(path) {
			if near, err := filepath.Rel(here, path); err == nil && len(near) < len(path) {
				path = near
			}
		}
		return path, true
	}
	return "", false
}

// loader files a country.
type loader struct {
	*app
	*session
	country *country.Country
	caller  service.Caller
	files   int
	pending []pendingFiling
}

// pendingFiling is a filing that was received and may still be in work.
type pendingFiling struct {
	receipt  string
	position ledger.Position // of its arrival
}

// pendingMax bounds the filings that are in work: enough to keep every worker busy, few
// enough that the clerk holds all of them in its queue.
const pendingMax = 200

// load registers the payers and files their files; done is false when the last file had
// been filed before, and with it all.
func (l *loader) load(ctx context.Context) (done bool, err error) {
	var last country.File
	total := 0
	for f := range l.country.Files() {
		last = f
		total++
	}
	if l.files = total; total == 0 {
		return false, nil
	}
	if filed, err := l.filed(ctx, last); err != nil || filed {
		if err == nil {
			err = l.decideAll(ctx)
		}
		return false, err
	}
	bar := l.progress("Registering payers", "payers")
	registered := int64(0)
	for p := range l.country.Payers() {
		_, err := l.RegisterPayer(ctx, l.caller, commands.RegisterPayer{UNP: p.UNP,
			FundNo: p.FundNo, Name: p.Name, Kind: p.Kind, Since: p.Since, Ground: demoGround})
		if err != nil {
			return false, fmt.Errorf("register payer %d: %w", registered+1, err)
		}
		registered++
		bar.set(registered, int64(l.country.NumPayers()+1))
	}
	bar.end(registered)
	if err := l.fileAll(ctx, int64(total)); err != nil {
		return false, err
	}
	return true, l.decideAll(ctx)
}

// demoGround marks the events of the demonstration.
const demoGround = "demonstration country"
