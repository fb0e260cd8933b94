package pgrun

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// versionMin is the oldest major version that stazh is written for.
	versionMin = 15
	// binEnv names a directory of Postgres binaries and switches the search off.
	binEnv = "STAZH_PG_BIN"
	// askTimeout bounds a look at a binary (`postgres --version`).
	askTimeout = 10 * time.Second
)

// installation is one set of Postgres binaries.
type installation struct {
	dir     string
	version int // major
}

func (i installation) bin(name string) string { return filepath.Join(i.dir, name) }

// Find returns the directory of the newest installed Postgres binaries (initdb and postgres)
// and their major version. It looks only at STAZH_PG_BIN when that is set, else in the places
// of Debian and Red Hat packages, in PATH and where pg_config points. When there is none of
// version 15 or newer the error wraps ErrNotInstalled and says what to install.
func Find() (bindir string, version int, err error) {
	found, err := findAll()
	if err != nil {
		return "", 0, err
	}
	return found[0].dir, found[0].version, nil
}

// findAll returns every usable installation, newest first, at least one.
func findAll() ([]installation, error) {
	if dir := os.Getenv(binEnv); dir != "" {
		abs, err := filepath.Abs(dir) // the server works in another directory
		if err != nil {
			return nil, fmt.Errorf("%s: %w", binEnv, err)
		}
		inst, err := inspect(abs)
		if err != nil {
			return nil, &Fault{
				Problem: binEnv + "=" + dir + " holds no usable Postgres",
				Remedy: fmt.Sprintf("it must name the directory of initdb and postgres, "+
					"version %d or newer", versionMin),
				Err: err,
			}
		}
		return []installation{inst}, nil
	}
	var found []installation
	var tooOld []string
	for _, dir := range candidates() {
		inst, err := inspect(dir)
		switch {
		case errors.Is(err, errTooOld):
			tooOld = append(tooOld, dir)
		case err == nil:
			found = append(found, inst)
		}
	}
	if len(found) == 0 {
		return nil, notInstalled(tooOld)
	}
	slices.SortStableFunc(found, func(a, b installation) int { return b.version - a.version })
	return found, nil
}

func notInstalled(tooOld []string) error {
	problem := fmt.Sprintf("no server of version %d or newer was found "+
		"in /usr/lib/postgresql/*/bin, /usr/pgsql-*/bin, PATH or pg_config --bindir", versionMin)
	if len(tooOld) > 0 {
		problem += ", only an older one in " + strings.Join(tooOld, ", ")
	}
	return &Fault{
		Problem: problem,
		Remedy: "install it: apt-get install postgresql-15 (or a newer postgresql-NN that your " +
			"distribution has); or name its directory in " + binEnv,
		Err: ErrNotInstalled,
	}
}

// candidates lists directories that may hold Postgres binaries, without doubles.
func candidates() []string {
	var dirs []string
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"} {
		matches, err := filepath.Glob(pattern)
		if err == nil { // the only error is a malformed pattern, and these are constant
			dirs = append(dirs, matches...)
		}
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	if path, err := exec.LookPath("pg_config"); err == nil {
		if out, err := ask(path, "--bindir"); err == nil {
			dirs = append(dirs, strings.TrimSpace(out))
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

var errTooOld = errors.New("this Postgres is too old")

// inspect looks whether dir holds a Postgres that we can use.
func inspect(dir string) (installation, error) {
	inst := installation{dir: dir}
	if _, err := exec.LookPath(inst.bin("initdb")); err != nil {
		return inst, err
	}
	out, err := ask(inst.bin("postgres"), "--version")
	if err != nil {
		return inst, err
	}
	if inst.version, err = parseVersion(out); err != nil {
		return inst, err
	}
	if inst.version < versionMin {
		return inst, fmt.Errorf("%w: version %d", errTooOld, inst.version)
	}
	return inst, nil
}

// parseVersion takes the major version out of what `postgres --version` prints, such as
// "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)" or "postgres (PostgreSQL) 19beta1".
func parseVersion(out string) (int, error) {
	_, rest, ok := strings.Cut(out, "(PostgreSQL) ")
	if !ok {
		return 0, fmt.Errorf("not the version of a Postgres: %.80q", out)
	}
	digits := rest
	if end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		digits = rest[:end]
	}
	v, err := strconv.Atoi(digits)
	if err != nil {
		return 0, fmt.Errorf("no version number in %.80q: %w", out, err)
	}
	return v, nil
}

// hasLZ4 tells whether this build can compress with LZ4, which costs far less processor time
// than the built-in method.
func (i installation) hasLZ4() bool {
	out, err := ask(i.bin("pg_config"), "--configure")
	return err == nil && strings.Contains(out, "--with-lz4")
}

func ask(binary string, arg ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, binary, arg...).Output()
	if err != nil {
		return "", fmt.Errorf("run %s: %w", binary, err)
	}
	return string(out), nil
}

// matching picks the installation that can open a cluster of the given major version.
func matching(found []installation, version int, dataDir string) (installation, error) {
	have := make([]string, 0, len(found))
	for _, inst := range found {
		if inst.version == version {
			return inst, nil
		}
		have = append(have, strconv.Itoa(inst.version))
	}
	return installation{}, &Fault{
		Problem: fmt.Sprintf("the data in %s were made by PostgreSQL %d, installed is %s",
			dataDir, version, strings.Join(have, ", ")),
		Remedy: fmt.Sprintf("install that version (apt-get install postgresql-%d), "+
			"or move the data to the new one with pg_upgrade", version),
	}
}
