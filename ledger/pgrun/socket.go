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
	"strings"
)

const (
	// socketPathMax is the longest path of a unix socket: sun_path has 108 bytes, one of
	// them for the final zero.
	socketPathMax = 107
	// socketPrefix starts the file names of Postgres's socket and of its lock.
	socketPrefix = ".s.PGSQL."
	// socketTries bounds the names tried when somebody else sits on ours.
	socketTries = 10
)

// makeSocketDir makes the directory of the server's socket and returns its path.
//
// The directory is the whole access control: pg_hba.conf trusts everyone who can open the
// socket, so only the account (and root) may enter. It does not lie beside the data, because
// their path may be longer than a socket's can be. In a directory like /tmp anybody could
// have made ours beforehand, to read what we send: an existing one is used only if it is a
// real directory that belongs to the account and is closed to all others.
func (l *launcher) makeSocketDir(ctx context.Context) (string, error) {
	sum := sha256.Sum256([]byte(l.place.data()))
	name := fmt.Sprintf("stazh-%d-%s", l.acct.uid, hex.EncodeToString(sum[:4]))
	var reasons []error
	for _, base := range l.cfg.socketBases {
		if err := checkSocketBase(base); err != nil {
			reasons = append(reasons, err)
			continue
		}
		for n := range socketTries {
			dir := filepath.Join(base, name)
			if n > 0 {
				dir = fmt.Sprintf("%s-%d", dir, n)
			}
			err := l.claimSocketDir(ctx, dir)
			if err == nil {
				return dir, nil
			}
			reasons = append(reasons, err)
			if !errors.Is(err, errTaken) {
				break
			}
		}
	}
	return "", &Fault{
		Problem: "there is no place for the socket",
		Remedy: fmt.Sprintf("name a directory with a short path that user %s can enter "+
			"in TMPDIR", l.acct.name),
		Err: errors.Join(reasons...),
	}
}

// checkSocketBase refuses places where a socket cannot be, or where others could swap it.
func checkSocketBase(base string) error {
	if !filepath.IsAbs(base) {
		return fmt.Errorf("%q: not an absolute path", base)
	}
	longest := filepath.Join(base, "stazh-4294967295-00000000-9", socketPrefix+port)
	if len(longest) > socketPathMax {
		return fmt.Errorf("%s: a socket in it would have a path of up to %d bytes, %d is the limit",
			base, len(longest), socketPathMax)
	}
	info, err := os.Stat(base)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o002 != 0 && info.Mode()&fs.ModeSticky == 0 {
		return fmt.Errorf("%s: everybody may rename files in it (no sticky bit)", base)
	}
	return nil
}

// errTaken says that a name is used by somebody else.
var errTaken = errors.New("taken by somebody else")

// claimSocketDir makes dir, or takes an existing one that can be trusted, and clears it: no
// server of this cluster runs now, so that a socket in it is a dead one.
func (l *launcher) claimSocketDir(ctx context.Context, dir string) error {
	switch err := os.Mkdir(dir, 0o700); {
	case err == nil:
		if err := l.acct.take(dir); err != nil {
			return errors.Join(err, os.Remove(dir))
		}
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	if err := l.acct.ownsPrivately(dir); err != nil {
		return err
	}
	if err := l.acct.canEnter(ctx, dir, l.inst); err != nil {
		return errors.Join(err, os.Remove(dir))
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), socketPrefix) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// ownsPrivately checks that dir is a real directory of the account, closed to all others.
func (a account) ownsPrivately(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	uid, _, err := ownerOf(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() || uid != a.uid || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s: %w", dir, errTaken)
	}
	return nil
}
