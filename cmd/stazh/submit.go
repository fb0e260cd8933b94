package main

import (
	"context"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
)

// submitFlags are those of every filing.
type submitFlags struct {
	fileFlags
	Key    string `placeholder:"TEXT" help:"Idempotency key: the same key gives the same receipt."`
	Ground string `placeholder:"TEXT" help:"The act and article that the filer relies on."`
	Token  string `name:"preview" placeholder:"TOKEN" help:"Only as this preview showed."`
	Watch  bool   `short:"w" help:"Show the steps of the processing."`
	NoWait bool   `help:"End with the receipt; a running server processes the filing."`
}

// reportSubmit files a report.
type reportSubmit struct {
	submitFlags
}

// Run files; exit code 3 tells that documents were rejected.
func (c *reportSubmit) Run(ctx context.Context, a *app) error { return c.submit(ctx, a, rolePayer) }

// paymentImport files a list of payments, as the treasury does each day.
type paymentImport struct {
	submitFlags
}

// Run files the list.
func (c *paymentImport) Run(ctx context.Context, a *app) error {
	return c.submit(ctx, a, roleOfficer)
}

// submitAnswer is the receipt and, when it was waited for, the outcome.
type submitAnswer struct {
	Receipt service.FilingReceipt `json:"receipt"`
	// Repeated is true when the same file, or the same key, had been received before.
	Repeated bool                `json:"repeated"`
	Filing   *service.FilingView `json:"filing,omitempty"`
	// Findings are all that the controls said; none without the outcome.
	Findings []control.Finding `json:"findings,omitzero"`
}

func (c *submitFlags) submit(ctx context.Context, a *app, role string) error {
	file, err := c.open(a)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	return a.write(ctx, func(ctx context.Context, s *session) error {
		caller := a.actor(role)
		token, err := tokenOf(c.Token)
		if err != nil {
			return err
		}
		received, err := s.Submit(ctx, caller, service.Submission{Payer: c.Payer,
			Content: file, Key: c.Key, Channel: service.ChannelCommand,
			AllOrNothing: c.AllOrNothing, Ground: c.Ground, Preview: token})
		if err != nil {
			return a.stale(err)
		}
		answer := submitAnswer{Receipt: received.Value, Repeated: received.Value.Repeated}
		c.tell(a, answer)
		if c.NoWait {
			return a.term.answer(answer, func() { a.term.printf("%s\n", answer.Receipt.Receipt) })
		}
		return s.finish(ctx, a, caller, answer, received.Position)
	})
}

// follow tells the receipt of what was filed and waits for the outcome.
func (s *session) follow(ctx context.Context, a *app, caller service.Caller,
	received service.Answer[service.FilingReceipt]) error {
	answer := submitAnswer{Receipt: received.Value, Repeated: received.Value.Repeated}
	(&submitFlags{}).tell(a, answer)
	return s.finish(ctx, a, caller, answer, received.Position)
}

// finish waits until a filing is processed and shows its outcome.
func (s *session) finish(ctx context.Context, a *app, caller service.Caller,
	answer submitAnswer, at ledger.Position) error {
	if err := s.settled(ctx, at); err != nil {
		return err
	}
	view, err := s.watch(ctx, a, caller, answer.Receipt.Receipt)
	if err != nil {
		return err
	}
	answer.Filing = &view
	if answer.Findings, err = s.findings(ctx, a, caller, view.Receipt); err != nil {
		return err
	}
	err = a.term.answer(answer, func() { printFiling(a, view, answer.Findings) })
	return ruled(err, view.Status, view.Rejected)
}

// tell gives the receipt at once: it holds whatever comes after.
func (c *submitFlags) tell(a *app, answer submitAnswer) {
	if answer.Repeated {
		a.term.say("This file was received before, at %s: receipt %s.",
			answer.Receipt.ReceivedAt.UTC().Format(timeForm), answer.Receipt.Receipt)
		return
	}
	a.term.say("Received: receipt %s, %s bytes, SHA-256 %s.", answer.Receipt.Receipt,
		grouped(answer.Receipt.Bytes), answer.Receipt.SHA256)
	if c.Watch {
		a.term.say("The documents are checked now.")
	}
}

// settled waits until all read models reflect a position.
func (s *session) settled(ctx context.Context, at ledger.Position) error {
	for _, name := range s.node.Runner.Names() {
		if err := s.node.Runner.WaitFor(ctx, name, at); err != nil {
			return err
		}
	}
	return nil
}
