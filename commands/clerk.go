package commands

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// Work names a filing, or one document of it that is parked.
type Work struct {
	Payer  string
	Filing uuid.UUID
	DocNo  int // of a parked document
}

// WorkList finds work that is left. It is answered from read models, which is allowed
// as nothing is decided on it: each command looks again for itself.
type WorkList interface {
	// Bookmark gives the position up to which the clerk has reacted to all events, and
	// SetBookmark moves it.
	Bookmark(ctx context.Context) (ledger.Position, error)
	SetBookmark(ctx context.Context, at ledger.Position) error
	// Unfinished gives filings without a result, oldest first, at most so many.
	Unfinished(ctx context.Context, limit int) ([]Work, error)
	// ParkedFor gives documents that wait for one of the persons, as of the position.
	ParkedFor(ctx context.Context, persons []ledger.PersonID, at ledger.Position) ([]Work, error)
	// ParkedOf gives the documents of a payer that wait, as of the position.
	ParkedOf(ctx context.Context, unp string, at ledger.Position) ([]Work, error)
	// ParkedUntil gives documents whose last day of waiting is before the day.
	ParkedUntil(ctx context.Context, before period.Date) ([]Work, error)
	// Awaiting gives payers with months that wait for the parameter's value of one of the
	// months from the first to the last given (no limit when the last is zero), or for
	// any parameter when the name is empty, as of the position.
	Awaiting(ctx context.Context, name string, from, until period.Month, at ledger.Position,
	) ([]string, error)
}

// ErrListNotMade says that a work list, or a list of persons that a command asks for, is still
// being made. It is no fault: the clerk asks again later, and works until then on what it hears
// of; others are refused for now.
var ErrListNotMade error = refuse(Unavailable, "read_model_building",
	"the read model is still being built: try again in a moment")

const (
	// clerkWorkers is how many payers' filings are processed at once. Two keep both cores
	// busy; more let small filings share the commits and queries that they wait for.
	clerkWorkers = 48
	// clerkBatch bounds the events looked at in one go.
	clerkBatch = 2000
	// clerkAhead is how many batches of events reading may be ahead of reacting.
	clerkAhead = 8
	// clerkHeld bounds the persons and documents of events that wait for the reactor.
	clerkHeld = 100_000
	// clerkRound is how often the clerk looks for work that it was not told of, and
	// clerkLook how often it looks whether its queue has room for what did not fit.
	clerkRound = time.Minute
	clerkLook  = 200 * time.Millisecond
	// clerkHears is how long the clerk waits to hear of an event that a command of its own
	// process may be just about to tell of, before it reads it.
	clerkHears = 50 * time.Millisecond
	// clerkNotes is the least time between two notes of how far the clerk is: what a
	// restart looks at again costs less than a commit for each batch.
	clerkNotes = 500 * time.Millisecond
)

// Clerk does by itself what follows from events: it processes filings that arrived,
// judges parked documents again when what they wait for has come or their time is over,
// assesses months when the parameter they wait for is published, and carries out approved
// indexation runs. One clerk works at a time in an installation; the caller holds the lock
// for it.
type Clerk struct {
	Bus  *Bus
	List WorkList

	seen  chan *clues   // to react to
	held  *clues        // for the reactor, which has no time; follow's own
	again chan *clues   // whose pause is over
	index chan struct{} // a run was approved
	group sync.WaitGroup
	queue queue
}

// ClerkActor is who the clerk's own events are by.
var ClerkActor = ledger.Actor{Subject: "stazh", Role: "system"}

// Run works until ctx ends. What fails is logged and tried again by itself after a pause
// that grows from two seconds to a minute, and stops nobody else's work: a filing holds
// up the later ones of its payer alone, and these only for a few tries, after which the
// next round finds it again. What follows from an event and could not be done is tried
// until it succeeds; the bookmark stays before it for the first tries, so that a restart
// does not lose it.
func (c *Clerk) Run(ctx context.Context) error {
	c.queue.open(c.Bus.intake.full.Store)
	defer c.queue.close()
	defer c.Bus.intake.clerk.CompareAndSwap(&c.queue, nil)
	c.seen, c.again = make(chan *clues, clerkAhead), make(chan *clues)
	c.index = make(chan struct{}, 1)
	// Elsewhere an append does not show where its first event stands.
	gives := c.Bus.Log.Guarantees()
	c.Bus.news.listen(gives.Atomic && gives.Dense)
	defer c.Bus.news.listen(false)
	after, err := c.List.Bookmark(ctx)
	if err != nil {
		return fmt.Errorf("clerk: %w", err)
	}
	bookmark := after // the loop below moves on while the reactor begins here
	c.group.Go(func() { c.reactor(ctx, bookmark) })
	c.group.Go(func() { c.indexer(ctx) })
	for range clerkWorkers {
		c.group.Go(func() { c.work(ctx) })
	}
	defer c.group.Wait()
	// What is left from before comes first. After that the clerk looks around beside what is
	// new: filings that arrive must not wait for it.
	c.refill(ctx)
	c.Bus.intake.clerk.Store(&c.queue)
	c.group.Go(func() { c.rounds(ctx) })
	for ctx.Err() == nil {
		after = c.follow(ctx, after)
	}
	return nil
}

// rounds looks around every clerkRound, and for filings that did not fit into the queue when
// there is room again; after a fault not before a pause.
func (c *Clerk) rounds(ctx context.Context) {
	var round, again time.Time
	for failed := 0; sleep(ctx, clerkLook); {
		now := c.Bus.Clock()
		due := !now.Before(round)
		if now.Before(again) || !due && !c.queue.canRefill() {
			continue
		}
		ok := c.refill(ctx)
		if due {
			ok = c.lookAround(ctx) && ok
			round = now.Add(clerkRound)
		}
		if failed++; ok {
			failed = 0
			continue
		}
		again = now.Add(pauseAfter(failed))
		if due {
			round = again
		}
	}
}

// follow waits for events after the position and reacts to them.
func (c *Clerk) follow(ctx context.Context, after ledger.Position) ledger.Position {
	waiting, cancel := ctx, context.CancelFunc(func() {})
	if c.held != nil {
		waiting, cancel = context.WithTimeout(ctx, clerkHears)
	}
	defer cancel()
	if _, err := c.Bus.Log.Wait(waiting, after); err != nil {
		if waiting.Err() == nil {
			c.fault(ctx, "wait for events", Work{}, err)
			c.pause(ctx)
		}
		c.hand(ctx, nil)
		return after
	}
	seen := c.hear(after)
	if seen == nil {
		var err error
		if seen, err = c.read(ctx, after); err != nil {
			c.fault(ctx, "read events", Work{}, err)
			c.pause(ctx)
			return after
		}
	}
	if seen.law {
		c.Bus.Law.Refresh()
	}
	for _, w := range seen.filings {
		c.queue.arrive(w)
	}
	if seen.indexation {
		c.wakeIndexer()
	}
	if seen.last <= after {
		return after
	}
	c.hand(ctx, seen)
	return seen.last
}

// hand gives the reactor what was seen, or joins it to what it has no time for now: while it
// waits for read models, filings go on arriving.
func (c *Clerk) hand(ctx context.Context, seen *clues) {
	switch {
	case c.held == nil:
		c.held = seen
	case seen != nil:
		c.held.join(seen)
	}
	if c.held == nil {
		return
	}
	c.held.filings = nil // they are in the queue
	select {
	case c.seen <- c.held:
		c.held = nil
		return
	default:
	}
	if len(c.held.persons)+len(c.held.parked) < clerkHeld {
		return
	}
	select {
	case c.seen <- c.held:
		c.held = nil
	case <-ctx.Done():
	}
}

// hear gives what commands of this process tell of the events after the position; nil when
// they are somebody else's, for all that is known.
func (c *Clerk) hear(after ledger.Position) *clues {
	patience := time.NewTimer(clerkHears)
	defer patience.Stop()
	for {
		told, more := c.Bus.news.next(after)
		if told != nil || more == nil {
			return told
		}
		select {
		case <-more:
		case <-patience.C:
			return nil
		}
	}
}

// read looks at the events after the position, up to those that it will hear of.
func (c *Clerk) read(ctx context.Context, after ledger.Position) (*clues, error) {
	seen := &clues{after: after, last: after}
	limit := c.Bus.news.gap(after, clerkBatch)
	for e, err := range c.Bus.Log.ReadAll(ctx, after, limit) {
		if err == nil {
			err = seen.note(e.Stream, &e.NewEvent)
			seen.last = e.Position
		}
		if err != nil {
			return nil, err
		}
	}
	return seen, nil
}

// clues are what a batch of events gives the clerk to do, or what is left of that.
type clues struct {
	after   ledger.Position // before the batch
	last    ledger.Position // of the batch
	tries   int             // that left something undone
	filings []Work
	parked  []Work
	persons []ledger.PersonID
	reports []string // payers with a new 4-фонд, for which a ПУ-3 may wait
	values  []*event.ParameterPublished
	payers  []string // to assess
	law     bool     // something was published
	// indexation tells that a run was approved. It need not be tried again from here: the
	// indexer looks at each start, and until it is done.
	indexation bool
}

// cluesOf gives what an append has to tell whose last event is at the position.
func cluesOf(batch []ledger.StreamAppend, last ledger.Position) *clues {
	s := &clues{after: last, last: last}
	silent := "" // the last type that is not telling: most events are of one type
	for i := range batch {
		a := &batch[i]
		s.law = s.law || a.Stream == ledger.Law
		for j := range a.Events {
			s.after--
			switch e := &a.Events[j]; {
			case e.Type == silent:
			case !telling[e.Type]:
				silent = e.Type
			case s.note(a.Stream, e) != nil:
				return nil // it will be read, and the fault be told
			}
		}
	}
	return s
}

func (s *clues) note(stream ledger.StreamID, e *ledger.NewEvent) error {
	s.law = s.law || stream == ledger.Law
	if !telling[e.Type] {
		return nil
	}
	payload, err := event.Decode(ledger.Event{NewEvent: *e})
	if err != nil {
		return err
	}
	switch f := payload.(type) {
	case *event.FilingReceived:
		unp, _ := stream.Payer()
		s.filings = append(s.filings, Work{Payer: unp, Filing: f.Filing})
	case *event.DocumentParked:
		unp, _ := stream.Payer()
		s.parked = append(s.parked, Work{Payer: unp, Filing: f.Filing, DocNo: f.DocNo})
	case *event.PersonRegistered, *event.EmploymentStarted, *event.EmploymentEnded,
		*event.AccountsMerged, *event.AccountsSplit, *event.EmploymentRecordCorrected,
		*event.EmploymentRecordCancelled, *event.ConfirmationSetAside:
		// A dismissal may leave only one employment that a document can belong to, accounts
		// that are joined are not two any more, and months that were confirmed are open.
		id, _ := stream.Person()
		s.persons = append(s.persons, id)
	case *event.PayerReportAccepted, *event.NilReportDeclared:
		unp, _ := stream.Payer()
		s.reports = append(s.reports, unp)
	case *event.ParameterPublished:
		s.values = append(s.values, f)
	case *event.IndexationApproved, *event.OccupationalYieldApproved:
		s.indexation = true
	}
	return nil
}

// join adds the clues of the events that follow.
func (s *clues) join(next *clues) {
	s.last, s.law = next.last, s.law || next.law
	s.filings = append(s.filings, next.filings...)
	s.parked = append(s.parked, next.parked...)
	s.persons = append(s.persons, next.persons...)
	s.reports = append(s.reports, next.reports...)
	s.values = append(s.values, next.values...)
}

// telling are the types of events that give the clerk something to do; most events, the
// months reported for persons, do not and need not be decoded.
var telling = map[string]bool{
	(*event.FilingReceived)(nil).EventType():    true,
	(*event.DocumentParked)(nil).EventType():    true,
	(*event.PersonRegistered)(nil).EventType():  true,
	(*event.EmploymentStarted)(nil).EventType(): true,
	(*event.EmploymentEnded)(nil).EventType():   true,

	(*event.EmploymentRecordCorrected)(nil).EventType(): true,
	(*event.EmploymentRecordCancelled)(nil).EventType(): true,
	(*event.ConfirmationSetAside)(nil).EventType():      true,

	(*event.AccountsMerged)(nil).EventType():            true,
	(*event.AccountsSplit)(nil).EventType():             true,
	(*event.ParameterPublished)(nil).EventType():        true,
	(*event.IndexationApproved)(nil).EventType():        true,
	(*event.OccupationalYieldApproved)(nil).EventType(): true,
	(*event.PayerReportAccepted)(nil).EventType():       true,
	(*event.NilReportDeclared)(nil).EventType():         true,
}

// refill looks for filings without a result: after a start, after faults, and when there is room
// for those that did not fit. It tells whether it could look.
func (c *Clerk) refill(ctx context.Context) bool {
	c.queue.look()
	unfinished, err := c.List.Unfinished(ctx, queueMax)
	if err != nil {
		c.fault(ctx, "find unfinished filings", Work{}, err)
		return false
	}
	c.queue.refill(unfinished)
	return true
}

// lookAround looks for everything else that is left, and for each day's expiries. It tells
// whether it could look.
func (c *Clerk) lookAround(ctx context.Context) bool {
	expired, expiredErr := c.List.ParkedUntil(ctx, FundDate(c.Bus.Clock()))
	if expiredErr != nil {
		c.fault(ctx, "find expired documents", Work{}, expiredErr)
	}
	for _, w := range expired {
		if err := c.Bus.ExpireParked(ctx, w.Payer, w.Filing, w.DocNo); err != nil {
			c.fault(ctx, "judge a parked document", w, err)
		}
	}
	c.Bus.Law.Refresh()
	payers, payersErr := c.List.Awaiting(ctx, "", 0, 0, 0)
	if payersErr != nil {
		c.fault(ctx, "find waiting months", Work{}, payersErr)
	}
	c.assess(ctx, payers)
	return errors.Join(expiredErr, payersErr) == nil
}

// assess gives the payers whose months could not be assessed.
func (c *Clerk) assess(ctx context.Context, payers []string) (left []string) {
	for _, unp := range payers {
		if err := c.Bus.AssessAwaiting(ctx, ClerkActor, unp); err != nil {
			c.fault(ctx, "assess waiting months", Work{Payer: unp}, err)
			left = append(left, unp)
		}
	}
	return left
}

// work processes one filing of a payer after another. A payer with more to do goes to the
// end of the queue.
func (c *Clerk) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case payer := <-c.queue.payers:
			w := c.queue.next(payer)
			err := c.Bus.ProcessFiling(ctx, w.Payer, w.Filing)
			if err == nil {
				c.queue.done(w)
				continue
			}
			c.fault(ctx, "process a filing", w, err)
			pause, again := c.queue.failed(w)
			if !again {
				c.queue.done(w)
				continue
			}
			c.group.Go(func() {
				if sleep(ctx, pause) {
					c.queue.payers <- payer // the place that it had
				}
			})
		}
	}
}

func (c *Clerk) pause(ctx context.Context) { sleep(ctx, time.Second) }

func (c *Clerk) fault(ctx context.Context, what string, w Work, err error) {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return
	}
	if errors.Is(err, ErrListNotMade) {
		c.Bus.Logger.InfoContext(ctx, "clerk waits for the read models that are being built",
			slog.String("to", what))
		return
	}
	c.Bus.Logger.ErrorContext(ctx, "clerk could not "+what,
		slog.String("payer", w.Payer), slog.String("filing", w.Filing.String()),
		slog.Int("document", w.DocNo), slog.String("error", err.Error()))
}
