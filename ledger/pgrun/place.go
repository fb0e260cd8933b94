package pgrun

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	clusterName  = "postgres"
	locationName = "postgres.location"
	logName      = "postgres.log"
	lockName     = "postgres.lock"
	ownerName    = "postgres.owner"
	// initPrefix starts the names of clusters that initdb has not finished.
	initPrefix = "postgres.init-"
	// dataPathMax leaves room for file names below Postgres's own limit of 1023 bytes.
	dataPathMax = 800
	// fallbackTries bounds the search for an unused fallback directory.
	fallbackTries = 1000
)

// place is where a cluster lives.
type place struct {
	parent  string // holds the cluster and the owner's lock
	version int    // major version of the cluster, 0 when there is none yet
}

func (p place) data() string { return filepath.Join(p.parent, clusterName) }

// locate finds the cluster of dir, wherever an earlier start has put it.
func locate(dir string) (place, error) {
	p := place{parent: dir}
	if len(dir) > dataPathMax {
		return p, &Fault{
			Problem: fmt.Sprintf("the path of the data directory has %d bytes, Postgres bears %d",
				len(dir), dataPathMax),
			Remedy: "choose a shorter directory",
		}
	}
	pointer := filepath.Join(dir, locationName)
	text, err := os.ReadFile(pointer)
	switch {
	case err == nil:
		p.parent = strings.TrimSpace(string(text))
		if info, err := os.Stat(p.parent); err != nil || !info.IsDir() {
			return p, &Fault{
				Problem: fmt.Sprintf("%s says that the data are in %q, but no such directory "+
					"can be seen", pointer, p.parent),
				Remedy: "bring that directory back (mount or restore it); only to begin with an " +
					"empty ledger, remove " + pointer,
				Err: err,
			}
		}
	case !errors.Is(err, fs.ErrNotExist):
		return p, fileFault("cannot read where the data are", err)
	}
	p.version, err = clusterVersion(p.data())
	return p, err
}

// clusterVersion reads the major version of a data directory; 0 when there is none.
func clusterVersion(data string) (int, error) {
	text, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		// Clusters appear by an atomic rename: a directory without a version is not one that
		// we left half done. An empty one is harmless, anything else is somebody's property.
		err = os.Remove(data)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			return 0, nil
		}
		return 0, &Fault{
			Problem: data + " is there, but it is no Postgres data directory",
			Remedy:  "move it away, or choose another directory",
			Err:     err,
		}
	}
	if errors.Is(err, fs.ErrPermission) {
		return 0, foreignFault(data, err)
	}
	if err != nil {
		return 0, fileFault("cannot read the version of the data", err)
	}
	v, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, &Fault{
			Problem: fmt.Sprintf("%s/PG_VERSION holds no version", data),
			Remedy:  "the data directory is damaged: restore a backup",
			Err:     err,
		}
	}
	return v, nil
}

// foreignFault says whose the data are.
func foreignFault(data string, err error) *Fault {
	who := "another user"
	if uid, _, err := ownerOf(data); err == nil {
		who = "user " + userName(uid)
	}
	return &Fault{
		Problem: fmt.Sprintf("the data directory %s belongs to %s, stazh runs as %s",
			data, who, self().name),
		Remedy: "start as root or as that user, or choose another directory",
		Err:    err,
	}
}

// makeStage makes an empty directory that belongs to the account and that it can enter, in
// the place where a new cluster is to appear. If the account cannot work in dir, which happens
// only to root's helper, the place moves to the fallback and a pointer in dir says so.
func (l *launcher) makeStage(ctx context.Context) (string, error) {
	stage, err := l.stageIn(ctx, l.place.parent)
	barred := errors.Is(err, errNoEntry) || errors.Is(err, fs.ErrPermission)
	if !barred || l.acct.cred == nil || l.place.parent != l.dir {
		return stage, err
	}
	parent, errFallback := l.makeFallback()
	if errFallback != nil {
		return "", &Fault{
			Problem: fmt.Sprintf("user %s cannot work in %s (%v), and there is no other place",
				l.acct.name, l.dir, err),
			Remedy: fmt.Sprintf("chmod o+x the directories above %s, or choose another directory",
				l.dir),
			Err: errFallback,
		}
	}
	l.log.Info("postgres: the data live elsewhere, because the user that runs Postgres cannot "+
		"enter the data directory", "user", l.acct.name, "dir", l.dir, "place", parent)
	l.place.parent = parent
	return l.stageIn(ctx, parent)
}

// stageIn makes the directory for initdb in parent, or fails without a trace.
func (l *launcher) stageIn(ctx context.Context, parent string) (string, error) {
	stage, err := os.MkdirTemp(parent, initPrefix)
	if err != nil {
		return "", fileFault("cannot make a data directory", err)
	}
	err = l.acct.take(stage)
	if err == nil {
		err = l.acct.canEnter(ctx, stage, l.inst)
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(stage))
	}
	return stage, nil
}

// makeFallback makes a directory for the cluster of l.dir where any user can enter, and
// writes the pointer to it, so that the next start finds it.
func (l *launcher) makeFallback() (string, error) {
	sum := sha256.Sum256([]byte(l.dir))
	base := filepath.Join(l.cfg.fallbackBase, hex.EncodeToString(sum[:8]))
	for n := 1; n <= fallbackTries; n++ {
		parent := base
		if n > 1 {
			parent = fmt.Sprintf("%s-%d", base, n)
		}
		_, err := os.Lstat(filepath.Join(parent, clusterName))
		if err == nil {
			// Without a pointer this cluster is no longer wanted here: somebody removed
			// Dir to begin anew. It is not ours to delete.
			l.log.Warn("postgres: an earlier cluster of this directory is kept but not used",
				"dir", l.dir, "place", parent)
			continue
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if err := os.MkdirAll(parent, 0o755); err != nil {
			return "", err
		}
		// Whatever the umask was: others must pass through. The cluster itself is 0700.
		for _, dir := range []string{l.cfg.fallbackBase, parent} {
			if err := os.Chmod(dir, 0o755); err != nil {
				return "", err
			}
		}
		return parent, l.writePointer(parent)
	}
	return "", fmt.Errorf("%s and %d directories like it are taken", base, fallbackTries)
}

// writePointer notes in dir where the cluster lives; it is on disk before the cluster is.
func (l *launcher) writePointer(parent string) error {
	path := filepath.Join(l.dir, locationName)
	f, err := l.own.open(path+".new", os.O_WRONLY|os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = f.WriteString(parent + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return syncDir(l.dir)
}

// syncDir makes renames in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
