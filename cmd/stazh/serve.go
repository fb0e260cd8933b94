package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"syscall"

	"github.com/stazh/stazh/api"
	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/api/node"
)

// serveCommand runs the server.
type serveCommand struct {
	Aside bool `help:"Only answer, ahead of a server that was started before and does the rest."`
}

// Run serves until interrupted.
func (c *serveCommand) Run(ctx context.Context, a *app) error {
	how := serving{aside: c.Aside}
	return a.serve(ctx, how, func(ctx context.Context, _ *session, address string) error {
		a.term.say("Stazh %s serves on http://%s – end it with Ctrl-C.", version(), address)
		<-ctx.Done()
		return nil
	})
}

// serving is how a server serves.
type serving struct {
	demo  bool // with demonstration values where the law's are unknown
	aside bool // only answers: another server follows, and processes what is filed
}

// serve opens the ledger, listens, and calls work once requests are answered. It ends
// when work does, when ctx ends, or when something that it needs has died.
func (a *app) serve(ctx context.Context, how serving,
	work func(ctx context.Context, s *session, address string) error) (err error) {
	listener, err := a.listen(ctx)
	if err != nil {
		return err
	}
	defer listener.Close() //nolint:errcheck // closed by the server already, or never used
	defer collectLess(os.LookupEnv)()
	logger := a.logger(slog.LevelInfo)
	config := a.nodeConfig(logger)
	config.Demo = how.demo
	n, err := a.open(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close(context.WithoutCancel(ctx))) }()
	ahead := false
	if how.aside {
		// Only now: a Postgres that was just started must not go ahead, too.
		if err := api.GoAhead(os.LookupEnv); err != nil {
			logger.WarnContext(ctx, "answers wait behind other work as if not aside: "+
				"CAP_SYS_NICE or a limit RTPRIO of 1 is needed", slog.String("error", err.Error()))
		} else {
			ahead = true
		}
		n.Listen(ctx)
	} else {
		n.Follow(ctx)
	}
	if !ahead {
		defer api.SpareProcessors(os.LookupEnv)()
	}
	s := &session{Service: newService(n), node: n}
	handler := api.New(s.Service, api.Options{Logger: logger, Clock: a.clock,
		Version: version()})
	working, end := context.WithCancelCause(ctx)
	defer end(nil)
	served := make(chan error, 1)
	go func() {
		err := api.Serve(working, listener, handler, logger)
		end(err)
		served <- err
	}()
	go watchPostgres(working, n, end)
	err = work(working, s, listener.Addr().String())
	if cause := context.Cause(working); cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	end(nil)
	return errors.Join(err, <-served)
}

// watchPostgres ends the server when the Postgres that it started has died: the next
// start recovers the data.
func watchPostgres(ctx context.Context, n *node.Node, cancel context.CancelCauseFunc) {
	if n.Postgres == nil {
		return
	}
	select {
	case <-n.Postgres.Done():
		cancel(unavailable("Postgres has ended unexpectedly, see %s; start stazh again",
			n.Postgres.LogFile()))
	case <-ctx.Done():
	}
}

// listen takes the address before anything else is started: a second server must not
// get far.
func (a *app) listen(ctx context.Context) (net.Listener, error) {
	if err := auth.CheckLoopback(a.Addr); err != nil {
		return nil, usage("%w", err)
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", a.Addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, unavailable("another program listens on %s: end it, or choose another "+
			"address with --addr 127.0.0.1:8081", a.Addr)
	}
	if err != nil {
		return nil, unavailable("listen on %s: %w", a.Addr, err)
	}
	return l, nil
}

// program is how the user calls this program, for hints that can be copied.
func program() string {
	if p := os.Args[0]; p != "" {
		return p
	}
	return "stazh"
}
