package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger/pgrun"
)

// cluster is the Postgres of a run, with a database for each installation.
type cluster struct {
	dir    string
	logger *slog.Logger
	server *pgrun.Server
}

func startCluster(ctx context.Context, dir string, logger *slog.Logger) (*cluster, error) {
	c := &cluster{dir: dir, logger: logger}
	return c, c.start(ctx)
}

func (c *cluster) start(ctx context.Context) (err error) {
	c.server, err = pgrun.Start(ctx, pgrun.Config{Dir: c.dir, Logger: c.logger})
	return err
}

// crash kills the postmaster without notice; start then recovers.
func (c *cluster) crash(ctx context.Context) error {
	if err := syscall.Kill(c.server.PID(), syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill Postgres: %w", err)
	}
	<-c.server.Done()
	return c.server.Stop(ctx) // gives its place free for the next start
}

func (c *cluster) close(ctx context.Context) error {
	return errors.Join(c.server.Stop(ctx), os.RemoveAll(c.server.DataDir()))
}

// url is the address of a database.
func (c *cluster) url(database string) (string, error) {
	u, err := url.Parse(c.server.URL())
	if err != nil {
		return "", err
	}
	u.Path = "/" + database
	return u.String(), nil
}

// admin carries out a statement about databases.
func (c *cluster) admin(ctx context.Context, sql string) error {
	conn, err := pgx.Connect(ctx, c.server.URL())
	if err != nil {
		return err
	}
	defer conn.Close(ctx) //nolint:errcheck // its one statement was answered
	_, err = conn.Exec(ctx, sql)
	return err
}

// installation is a Stazh of its own: a database, and a directory with its key.
type installation struct {
	*cluster
	name string
	dir  string
	// partition is the number of positions of the ledger's partitions; 0 as usual.
	partition int64
}

// install makes an empty installation.
func (b *bench) install(ctx context.Context, name string) (*installation, error) {
	i := &installation{cluster: b.cluster, name: name, dir: filepath.Join(b.dir, name)}
	if err := os.MkdirAll(i.dir, 0o755); err != nil {
		return nil, err
	}
	return i, i.admin(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+
		" TEMPLATE template0")
}

// remove drops the database.
func (i *installation) remove(ctx context.Context) error {
	return errors.Join(i.admin(ctx, "DROP DATABASE "+pgx.Identifier{i.name}.Sanitize()+
		" WITH (FORCE)"), os.RemoveAll(i.dir))
}

// place is how a child is told where an installation is.
type place struct {
	Dir, URL  string
	Partition int64
	// Profile is the file for a CPU profile; empty for none.
	Profile string
}

func (i *installation) place() (place, error) {
	url, err := i.url(i.name)
	return place{Dir: i.dir, URL: url, Partition: i.partition}, err
}

// pool connects to the database; close it after use.
func (i *installation) pool(ctx context.Context) (*pgxpool.Pool, error) {
	url, err := i.url(i.name)
	if err != nil {
		return nil, err
	}
	return pgxpool.New(ctx, url)
}
