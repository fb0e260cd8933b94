package pgrun

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// account is the user that Postgres runs as. Postgres refuses to run as root, for a good
// reason: a hole in the database must not be a hole in the machine.
type account struct {
	name     string
	uid, gid int
	// cred is nil when this process is that user already.
	cred *syscall.Credential
}

// self is the account of this process.
func self() account {
	a := account{uid: os.Geteuid(), gid: os.Getegid()}
	a.name = userName(a.uid)
	return a
}

// chooseAccount picks who runs Postgres. An ordinary user runs it as itself. Root runs it as
// the owner of the existing cluster, else as the owner of the directory (sudo in a user's
// clone), else as "postgres" or, without such a user, as "nobody".
func chooseAccount(dir, dataDir string) (account, error) {
	if os.Geteuid() != 0 {
		return self(), nil
	}
	for _, path := range []string{dataDir, dir} {
		uid, gid, err := ownerOf(path)
		if errors.Is(err, fs.ErrNotExist) || err == nil && uid == 0 {
			continue
		}
		if err != nil {
			return account{}, fileFault("cannot look at "+path, err)
		}
		return dropTo(uid, gid), nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.Atoi(u.Uid)
		gid, errGID := strconv.Atoi(u.Gid)
		if errUID == nil && errGID == nil && uid != 0 {
			return dropTo(uid, gid), nil
		}
	}
	return account{}, &Fault{
		Problem: "Postgres does not run as root, and there is no user postgres or nobody",
		Remedy:  "make one (useradd --system postgres), or start stazh as an ordinary user",
	}
}

// dropTo is the account of another user; its groups are dropped except for the main one.
func dropTo(uid, gid int) account {
	return account{
		name: userName(uid), uid: uid, gid: gid,
		cred: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)},
	}
}

func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return "with id " + strconv.Itoa(uid)
}

// take makes path the account's own; for this process's own files there is nothing to do.
func (a account) take(path string) error {
	if a.cred == nil {
		return nil
	}
	return os.Lchown(path, a.uid, a.gid)
}

// canEnter asks the kernel, rather than mode bits, whether the account can work in dir: it
// runs a harmless command there as that user. Mode bits would miss access lists, mount
// options and security modules.
func (a account) canEnter(ctx context.Context, dir string, inst installation) error {
	run := func(dir string) error {
		cmd := exec.CommandContext(ctx, inst.bin("postgres"), "--version")
		cmd.Dir = dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: a.cred}
		return cmd.Run()
	}
	if err := run("/"); err != nil {
		return &Fault{
			Problem: fmt.Sprintf("cannot run %s as user %s", inst.bin("postgres"), a.name),
			Remedy:  "the program must be executable for this user",
			Err:     err,
		}
	}
	if err := run(dir); err != nil {
		return fmt.Errorf("%w: user %s, %s: %w", errNoEntry, a.name, dir, err)
	}
	return nil
}

// errNoEntry says that an account cannot work in a directory.
var errNoEntry = errors.New("no entry")

// owner is who files beside the cluster should belong to: the owner of Dir, so that sudo in a
// user's directory leaves nothing behind that the user cannot open.
type owner struct{ uid, gid int }

// open opens a file for the owner, making it when missing. It follows no symbolic link: root
// writes here in directories that may belong to somebody else.
func (o owner) open(path string, flag int) (*os.File, error) {
	f, err := os.OpenFile(path, flag|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if os.Geteuid() != 0 { // anybody else owns what it makes anyway
		return f, nil
	}
	if err := f.Chown(o.uid, o.gid); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func ownerOf(path string) (uid, gid int, err error) {
	info, err := os.Lstat(path)
	if err != nil {
		return 0, 0, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, fmt.Errorf("no owner known for %s", path)
	}
	return int(st.Uid), int(st.Gid), nil
}
