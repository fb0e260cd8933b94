// Package esdblog keeps the ledger in EventStoreDB, or in KurrentDB, which speaks the same
// protocol: for a fund that has outgrown one machine and lets a cluster hold its log.
//
// It uses the official client, behind a link that mends what the client lacks: callers
// always honour their context, calls in flight are bounded, an outage ends no client for
// good, and an append whose answer was lost is made again until its outcome is known. Each
// append names the revision it expects, so that the server finds a repetition for ever;
// nothing is ever deleted or truncated, and no client that could do it leaves this package.
//
// An append to several streams is not atomic: see ledger.Log for what that means to callers.
// Positions are the server's commit positions: they grow, and are not dense.
package esdblog

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"github.com/stazh/stazh/ledger"
)

const (
	// appendBytesDefault is what one call to the server carries at most: its own limit is
	// 1 MiB by default for all that an append brings, and names and framing need room.
	appendBytesDefault = 900 << 10
	// inFlightDefault bounds calls at one time: enough to hide the round trip, few enough
	// that a server which comes back is not run down.
	inFlightDefault = 64
	// patienceDefault is how long a call waits for a server that is away.
	patienceDefault = 10 * time.Second
	// callTimeDefault is how long the server may take for one append or one first answer.
	callTimeDefault = 10 * time.Second
)

// Options says which server, and how it is used. Clock and Logger are required with URL.
type Options struct {
	// URL is a connection string: esdb://host:2113?tls=false, esdb+discover://…
	URL string
	// Prefix stands before the names of all streams, for several ledgers on one server.
	Prefix string
	// Clock gives recorded times.
	Clock  func() time.Time
	Logger *slog.Logger
	// AppendBytes bounds one call to the server, InFlight the calls at one time, Patience
	// the wait for a server that is away (the caller's context may end it before) and
	// CallTime the wait for an answer. Zero stands for a good value.
	AppendBytes int
	InFlight    int
	Patience    time.Duration
	CallTime    time.Duration
}

func (o *Options) setDefaults() {
	if o.AppendBytes == 0 {
		o.AppendBytes = appendBytesDefault
	}
	if o.InFlight == 0 {
		o.InFlight = inFlightDefault
	}
	if o.Patience == 0 {
		o.Patience = patienceDefault
	}
	if o.CallTime == 0 {
		o.CallTime = callTimeDefault
	}
}

// Log is a ledger.Log in EventStoreDB.
type Log struct {
	options   Options
	limits    ledger.Limits
	link      *link
	end       *end
	standings standings
	stamp     stamp
	turns     *turns
	stop      context.CancelFunc
	follower  sync.WaitGroup
}

// Open connects and finds the end of the ledger. The error says what to mend when the
// server cannot be reached within the patience given.
func Open(ctx context.Context, o Options) (*Log, error) {
	o.setDefaults()
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	link, err := newLink(life, &o)
	if err != nil {
		stop()
		return nil, err
	}
	l := &Log{options: o, limits: ledger.DefaultLimits(), link: link, end: newEnd(), stop: stop,
		turns: newTurns()}
	place, err := l.findEnd(ctx)
	if err != nil {
		l.Close()
		return nil, readFailed(ctx, "the end of the ledger", err)
	}
	l.follower.Go(func() { l.follow(life, place) })
	return l, nil
}

// Close ends all calls and gives the connection back.
func (l *Log) Close() {
	l.stop()
	l.follower.Wait()
	l.link.close()
}

// Guarantees implements ledger.Log: neither of them.
func (*Log) Guarantees() ledger.Guarantees { return ledger.Guarantees{} }

// codeOf gives the client's code of an error. The client's own helper looks at the outermost
// error only, and the client wraps.
func codeOf(err error) esdb.ErrorCode {
	var e *esdb.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return esdb.ErrorCodeUnknown
}
