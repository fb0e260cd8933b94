package pgrun

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

const (
	kib = int64(1) << 10
	mib = int64(1) << 20
	gib = int64(1) << 30
	// memoryUnknown is assumed when the machine does not say how much memory it has.
	memoryUnknown = 2 * gib
)

// settings gives the settings of the server as -c arguments. They go on the command line, not
// into postgresql.conf, so that they follow the program's version and not the directory's age.
func settings(extra map[string]string, sockDir string, memory int64, lz4 bool) []string {
	compression := "on"
	if lz4 {
		compression = "lz4"
	}
	all := map[string]string{
		"max_connections":      "100",
		"shared_buffers":       megabytes(clamp(memory/8, 128*mib, 2*gib)),
		"effective_cache_size": megabytes(clamp(memory/2, 256*mib, 64*gib)),
		"maintenance_work_mem": megabytes(clamp(memory/32, 64*mib, 512*mib)),
		"work_mem":             "16MB",
		// Batches of events come in bursts: few and spread checkpoints, small log.
		"max_wal_size":                 "4GB",
		"min_wal_size":                 "256MB",
		"checkpoint_timeout":           "15min",
		"checkpoint_completion_target": "0.9",
		"wal_compression":              compression,
		// Durability is the product: said outright, whatever postgresql.conf holds.
		"fsync":              "on",
		"full_page_writes":   "on",
		"synchronous_commit": "on",
		// Compiling pays for long analytical queries only; ours are short or sequential.
		"jit":              "off",
		"random_page_cost": "1.1",
		"timezone":         "UTC",
		"log_timezone":     "UTC",
		"lc_messages":      "C", // remedies are found by the English words
		"cluster_name":     "stazh",
		"log_destination":  "stderr",
		// The collector would write a file that root's directories may not let it write.
		"logging_collector": "off",
		"log_line_prefix":   "%m [%p] ",
		// Personal data must not reach the log: no statements, no values, no details.
		"log_statement":              "none",
		"log_min_error_statement":    "panic",
		"log_error_verbosity":        "terse",
		"log_min_duration_statement": "-1",
	}
	maps.Copy(all, extra)
	// What keeps the server private cannot be overridden.
	all["listen_addresses"] = ""
	all["port"] = port
	all["unix_socket_directories"] = sockDir
	all["unix_socket_permissions"] = "0700"

	args := make([]string, 0, 2*len(all))
	for _, key := range slices.Sorted(maps.Keys(all)) {
		args = append(args, "-c", key+"="+all[key])
	}
	return args
}

func clamp(v, low, high int64) int64 { return max(low, min(v, high)) }

func megabytes(bytes int64) string { return fmt.Sprintf("%dMB", bytes/mib) }

// memoryBytes is the memory that Postgres can count on: the machine's, or what the control
// group of a container allows.
func memoryBytes() int64 {
	memory := memoryUnknown
	if total, ok := memTotal("/proc/meminfo"); ok {
		memory = total
	}
	for _, path := range []string{
		"/sys/fs/cgroup/memory.max",                   // version 2
		"/sys/fs/cgroup/memory/memory.limit_in_bytes", // version 1
	} {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		// "max" or a huge number means no limit.
		if limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
			memory = min(memory, limit)
		}
	}
	return memory
}

// memTotal reads the line "MemTotal: 24608744 kB".
func memTotal(path string) (int64, bool) {
	f, err := os.Open(path)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) == 3 && fields[0] == "MemTotal:" && fields[2] == "kB" {
			v, err := strconv.ParseInt(fields[1], 10, 64)
			return v * kib, err == nil && v > 0
		}
	}
	return 0, false
}
