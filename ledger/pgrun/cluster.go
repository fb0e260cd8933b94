package pgrun

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// initCluster makes a new cluster. It grows under a temporary name and gets its own by one
// rename, so that a cluster is either whole or not there, whenever we are killed.
func (l *launcher) initCluster(ctx context.Context) error {
	if err := l.removeUnfinished(); err != nil {
		return err
	}
	stage, err := l.makeStage(ctx)
	if err != nil {
		return err
	}
	l.log.Info("postgres: making a new cluster", "version", l.inst.version,
		"user", l.acct.name, "data", l.place.data())
	if err := l.initdb(ctx, stage); err != nil {
		return errors.Join(err, os.RemoveAll(stage))
	}
	if err := os.Rename(stage, l.place.data()); err != nil {
		return fileFault("cannot put the new cluster in its place", err)
	}
	if err := syncDir(l.place.parent); err != nil {
		return fileFault("cannot make the new cluster durable", err)
	}
	l.place.version = l.inst.version
	return nil
}

// removeUnfinished deletes what killed starts have left of their initdb.
func (l *launcher) removeUnfinished() error {
	entries, err := os.ReadDir(l.place.parent)
	if err != nil {
		return fileFault("cannot read the directory for the data", err)
	}
	for _, entry := range entries {
		if match, _ := filepath.Match(initPrefix+"*", entry.Name()); !match {
			continue
		}
		if err := os.RemoveAll(filepath.Join(l.place.parent, entry.Name())); err != nil {
			// A last process of that initdb may still be writing. It is in nobody's way.
			l.log.Warn("postgres: an unfinished cluster is left behind", "error", err)
		}
	}
	return nil
}

// initdb fills the stage with a new cluster. Collation C gives fast indexes in byte order;
// character type C.UTF-8 makes lower() and pg_trgm know Cyrillic letters.
//
// Local connections need no password: the socket's directory has mode 0700 and is checked
// before each start, so whoever reaches the socket is the user that runs Postgres, or root,
// and both can read the data files anyway. Connections by TCP, which no setting of ours opens,
// are refused.
func (l *launcher) initdb(ctx context.Context, stage string) error {
	out, offset, err := l.logFile.open()
	if err != nil {
		return fileFault("cannot write the log file", err)
	}
	defer out.Close()
	args := []string{
		"--pgdata=" + stage, "--username=" + superuser, "--encoding=UTF8",
		"--lc-collate=C", "--lc-ctype=C.UTF-8", "--lc-messages=C", "--lc-monetary=C",
		"--lc-numeric=C", "--lc-time=C", "--auth-local=trust", "--auth-host=reject",
		"--data-checksums", "--no-instructions",
	}
	if l.cfg.Settings["fsync"] == "off" { // then nothing later would be durable either
		args = append(args, "--no-sync")
	}
	cmd := exec.Command(l.inst.bin("initdb"), args...)
	cmd.Dir = stage
	cmd.Env = environment()
	cmd.Stdout, cmd.Stderr = out, out
	proc, err := startChild(cmd, l.acct, syscall.SIGKILL)
	if err != nil {
		return fileFault("cannot run initdb", err)
	}
	select {
	case <-proc.Done():
		err = proc.Wait()
	case <-ctx.Done():
		// The whole group: initdb has children of its own.
		errKill := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-proc.Done()
		if errors.Is(errKill, syscall.ESRCH) {
			errKill = nil
		}
		return errors.Join(fmt.Errorf("postgres: initdb: %w", ctx.Err()), errKill)
	}
	if err != nil {
		tail := l.logFile.tail(offset)
		return &Fault{
			Problem: "a new cluster could not be made in " + l.place.parent,
			Remedy:  remedyFor(tail, l.logFile.path), Log: tail, Err: err,
		}
	}
	return nil
}

// ensureDatabase makes sure that the server behind the socket is the one of our data directory
// and that it has the database, whatever an earlier start was killed in the middle of.
func (l *launcher) ensureDatabase(ctx context.Context, sockDir string) error {
	conn, err := connect(ctx, sockDir)
	if err != nil {
		return err
	}
	// A failing close of a connection that has done its work harms nobody.
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()

	var dataDir string
	if err := conn.QueryRow(ctx, "SHOW data_directory").Scan(&dataDir); err != nil {
		return err
	}
	if dataDir != l.place.data() {
		return fmt.Errorf("the server at %s runs %s instead of %s",
			sockDir, dataDir, l.place.data())
	}
	return createMissing(ctx, conn)
}

func createMissing(ctx context.Context, conn *pgx.Conn) error {
	var haveDatabase, haveSetting bool
	err := conn.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1),
		       EXISTS (SELECT FROM pg_roles, unnest(rolconfig) AS setting
		                WHERE rolname = $2 AND setting LIKE 'log_min_messages=%')`,
		databaseName, superuser).Scan(&haveDatabase, &haveSetting)
	if err != nil {
		return err
	}
	if !haveDatabase {
		create := "CREATE DATABASE " + pgx.Identifier{databaseName}.Sanitize()
		if _, err := conn.Exec(ctx, create); err != nil {
			return err
		}
	}
	if !haveSetting {
		// Messages of failed statements can quote values ("invalid input … for date"), which
		// may be personal data. Sessions get their errors; the log need not repeat them. What
		// the server's own processes report (checkpoints, disks) still is logged.
		quiet := "ALTER ROLE " + pgx.Identifier{superuser}.Sanitize() +
			" SET log_min_messages = 'log'"
		if _, err := conn.Exec(ctx, quiet); err != nil {
			return err
		}
	}
	return nil
}
