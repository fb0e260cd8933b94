package pgrun

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// connectTimeout bounds one attempt to reach a server over its socket.
	connectTimeout = 5 * time.Second
	// launchTries bounds restarts while remains of a killed server hold its shared memory;
	// with launchPause it gives them about half a minute.
	launchTries = 60
	launchPause = 500 * time.Millisecond
	// progressEvery is how often a long recovery is reported.
	progressEvery = 5 * time.Second
)

// launcher carries one start through its steps.
type launcher struct {
	cfg     Config
	log     *slog.Logger
	dir     string // Config.Dir, absolute and without symbolic links
	found   []installation
	inst    installation // the one that fits the cluster
	place   place
	acct    account // runs Postgres
	own     owner   // owns the files beside the cluster
	owner   *fileLock
	logFile logFile
}

func newLauncher(cfg Config) (*launcher, error) {
	if cfg.Dir == "" {
		return nil, errors.New("postgres: Config.Dir is empty; name a directory for the data")
	}
	if cfg.fallbackBase == "" {
		cfg.fallbackBase = fallbackBase
	}
	if cfg.socketBases == nil {
		cfg.socketBases = slices.Compact([]string{os.TempDir(), "/tmp"})
	}
	l := &launcher{cfg: cfg, log: cfg.Logger}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if l.found, err = findAll(); err != nil {
		return nil, err
	}
	if l.dir, err = realDir(cfg.Dir); err != nil {
		return nil, fileFault("cannot make the directory for the data", err)
	}
	if l.own.uid, l.own.gid, err = ownerOf(l.dir); err != nil {
		return nil, fileFault("cannot look at the directory for the data", err)
	}
	l.logFile = logFile{path: filepath.Join(l.dir, logName), own: l.own}
	return l, nil
}

// lockStart keeps other starts in this directory waiting until ours is through.
func (l *launcher) lockStart(ctx context.Context) (*fileLock, error) {
	lock := &fileLock{path: filepath.Join(l.dir, lockName), own: l.own}
	err := lock.wait(ctx)
	switch {
	case err == nil:
		return lock, nil
	case ctx.Err() != nil:
		return nil, &Fault{
			Problem: "another start in " + l.dir + " is under way",
			Remedy:  "wait for it, or end that process",
			Err:     err,
		}
	}
	return nil, fileFault("cannot lock the directory for the data", err)
}

// prepare finds the cluster, who runs it and with which binaries; a new directory gets one.
func (l *launcher) prepare(ctx context.Context) error {
	var err error
	if l.place, err = locate(l.dir); err != nil {
		return err
	}
	if l.acct, err = chooseAccount(l.dir, l.place.data()); err != nil {
		return err
	}
	if l.place.version == 0 {
		l.inst = l.found[0]
		return l.initCluster(ctx)
	}
	l.inst, err = matching(l.found, l.place.version, l.place.data())
	if err != nil {
		return err
	}
	uid, _, err := ownerOf(l.place.data())
	if err != nil {
		return fileFault("cannot look at the data directory", err)
	}
	if uid != l.acct.uid {
		return foreignFault(l.place.data(), nil)
	}
	if err := l.acct.canEnter(ctx, l.place.data(), l.inst); errors.Is(err, errNoEntry) {
		return &Fault{
			Problem: "the data directory has moved out of reach of the user that runs Postgres",
			Remedy:  "chmod o+x the directories above " + l.place.data(),
			Err:     err,
		}
	} else if err != nil {
		return err
	}
	return nil
}

// run starts the server as our child and makes it ready for use.
func (l *launcher) run(ctx context.Context) (*Server, error) {
	if err := l.logFile.rotate(); err != nil {
		return nil, fileFault("cannot write the log file", err)
	}
	sockDir, err := l.makeSocketDir(ctx)
	if err != nil {
		return nil, err
	}
	proc, err := l.launch(ctx, sockDir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(sockDir))
	}
	srv := &Server{
		log: l.log, url: databaseURL(sockDir, databaseName), dataDir: l.place.data(),
		logFile: l.logFile, pid: proc.Process.Pid, proc: proc, owner: l.owner,
		sockDir: sockDir,
	}
	if err := l.ensureDatabase(ctx, sockDir); err != nil {
		return nil, errors.Join(
			fmt.Errorf("postgres: prepare database %s: %w", databaseName, err),
			srv.Stop(context.WithoutCancel(ctx)))
	}
	go srv.watch()
	l.log.Info("postgres: running", "pid", srv.pid, "version", l.inst.version,
		"user", l.acct.name, "data", srv.dataDir)
	return srv, nil
}

// launch starts the postmaster and waits until it accepts connections. Remains of a killed
// predecessor are cleared away until they are gone.
func (l *launcher) launch(ctx context.Context, sockDir string) (*child, error) {
	for try := 1; ; try++ {
		if err := removeStale(l.place.data()); err != nil {
			return nil, fileFault("cannot clear away what an earlier server left", err)
		}
		proc, offset, err := l.spawn(sockDir)
		if err != nil {
			return nil, fileFault("cannot start the server", err)
		}
		err = l.awaitReady(ctx, proc, sockDir)
		if err == nil {
			return proc, nil
		}
		err = errors.Join(err, proc.abort())
		tail := l.logFile.tail(offset)
		held := strings.Contains(tail, "pre-existing shared memory block")
		if held && try < launchTries && sleep(ctx, launchPause) == nil {
			continue
		}
		return nil, &Fault{
			Problem: "the server does not start with the data in " + l.place.data(),
			Remedy:  remedyFor(tail, l.logFile.path), Log: tail, Err: err,
		}
	}
}

// spawn starts the postmaster. It returns the length of the log before.
func (l *launcher) spawn(sockDir string) (*child, int64, error) {
	out, offset, err := l.logFile.open()
	if err != nil {
		return nil, 0, err
	}
	defer out.Close()
	args := []string{"-D", l.place.data()}
	args = append(args, settings(l.cfg.Settings, sockDir, memoryBytes(), l.inst.hasLZ4())...)
	cmd := exec.Command(l.inst.bin("postgres"), args...)
	cmd.Dir = l.place.data()
	cmd.Env = environment()
	cmd.Stdout, cmd.Stderr = out, out
	// SIGINT is Postgres's fast shutdown: an orphan stops in order by itself.
	proc, err := startChild(cmd, l.acct, syscall.SIGINT)
	return proc, offset, err
}

// awaitReady polls until the server answers, it ends, or ctx does.
func (l *launcher) awaitReady(ctx context.Context, proc *child, sockDir string) error {
	progress := time.NewTicker(progressEvery)
	defer progress.Stop()
	for {
		conn, err := connect(ctx, sockDir)
		if err == nil {
			return conn.Close(ctx)
		}
		if proc.exited() {
			return fmt.Errorf("it ended by itself: %w", proc.Wait())
		}
		select {
		case <-progress.C:
			l.log.Info("postgres: still starting, probably recovering after a crash",
				"pid", proc.Process.Pid, "log", l.logFile.path)
		default:
		}
		if errWait := sleep(ctx, pollEvery); errWait != nil {
			return fmt.Errorf("it did not get ready in time: %w (%w)", errWait, err)
		}
	}
}

func connect(ctx context.Context, sockDir string) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	return pgx.Connect(ctx, databaseURL(sockDir, "postgres"))
}

// environment is all that Postgres gets to know of ours: no PG… variable may bend it, and no
// secret may show in its process.
func environment() []string {
	env := []string{"TZ=UTC", "LC_ALL=C", "PATH=/usr/local/bin:/usr/bin:/bin"}
	if v, ok := os.LookupEnv("LD_LIBRARY_PATH"); ok { // Postgres built by hand
		env = append(env, "LD_LIBRARY_PATH="+v)
	}
	return env
}
