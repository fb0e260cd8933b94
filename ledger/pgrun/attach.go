package pgrun

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// codeCannotConnectNow is what a server answers while it starts, recovers or stops.
const codeCannotConnectNow = "57P03"

// attach looks for a live server. One whose owner lives is shared; an orphan is stopped. When
// it returns neither a server nor an error, none runs and the owner's lock is ours.
func (l *launcher) attach(ctx context.Context) (*Server, error) {
	l.owner = &fileLock{path: filepath.Join(l.place.parent, ownerName), own: l.own}
	for {
		ours, err := l.owner.try()
		if err != nil {
			return nil, fileFault("cannot lock the data directory", err)
		}
		pm, alive, err := running(l.place.data())
		if err != nil {
			l.owner.release()
			return nil, fileFault("cannot read "+pidFileName, err)
		}
		if ours {
			if alive {
				err = l.endOrphan(ctx, pm.pid)
			}
			if err != nil {
				l.owner.release()
				return nil, err
			}
			return nil, nil
		}
		if alive && pm.sockDir != "" {
			srv, err := l.connectTo(ctx, pm)
			if srv != nil || err != nil {
				return srv, err
			}
		}
		// Its owner is about to start or to stop it.
		if err := sleep(ctx, pollEvery); err != nil {
			return nil, l.silentFault(pm.pid, err)
		}
	}
}

// endOrphan stops a server that was left behind when its owner was killed. Usually the
// kernel's parent-death signal did that already, and it is only a matter of waiting. A fresh
// child is better than an adopted orphan: it has our settings and ends when we end.
func (l *launcher) endOrphan(ctx context.Context, pid int) error {
	l.log.Warn("postgres: waiting for an orphan of an earlier process to stop", "pid", pid)
	impatient := time.NewTimer(stopGrace)
	defer impatient.Stop()
	sig := syscall.SIGINT
	for {
		if sig != 0 {
			err := syscall.Kill(pid, sig)
			if err != nil && !errors.Is(err, syscall.ESRCH) {
				return l.silentFault(pid, err)
			}
			sig = 0
		}
		if err := sleep(ctx, pollEvery); err != nil {
			return l.silentFault(pid, err)
		}
		if !worksIn(pid, l.place.data()) {
			return nil
		}
		select {
		case <-impatient.C:
			sig = syscall.SIGQUIT
		default:
		}
	}
}

func (l *launcher) silentFault(pid int, err error) *Fault {
	f := &Fault{
		Problem: fmt.Sprintf("another process holds the data directory %s, and its server does "+
			"not answer", l.place.data()),
		Remedy: "end the stazh that runs there, and start again",
		Err:    err,
	}
	if pid != 0 {
		f.Remedy = fmt.Sprintf("end the stazh that runs there (its Postgres is process %d), "+
			"and start again", pid)
	}
	return f
}

// connectTo shares a server that another process owns. It returns neither a server nor an
// error when that one is still starting or already stopping.
func (l *launcher) connectTo(ctx context.Context, pm pidFile) (*Server, error) {
	err := l.ensureDatabase(ctx, pm.sockDir)
	var pgErr *pgconn.PgError
	switch {
	case err == nil:
		l.log.Info("postgres: attached to the server of another process", "pid", pm.pid)
		return &Server{
			log: l.log, url: databaseURL(pm.sockDir, databaseName), dataDir: l.place.data(),
			logFile: l.logFile, pid: pm.pid, sockDir: pm.sockDir,
		}, nil
	case errors.As(err, &pgErr) && pgErr.Code != codeCannotConnectNow:
		return nil, &Fault{
			Problem: fmt.Sprintf("the server of another process (%d) refuses us", pm.pid),
			Remedy:  "see what that process does",
			Err:     err,
		}
	}
	return nil, nil // its socket is not there yet or no longer, or it said so
}
