// Command stazh-bench measures Stazh against the limits of the machine it runs on: each
// figure beside what bare Postgres, or bare reading, does with the same rows in the same
// run. It starts a Postgres of its own with everything durable, prints a table, and one
// JSON line a figure into the file that -out names.
//
// A run whose results are wrong prints no figures: control totals and a full replay are
// compared first.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/pprof"
	"text/tabwriter"
	"time"

	"github.com/stazh/stazh/api/node"
)

// figure is one measured value beside its limit. Ratio is value ÷ limit for rates and
// limit ÷ value for times, so that 1 is the limit and more is better.
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Limit float64 `json:"limit,omitempty"`
	Ratio float64 `json:"ratio,omitempty"`
	What  string  `json:"limit_is,omitempty"`
}

func main() {
	scale := flag.Int("scale", 1, "multiplies the number of records")
	out := flag.String("out", "bench.jsonl", "file for the JSON lines")
	only := flag.String("only", "", "measure only steps whose name holds this text")
	profile := flag.String("cpuprofile", "", "file for a CPU profile of the whole run")
	flag.Parse()
	if *profile != "" {
		file, err := os.Create(*profile)
		if err == nil {
			err = pprof.StartCPUProfile(file)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "stazh-bench:", err)
			os.Exit(2)
		}
		defer pprof.StopCPUProfile()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *scale, *only, *out); err != nil {
		fmt.Fprintln(os.Stderr, "stazh-bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, scale int, only, out string) error {
	dir, err := os.MkdirTemp("", "stazh-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary directory
	n, err := node.Open(ctx, node.Config{Dir: dir, Demo: true, Clock: time.Now,
		Logger: slog.New(slog.NewTextHandler(os.Stderr,
			&slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		return err
	}
	defer n.Close(context.WithoutCancel(ctx)) //nolint:errcheck // measured already
	b := &bench{node: n, scale: scale, only: only}
	if err := b.all(ctx); err != nil {
		return err
	}
	file, err := os.Create(out)
	if err != nil {
		return err
	}
	for _, f := range b.figures {
		if err := json.NewEncoder(file).Encode(f); err != nil {
			return err
		}
	}
	show(os.Stdout, b.figures)
	return file.Close()
}

func show(w io.Writer, figures []figure) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "figure\tvalue\tunit\tlimit\tratio\tthe limit is")
	for _, f := range figures {
		limit, ratio := "", ""
		if f.Limit > 0 {
			limit, ratio = number(f.Limit), fmt.Sprintf("%.2f", f.Ratio)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", f.Name, number(f.Value), f.Unit, limit,
			ratio, f.What)
	}
	t.Flush() //nolint:errcheck // standard output
}

func number(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
