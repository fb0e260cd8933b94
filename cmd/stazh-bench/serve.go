package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/pprof"
	"sync"
	"time"

	"github.com/stazh/stazh/api"
	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
)

// serveSpec says what a server serves.
type serveSpec struct {
	place
	// Follow runs the read models and the clerk, as `stazh serve` does; without it the
	// clerk works alone and the read models are left to another process.
	Follow bool
	// Aside only answers, ahead of another server, as `stazh serve --aside` does.
	Aside bool
}

// served is a server's first message.
type served struct {
	Address string
	Hurried bool // it has a real-time priority
}

// server is a running server of the product, a process of its own.
type server struct {
	*child
	served
}

// serve starts a server on an installation.
func (b *bench) serve(ctx context.Context, i *installation, follow bool) (*server, error) {
	p, err := i.place()
	if err != nil {
		return nil, err
	}
	p.Profile = b.profile("serve-" + i.name)
	return startServer(ctx, serveSpec{place: p, Follow: follow})
}

// serveAside starts a server beside another one of the same installation.
func (b *bench) serveAside(ctx context.Context, i *installation) (*server, error) {
	p, err := i.place()
	if err != nil {
		return nil, err
	}
	return startServer(ctx, serveSpec{place: p, Aside: true})
}

func startServer(ctx context.Context, spec serveSpec) (*server, error) {
	c, err := spawn(ctx, "serve", spec)
	if err != nil {
		return nil, err
	}
	var s served
	if err := c.hear(&s); err != nil {
		return nil, errors.Join(err, c.end())
	}
	return &server{c, s}, nil
}

// openNode opens the installation of a place.
func openNode(ctx context.Context, p place, logger *slog.Logger) (*node.Node, error) {
	return node.Open(ctx, node.Config{Dir: p.Dir, DatabaseURL: p.URL, Demo: true,
		Clock: time.Now, Logger: logger, PartitionRows: p.Partition})
}

// profiled runs fn under the CPU profiler when a file for the profile is named.
func profiled(path string, fn func() error) error {
	if path == "" {
		return fn()
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // the profile is a by-product
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return fn()
}

func serveDuty(ctx context.Context, t *talk) error {
	var spec serveSpec
	if err := t.hear(&spec); err != nil {
		return err
	}
	return spec.run(ctx, t)
}

// profileCue has a server's profile begin anew.
const profileCue = "profile"

// attend waits until the other end says no more. A profile of this time begins anew at each
// cue, so that it need not show what came before that which is measured.
func (spec serveSpec) attend(t *talk) error {
	for {
		var c cue
		err := profiled(spec.Profile, func() error { return t.hear(&c) })
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case c.Name != profileCue:
			return fmt.Errorf("heard %q instead of %q", c.Name, profileCue)
		}
	}
}

// profileAnew has the server's profile, if there is one, begin here.
func (s *server) profileAnew() error { return s.say(cue{profileCue}) }

func (spec serveSpec) run(ctx context.Context, t *talk) (err error) {
	file, err := os.OpenFile(filepath.Join(spec.Dir, "server.log"),
		os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // a log
	logger := slog.New(slog.NewTextHandler(file, nil))
	n, err := openNode(ctx, spec.place, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close(context.WithoutCancel(ctx))) }()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer stop()
	s := served{Address: listener.Addr().String()}
	switch {
	case spec.Aside:
		s.Hurried = api.GoAhead(os.LookupEnv) == nil
		n.Listen(ctx)
	case spec.Follow:
		n.Follow(ctx)
	default:
		head, err := n.Log.Head(ctx)
		if err != nil {
			return err
		}
		clerk := &commands.Clerk{Bus: n.Bus, List: noWork{head}}
		work.Go(func() { _ = clerk.Run(ctx) }) // ends with ctx
	}
	if !spec.Aside {
		defer api.SpareProcessors(os.LookupEnv)()
	}
	handler := api.New(newService(n), api.Options{Logger: logger, Clock: time.Now})
	work.Go(func() {
		if err := api.Serve(ctx, listener, handler, logger); err != nil {
			logger.Error("server ended", "error", err)
		}
	})
	if err := t.say(s); err != nil {
		return err
	}
	return spec.attend(t)
}

func newService(n *node.Node) *service.Service {
	return service.New(service.Config{Bus: n.Bus, Runner: n.Runner,
		Models: n.Models.Queries, Clock: n.Config.Clock,
		Spool: filepath.Join(n.Config.Dir, "transfer")})
}

// noWork is the work list of a clerk that reacts to new events only, because no read
// model is there to be asked.
type noWork struct{ from ledger.Position }

func (w noWork) Bookmark(context.Context) (ledger.Position, error) { return w.from, nil }

func (noWork) SetBookmark(context.Context, ledger.Position) error { return nil }

func (noWork) Unfinished(context.Context, int) ([]commands.Work, error) { return nil, nil }

func (noWork) ParkedFor(context.Context, []ledger.PersonID, ledger.Position,
) ([]commands.Work, error) {
	return nil, nil
}

func (noWork) ParkedOf(context.Context, string, ledger.Position) ([]commands.Work, error) {
	return nil, nil
}

func (noWork) ParkedUntil(context.Context, period.Date) ([]commands.Work, error) {
	return nil, nil
}

func (noWork) Awaiting(context.Context, string, period.Month, period.Month, ledger.Position,
) ([]string, error) {
	return nil, nil
}
