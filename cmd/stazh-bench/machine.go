package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// loadMax is the load at the start above which wall-clock figures mean little.
const loadMax = 2.0

// machine is what the figures were measured on.
type machine struct {
	Processor string
	Cores     int
	MemoryGiB float64
	Kernel    string
	Load      float64
	Postgres  string
	Began     time.Time
}

func readMachine(ctx context.Context, pool *pgxpool.Pool) (machine, error) {
	m := machine{Cores: runtime.NumCPU(), Processor: "unknown", Began: time.Now()}
	m.Processor = valueOf("/proc/cpuinfo", "model name")
	m.Kernel = strings.TrimSpace(textOf("/proc/sys/kernel/osrelease"))
	kib, _, _ := strings.Cut(valueOf("/proc/meminfo", "MemTotal"), " ")
	if n, err := strconv.ParseFloat(kib, 64); err == nil {
		m.MemoryGiB = n / (1 << 20)
	}
	m.Load = loadNow()
	err := pool.QueryRow(ctx, "SHOW server_version").Scan(&m.Postgres)
	return m, err
}

func loadNow() float64 {
	first, _, _ := strings.Cut(textOf("/proc/loadavg"), " ")
	load, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return 0
	}
	return load
}

// valueOf finds a line "name : value" of a file of /proc.
func valueOf(path, name string) string {
	for line := range strings.Lines(textOf(path)) {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

func textOf(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(text)
}

// lines describe the machine, one fact each.
func (m machine) lines() []string {
	return []string{
		fmt.Sprintf("%s, %d cores, %.0f GiB, Linux %s", m.Processor, m.Cores, m.MemoryGiB,
			m.Kernel),
		fmt.Sprintf("Postgres %s, %s, load %.1f at the start, %s", m.Postgres, runtime.Version(),
			m.Load, m.Began.UTC().Format("2006-01-02 15:04 UTC")),
	}
}

func (m machine) tell(w io.Writer) {
	for _, line := range m.lines() {
		fmt.Fprintln(w, line)
	}
	if m.Load > loadMax {
		fmt.Fprintf(w, "WARNING: the load is %.1f: trust processor time and ratios, no rates\n",
			m.Load)
	}
}
