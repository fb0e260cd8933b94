package commands_test

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

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
