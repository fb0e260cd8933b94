// Command stazh-bench measures Stazh against the limits of the machine it runs on: each
// figure beside what bare Postgres does with the same rows in the same run, on the same
// Postgres, which it starts for itself with everything durable. It prints a table and
// writes one JSON line a figure into the file that -out names.
//
// What is measured is the product: its server, a process of its own, is filed to over
// HTTP by a load generator that is another process, so that the processor time of each is
// known. Every result is checked, to the kopeck; a run whose results are wrong prints no
// figure and fails.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// config is what the command line says.
type config struct {
	scale   int
	events  int // of the large ledger; 0 follows from the scale
	only    []string
	persons int // of the country; 0 follows from the scale
	seconds int // of steps that last a time; 0 follows from the scale
	out     string
	report  string // the page to write the figures of -out into, and do nothing else
	part    string // of the page that they are written into
	profile string // prefix of the files for CPU profiles
	dir     string // where data are put; a temporary directory by default
	wrong   bool   // spoil the control totals, to see that no figure comes out
	peers   string // directory with the programs that measure peers; empty for none
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == childFlag {
		exit(runDuty(context.Background(), os.Args[2]))
	}
	var c config
	var only string
	flag.IntVar(&c.scale, "scale", 1, "multiplies the ledger of 1 million events")
	flag.IntVar(&c.events, "events", 0, "events of the large ledger")
	flag.StringVar(&only, "only", "", "steps to take, separated by commas: "+stepNames())
	flag.IntVar(&c.persons, "persons", 0, "insured persons of the country (4500000 is all of it)")
	flag.IntVar(&c.seconds, "seconds", 0, "duration of the steps lossless and storm")
	flag.StringVar(&c.out, "out", "bench.jsonl", "file for the JSON lines")
	flag.StringVar(&c.report, "report", "", "write the figures of -out into this page, only")
	flag.StringVar(&c.part, "part", "bench", "part of the page")
	flag.StringVar(&c.profile, "cpuprofile", "", "prefix of files for CPU profiles")
	flag.StringVar(&c.dir, "dir", "", "directory for data (default: a temporary one)")
	flag.BoolVar(&c.wrong, "wrong", false, "spoil control totals by a kopeck: must fail")
	flag.StringVar(&c.peers, "peers", "", "measure the peers of this directory, only")
	flag.Parse()
	if only != "" {
		c.only = strings.Split(only, ",")
	}
	if c.report != "" {
		exit(writeReport(c.report, c.part, c.out))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit(run(ctx, c))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "stazh-bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run takes the steps and shows their figures.
func run(ctx context.Context, c config) (err error) {
	b := &bench{config: c, logger: slog.New(slog.NewTextHandler(os.Stderr,
		&slog.HandlerOptions{Level: slog.LevelWarn}))}
	todo, err := b.steps()
	if err != nil {
		return err
	}
	if b.dir == "" {
		if b.dir, err = os.MkdirTemp("", "stazh-bench-"); err != nil {
			return err
		}
		defer os.RemoveAll(b.dir) //nolint:errcheck // a temporary directory
		// Postgres runs as another user when root starts it.
		if err := os.Chmod(b.dir, 0o755); err != nil {
			return err
		}
	}
	if b.cluster, err = startCluster(ctx, b.dir, b.logger); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.cluster.close(context.WithoutCancel(ctx))) }()
	if err := b.tellMachine(ctx); err != nil {
		return err
	}
	if err := b.take(ctx, todo); err != nil {
		return err
	}
	file, err := os.Create(c.out)
	if err != nil {
		return err
	}
	if err := errors.Join(writeLines(file, b.figures), file.Close()); err != nil {
		return err
	}
	return show(os.Stdout, b.figures)
}
