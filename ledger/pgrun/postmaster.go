package pgrun

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const (
	pidFileName = "postmaster.pid"
	// pidFileMax bounds a pid file; Postgres writes eight short lines.
	pidFileMax = 64 << 10
)

// pidFile is what Postgres writes into postmaster.pid as it starts, line by line: process id,
// data directory, start time, port, socket directory, and more that we do not need. A young
// file has only the first lines.
type pidFile struct {
	pid     int
	sockDir string // empty until Postgres has opened its socket
}

// parsePidFile reads the text of a postmaster.pid.
func parsePidFile(text string) (pidFile, error) {
	if len(text) > pidFileMax {
		return pidFile{}, fmt.Errorf("%s is too long: %d bytes", pidFileName, len(text))
	}
	lines := strings.Split(text, "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid == 0 {
		return pidFile{}, fmt.Errorf("%s names no process in line 1", pidFileName)
	}
	// A standalone backend writes its id negated.
	if pid < 0 {
		pid = -pid
	}
	if pid < 0 {
		return pidFile{}, fmt.Errorf("%s names no process in line 1", pidFileName)
	}
	p := pidFile{pid: pid}
	if len(lines) > 4 {
		p.sockDir = strings.TrimSpace(lines[4])
	}
	return p, nil
}

// running looks for a live server of the data directory. A pid file left behind by a crash
// says nothing: after a reboot its number may belong to any other process.
func running(data string) (pm pidFile, alive bool, err error) {
	text, err := os.ReadFile(filepath.Join(data, pidFileName))
	if errors.Is(err, fs.ErrNotExist) {
		return pidFile{}, false, nil
	}
	if err != nil {
		return pidFile{}, false, err
	}
	pm, err = parsePidFile(string(text))
	if err != nil {
		// Empty or torn by a crash of the machine. Postgres refuses to start with such a
		// file, and so it goes as any other stale one does.
		return pidFile{}, false, nil
	}
	return pm, worksIn(pm.pid, data), nil
}

// worksIn tells whether a process is a Postgres of the data directory: every one of them,
// postmaster or helper, has it as its working directory. A zombie has none.
func worksIn(pid int, data string) bool {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	cwd, err := os.Readlink(filepath.Join(proc, "cwd"))
	if err != nil || cwd != data {
		return false
	}
	comm, err := os.ReadFile(filepath.Join(proc, "comm"))
	return err == nil && strings.HasPrefix(string(comm), "postgres")
}

// removeStale takes away what a dead server has left: its pid file, whose number may
// meanwhile belong to another process, for which Postgres would take it; and sessions that
// outlived their postmaster because they were busy, which hold the shared memory that keeps a
// new one from starting. Call it only when no postmaster lives and no other start is under way.
func removeStale(data string) error {
	procs, err := os.ReadDir("/proc")
	if err != nil {
		return err
	}
	for _, entry := range procs {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || !worksIn(pid, data) {
			continue
		}
		err = syscall.Kill(pid, syscall.SIGQUIT)
		if err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("end process %d left by an earlier Postgres: %w", pid, err)
		}
	}
	err = os.Remove(filepath.Join(data, pidFileName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
