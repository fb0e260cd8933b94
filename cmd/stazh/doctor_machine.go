package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/ledger/pgrun"
	"github.com/stazh/stazh/ledger/seal"
)

// programs looks for the binaries of Postgres.
func (c *checkup) programs(context.Context) diagnosis {
	if c.DatabaseURL != "" {
		return unseen("not needed: --database-url names a database")
	}
	dir, version, err := pgrun.Find()
	var f *pgrun.Fault
	if errors.As(err, &f) {
		return fault(f.Problem, f.Remedy)
	}
	if err != nil {
		return fault(err.Error(), "install PostgreSQL: apt-get install postgresql")
	}
	return fine(fmt.Sprintf("PostgreSQL %d in %s", version, dir))
}

// directory tells whether the data directory can be written.
func (c *checkup) directory(context.Context) diagnosis {
	remedy := "give the user that starts stazh a directory it owns: --data DIR or STAZH_DATA"
	info, err := os.Stat(c.Data)
	if errors.Is(err, fs.ErrNotExist) {
		parent := filepath.Dir(filepath.Clean(c.Data))
		if err := writable(parent); err != nil {
			return fault(fmt.Sprintf("%s cannot be made: %v", c.Data, err), remedy)
		}
		return fine(c.Data + " does not exist yet, the first start makes it")
	}
	if err != nil {
		return fault(err.Error(), remedy)
	}
	if !info.IsDir() {
		return fault(c.Data+" is not a directory", remedy)
	}
	if err := writable(c.Data); err != nil {
		return fault(fmt.Sprintf("%s cannot be written: %v", c.Data, err), remedy)
	}
	return fine(c.Data + " can be written")
}

// writable tries it, as mode bits tell nothing of read-only mounts and access lists.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".stazh-doctor-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// Bounds of free disk space: with less than the first a busy day may fill the disk, with
// less than the second Postgres may stop at any moment.
const (
	diskLow  = 2 << 30
	diskNone = 256 << 20
)

// disk looks how much space is left where the data are.
func (c *checkup) disk(context.Context) diagnosis {
	dir := c.Data
	for {
		if _, err := os.Stat(dir); err == nil || dir == "/" || dir == "." {
			break
		}
		dir = filepath.Dir(dir)
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return unseen(fmt.Sprintf("free space of %s is not known: %v", dir, err))
	}
	return diskDiagnosis(dir, int64(fs.Bavail)*int64(fs.Bsize))
}

func diskDiagnosis(dir string, free int64) diagnosis {
	detail := fmt.Sprintf("%s MiB free on the disk of %s", grouped(free>>20), dir)
	remedy := "free space, or move the data directory to a larger disk"
	switch {
	case free < diskNone:
		return fault(detail, remedy)
	case free < diskLow:
		return warn(detail, remedy)
	}
	return fine(detail)
}

// cluster compares the version of the data with that of the installed programs.
func (c *checkup) cluster(context.Context) diagnosis {
	if c.DatabaseURL != "" {
		return unseen("not needed: --database-url names a database")
	}
	parent := c.Data
	pointer := filepath.Join(c.Data, "postgres.location")
	if text, err := os.ReadFile(pointer); err == nil {
		parent = strings.TrimSpace(string(text))
	}
	dir := filepath.Join(parent, "postgres")
	text, err := os.ReadFile(filepath.Join(dir, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		if c.exists() {
			return fault(dir+" is no Postgres data directory",
				"bring it back from its backup, or move "+c.Data+" away to begin anew")
		}
		return unseen("there is no ledger yet: stazh demo or stazh serve makes one")
	}
	if err != nil {
		return fault(err.Error(), "start as root or as the user that owns the directory")
	}
	return clusterDiagnosis(dir, strings.TrimSpace(string(text)))
}

func clusterDiagnosis(dir, text string) diagnosis {
	have, err := strconv.Atoi(text)
	if err != nil {
		return fault(dir+"/PG_VERSION holds no version",
			"the data directory is damaged: restore a backup")
	}
	binDir, version, err := pgrun.Find()
	if err != nil {
		return unseen(fmt.Sprintf("version %d in %s; no program to compare with", have, dir))
	}
	if version < have || version > have && !hasVersion(binDir, have) {
		return fault(fmt.Sprintf("the data in %s are of version %d, the newest program "+
			"installed is of version %d", dir, have, version),
			fmt.Sprintf("install the program that fits: apt-get install postgresql-%d", have))
	}
	return fine(fmt.Sprintf("version %d in %s", have, dir))
}

// hasVersion looks for a sibling of the newest installation, as Debian installs them.
func hasVersion(newest string, want int) bool {
	dir := filepath.Join(filepath.Dir(filepath.Dir(newest)), strconv.Itoa(want), "bin")
	_, err := os.Stat(filepath.Join(dir, "postgres"))
	return err == nil
}

// key examines the installation's key without showing any of it.
func (c *checkup) key(ctx context.Context) diagnosis {
	path := c.keyFile()
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && c.empty(ctx):
		return unseen("none yet, the first start makes " + path)
	case errors.Is(err, fs.ErrNotExist):
		return fault(path+" is missing: no personal data can be read without it",
			"put the file back from its backup; a new one would not fit the ledger")
	case err != nil:
		return fault(err.Error(), "start as the user that owns the file")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fault(fmt.Sprintf("%s cannot be read: %v", path, err),
			"start as the user that owns the file")
	}
	raw, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(raw) != seal.KeySize {
		return fault(fmt.Sprintf("%s is not a key of %d hexadecimal digits", path,
			2*seal.KeySize), "put the file back from its backup")
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fault(fmt.Sprintf("%s can be read by others (mode %04o)", path, mode),
			"chmod 600 "+path)
	}
	return fine(path + " is readable by its owner only; keep a backup apart from the database")
}

// address tells whether the server could listen, or listens already.
func (c *checkup) address(ctx context.Context) diagnosis {
	if err := auth.CheckLoopback(c.Addr); err != nil {
		return fault(err.Error(), "use a loopback address: --addr 127.0.0.1:8080")
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", c.Addr)
	if err == nil {
		if err := l.Close(); err != nil {
			return fault(err.Error(), "try again")
		}
		return fine(c.Addr + " is free")
	}
	if !errors.Is(err, syscall.EADDRINUSE) {
		return fault(err.Error(), "choose another address: --addr 127.0.0.1:8081")
	}
	if c.answers(ctx) {
		c.served = true
		return fine("a Stazh server answers on http://" + c.Addr)
	}
	return fault("another program listens on "+c.Addr,
		"end it (`ss -ltnp` names it), or choose another address: --addr 127.0.0.1:8081")
}

// answers tells whether a Stazh server is at the address.
func (c *checkup) answers(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet,
		"http://"+c.Addr+"/healthz", http.NoBody)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	var health struct{ Status, Version string }
	err = json.NewDecoder(io.LimitReader(response.Body, 1<<16)).Decode(&health)
	return err == nil && health.Status == "alive" && health.Version != ""
}
