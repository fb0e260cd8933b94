// Package pgrun starts and stops a Postgres of our own as a child process, from the
// binaries that the machine's package manager installed. It makes `stazh serve` whole with
// no configuration: whoever has a Postgres elsewhere does not need it.
//
// It promises that the data directory survives everything that may happen to the processes
// around it: a SIGKILLed stazh, a killed postmaster, an interrupted initdb, two starts at
// once, a start by root and one in a directory that only root can enter. It knows nothing of
// tables, events or money, and it runs on Linux only (parent-death signals, /proc, flock).
//
// In the directory named by Config.Dir:
//
//	postgres/           the database cluster (mode 0700, owned by the user that runs Postgres)
//	postgres.location   only if the cluster must live elsewhere: the folder that holds it
//	postgres.log        what Postgres says; bounded, the part before is postgres.log.1
//	postgres.lock       held while a start is under way
//	postgres.owner      held as long as the process that started Postgres lives
//	                    (beside the cluster, wherever that is)
package pgrun

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

const (
	// databaseName is the database that every start makes sure of.
	databaseName = "stazh"
	// superuser is the role that initdb makes and that URL names.
	superuser = "stazh"
	// port names the socket file only (.s.PGSQL.5432): nothing listens on TCP.
	port = "5432"
	// pollEvery is how often a waiting start looks again; far below what a person notices.
	pollEvery = 50 * time.Millisecond
	// stopGrace is what a fast shutdown may take (its checkpoint writes up to shared_buffers)
	// before Postgres is stopped at once and recovers from its log at the next start.
	stopGrace = 60 * time.Second
	// quitGrace is what an immediate shutdown may take before SIGKILL.
	quitGrace = 10 * time.Second
	// fallbackBase holds clusters whose own directory the Postgres user cannot enter.
	fallbackBase = "/var/lib/stazh"
)

// Config says where the cluster lives and how it runs.
type Config struct {
	// Dir is the parent of the data directory, for example ./stazh-data. It is created when
	// missing. The cluster lives in Dir/postgres unless root starts us and the unprivileged
	// user that must run Postgres cannot enter Dir (a clone under /root): then it lives under
	// /var/lib/stazh, and Dir/postgres.location says where.
	Dir string
	// Logger receives starts, stops, recoveries and an unexpected end. nil discards them.
	Logger *slog.Logger
	// Settings are extra Postgres settings; they win over the built-in ones, except for those
	// that keep the server private (listen_addresses, port, unix_socket_*).
	Settings map[string]string

	// For tests: where fallback clusters and socket directories go instead.
	fallbackBase string
	socketBases  []string
}

// Server is a running Postgres, either our child or one that another process of ours started
// in the same directory.
type Server struct {
	log     *slog.Logger
	url     string
	dataDir string
	logFile logFile
	pid     int
	proc    *child // nil when attached
	owner   *fileLock
	sockDir string

	mu       sync.Mutex // guards stopping
	stopping bool
}

// Start brings up the cluster of cfg.Dir and returns once it accepts connections and the
// database "stazh" exists. A new directory gets a new cluster; a crashed one is recovered; an
// orphan left behind by a killed process is stopped and replaced.
//
// When another live process already runs this cluster, Start attaches to it: the Server works
// the same, but Stop leaves Postgres running, because it is not ours.
//
// ctx bounds the start only, not the life of the server. Errors that an operator can mend are
// of type *Fault.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	l, err := newLauncher(cfg)
	if err != nil {
		return nil, err
	}
	lock, err := l.lockStart(ctx)
	if err != nil {
		return nil, err
	}
	defer lock.release()

	if err := l.prepare(ctx); err != nil {
		return nil, err
	}
	srv, err := l.attach(ctx)
	if srv != nil || err != nil {
		return srv, err
	}
	srv, err = l.run(ctx)
	if err != nil {
		l.owner.release()
		return nil, err
	}
	return srv, nil
}

// URL is the address of the database "stazh" over the unix socket, for pgx and for psql.
// It holds no password: who may enter the socket's directory may connect.
func (s *Server) URL() string { return s.url }

// PID is the process id of the postmaster.
func (s *Server) PID() int { return s.pid }

// DataDir is the cluster's directory (the PGDATA of Postgres).
func (s *Server) DataDir() string { return s.dataDir }

// LogFile is the path of the file that Postgres logs to.
func (s *Server) LogFile() string { return s.logFile.path }

// Attached reports whether another process owns this Postgres, so that Stop leaves it alone.
func (s *Server) Attached() bool { return s.proc == nil }

// Done is closed when our Postgres has ended, whether stopped or dead by itself. For an
// attached server it is nil, and so blocks for ever: its end shows in its connections.
func (s *Server) Done() <-chan struct{} {
	if s.proc == nil {
		return nil
	}
	return s.proc.Done()
}

// Stop shuts our Postgres down in order: open sessions are rolled back, everything is written
// to disk. When ctx ends or a minute has passed it is stopped at once instead, which loses
// nothing that was committed but makes the next start recover. An attached server is left
// running. Stop may be called again and from several goroutines; each call returns after the
// end of the process.
func (s *Server) Stop(ctx context.Context) error {
	if s.proc == nil {
		return nil
	}
	s.mu.Lock()
	s.stopping = true
	s.mu.Unlock()
	defer s.owner.release()

	if err := s.proc.shutdown(ctx); err != nil {
		return fmt.Errorf("postgres: stop process %d: %w", s.pid, err)
	}
	// Postgres removed its socket; the directory is empty unless it was stopped at once, and
	// then the next start clears it.
	if err := os.Remove(s.sockDir); err != nil && !errors.Is(err, os.ErrNotExist) &&
		!errors.Is(err, syscall.ENOTEMPTY) {
		s.log.Warn("postgres: socket directory is left behind", "error", err)
	}
	return nil
}

// watch keeps the log file bounded and reports an end that nobody asked for. It returns when
// the process has ended.
func (s *Server) watch() {
	tick := time.NewTicker(logCheckEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := s.logFile.rotate(); err != nil {
				s.log.Warn("postgres: log file could not be shortened", "error", err)
			}
		case <-s.proc.Done():
			s.mu.Lock()
			asked := s.stopping
			s.mu.Unlock()
			if !asked {
				s.log.Error("postgres: ended unexpectedly", "pid", s.pid,
					"exit", s.proc.Wait(), "log", s.logFile.path)
			}
			return
		}
	}
}

// databaseURL is the address of a database of the cluster whose socket is in sockDir.
func databaseURL(sockDir, database string) string {
	q := url.Values{"host": {sockDir}, "port": {port}, "user": {superuser}}
	// Said outright, so that PGSSLMODE in the environment cannot break a local connection.
	q.Set("sslmode", "disable")
	u := url.URL{Scheme: "postgres", Path: "/" + database, RawQuery: q.Encode()}
	// An empty authority is written as three slashes, which both pgx and libpq understand.
	return u.Scheme + "://" + u.EscapedPath() + "?" + u.RawQuery
}

// realDir makes dir when missing and returns its absolute path without symbolic links: the
// name by which the kernel knows the working directory of a postmaster.
func realDir(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(abs, 0o755); err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}
