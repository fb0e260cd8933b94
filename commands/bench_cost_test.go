package commands_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// countedConn counts the round trips of a connection: readings that follow a writing.
type countedConn struct {
	net.Conn
	trips *atomic.Int64
	wrote atomic.Bool
}

func (c *countedConn) Write(b []byte) (int, error) {
	if !c.wrote.Swap(true) {
		c.trips.Add(1)
	}
	return c.Conn.Write(b)
}

func (c *countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.wrote.Store(false)
	return n, err
}

// cost is what something took.
type cost struct {
	wall, client, server time.Duration
	allocs, bytes        uint64
	commits, trips       int64
}

func (c *cost) add(x cost) {
	c.wall += x.wall
	c.client += x.client
	c.server += x.server
	c.allocs += x.allocs
	c.bytes += x.bytes
	c.commits += x.commits
	c.trips += x.trips
}

func (s *station) measure(do func()) (c cost) {
	s.tb.Helper()
	runtime.GC()
	var before, after runtime.MemStats
	client, server, commits, trips := clientTime(s.tb), s.serverTime(), s.commits(), s.trips.Load()
	runtime.ReadMemStats(&before)
	start := time.Now()
	do()
	c.wall = time.Since(start)
	c.client = clientTime(s.tb) - client
	runtime.ReadMemStats(&after)
	c.trips = s.trips.Load() - trips
	c.server = s.serverTime() - server
	c.commits = s.commits() - commits
	c.allocs, c.bytes = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
	return c
}

// clientTime is the processor time of this process so far.
func clientTime(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	require.NoError(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// commits is the number of transactions that have written something.
func (s *station) commits() (n int64) {
	require.NoError(s.tb, s.pool.QueryRow(context.Background(),
		"SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").Scan(&n))
	return n
}

// ticks is the kernel's unit of processor times (USER_HZ) in /proc.
const ticks = time.Second / 100

// serverTime is the processor time of the whole Postgres cluster so far, with those of its
// processes that have ended.
func (s *station) serverTime() (total time.Duration) {
	s.tb.Helper()
	postmaster := strconv.Itoa(s.server.PID())
	add := func(pid string) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%s/stat", pid))
		if err != nil {
			return // it has ended, and its parent counts it
		}
		// The name in brackets may hold anything; state is the first field after it.
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		for i, field := range fields[11:15] { // utime, stime, and those of ended children
			n, err := strconv.ParseInt(string(field), 10, 64)
			require.NoError(s.tb, err)
			if i < 2 || pid == postmaster {
				total += time.Duration(n) * ticks
			}
		}
	}
	add(postmaster)
	children, err := os.ReadFile(fmt.Sprintf("/proc/%s/task/%s/children", postmaster, postmaster))
	require.NoError(s.tb, err)
	for child := range strings.FieldsSeq(string(children)) {
		add(child)
	}
	return total
}
