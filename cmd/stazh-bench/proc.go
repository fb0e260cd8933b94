package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of times in /proc/PID/stat: the kernel's USER_HZ is 100 on every
// architecture that Go runs on.
const tick = 10 * time.Millisecond

// procTimes is what /proc/PID/stat says of a process.
type procTimes struct {
	parent int
	own    time.Duration // user and system
	reaped time.Duration // of children that have ended
}

// parseStat reads /proc/PID/stat. The command in parentheses may itself hold spaces and
// parentheses, so fields are counted from the last one.
func parseStat(text string) (procTimes, error) {
	end := strings.LastIndexByte(text, ')')
	if end < 0 {
		return procTimes{}, errors.New("a process's stat has no command")
	}
	fields := strings.Fields(text[end+1:])
	// After the command: state(0) ppid(1) … utime(11) stime(12) cutime(13) cstime(14).
	const last = 14
	if len(fields) <= last {
		return procTimes{}, errors.New("a process's stat is too short")
	}
	var n [last + 1]int64
	for _, i := range []int{1, 11, 12, 13, 14} {
		var err error
		if n[i], err = strconv.ParseInt(fields[i], 10, 64); err != nil {
			return procTimes{}, fmt.Errorf("a process's stat: %w", err)
		}
	}
	return procTimes{parent: int(n[1]), own: time.Duration(n[11]+n[12]) * tick,
		reaped: time.Duration(n[13]+n[14]) * tick}, nil
}

func readStat(pid int) (procTimes, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return procTimes{}, fmt.Errorf("read a process's times: %w", err)
	}
	return parseStat(string(text))
}

// cpuOf is the processor time of one process so far.
func cpuOf(pid int) (time.Duration, error) {
	t, err := readStat(pid)
	return t.own, err
}

// cpuOfServer is the processor time of a Postgres so far: of the postmaster, of its
// living children, and of those that ended and were reaped by it.
func cpuOfServer(postmaster int) (time.Duration, error) {
	t, err := readStat(postmaster)
	if err != nil {
		return 0, err
	}
	total := t.own + t.reaped
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0, err
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		child, err := readStat(pid)
		if err != nil && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH)) {
			continue // it ended meanwhile
		}
		if err != nil {
			return 0, err
		}
		if child.parent == postmaster {
			total += child.own
		}
	}
	return total, nil
}

// cpuOfSelf is the processor time of this process so far.
func cpuOfSelf() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// peakRSS is the most memory that a living process has had resident, in bytes.
func peakRSS(pid int) (int64, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0, fmt.Errorf("read a process's memory: %w", err)
	}
	return parsePeak(string(text))
}

// parsePeak finds the line "VmHWM:   12345 kB".
func parsePeak(status string) (int64, error) {
	for line := range strings.Lines(status) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == "VmHWM:" {
			n, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				return 0, fmt.Errorf("a process's peak memory: %w", err)
			}
			return n << 10, nil
		}
	}
	return 0, errors.New("a process's status does not tell its peak memory")
}

func mebibytes(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// usage is processor time of the product's process and of Postgres.
type usage struct{ client, server time.Duration }

func (u usage) minus(before usage) usage {
	return usage{u.client - before.client, u.server - before.server}
}

func (u usage) plus(other usage) usage {
	return usage{u.client + other.client, u.server + other.server}
}

func (u usage) total() time.Duration { return u.client + u.server }
