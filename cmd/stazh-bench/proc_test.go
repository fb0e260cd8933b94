package main

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseStatCountsFromTheLastParenthesis(t *testing.T) {
	t.Parallel()
	const line = "812 (post gres: a) b) S 41 812 812 0 -1 4194560 1 2 3 4 70 30 11 9 20 0 1 0\n"
	got, err := parseStat(line)
	require.NoError(t, err)
	require.Equal(t, procTimes{parent: 41, own: time.Second, reaped: 200 * time.Millisecond}, got)
	for _, wrong := range []string{"", "812 (x", "812 (x) S 41",
		"812 (x) S a b c d e f g h i j k l m n o"} {
		_, err := parseStat(wrong)
		require.Error(t, err, wrong)
	}
}

func TestParsePeak(t *testing.T) {
	t.Parallel()
	n, err := parsePeak("Name:\tx\nVmPeak:\t  900 kB\nVmHWM:\t  512 kB\n")
	require.NoError(t, err)
	require.Equal(t, int64(512<<10), n)
	_, err = parsePeak("Name:\tx\n")
	require.Error(t, err)
}

// What a child has used is counted while it lives and after its parent has reaped it, and
// once in both cases.
func TestProcessorTimeOfLivingAndEndedChildren(t *testing.T) {
	t.Parallel()
	// The shell is the postmaster here; its first child burns time, ends and is reaped,
	// its second one burns time and stays.
	const burn = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"
	shell := exec.Command("sh", "-c", "sh -c '"+burn+"'; sh -c '"+burn+
		"; echo ready; read x'; :")
	in, err := shell.StdinPipe()
	require.NoError(t, err)
	out, err := shell.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, shell.Start())
	_, err = out.Read(make([]byte, 8))
	require.NoError(t, err)
	total, err := cpuOfServer(shell.Process.Pid)
	require.NoError(t, err)
	times, err := readStat(shell.Process.Pid)
	require.NoError(t, err)
	require.Positive(t, times.reaped, "the first child is reaped")
	require.Greater(t, total, times.own+times.reaped, "the second child is counted")
	require.NoError(t, in.Close())
	require.NoError(t, shell.Wait())
	require.Less(t, total, time.Minute)
}

func TestProcessorTimeOfSelf(t *testing.T) {
	t.Parallel()
	before := cpuOfSelf()
	for began := time.Now(); time.Since(began) < 30*time.Millisecond; {
	}
	require.Greater(t, cpuOfSelf(), before)
	used, err := cpuOf(os.Getpid())
	require.NoError(t, err)
	require.LessOrEqual(t, used, cpuOfSelf()+2*tick)
	peak, err := peakRSS(os.Getpid())
	require.NoError(t, err)
	require.Greater(t, peak, int64(1<<20))
}
