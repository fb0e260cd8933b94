package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// figure is one measured value beside what bare Postgres does with the same rows in the
// same run. Ratio is value ÷ floor, for rates and for times alike. Floor, Ratio and Met
// are null where there is nothing to compare with.
type figure struct {
	Name   string   `json:"name"`
	Value  float64  `json:"value"`
	Unit   string   `json:"unit"`
	Floor  *float64 `json:"floor"`
	Ratio  *float64 `json:"ratio"`
	Target string   `json:"target"`
	Met    *bool    `json:"met"`
	// CPUClient and CPUServer are microseconds per record (or append): of the product's
	// process, and of all processes of its Postgres. What makes the load is in neither.
	CPUClient float64 `json:"cpu_client_us,omitempty"`
	CPUServer float64 `json:"cpu_server_us,omitempty"`
	PeakRSS   float64 `json:"peak_rss_mib,omitempty"`
	Note      string  `json:"note,omitempty"`
}

// target is what a figure is to reach: a bound of its ratio or of its value.
type target struct {
	what  string // ratio or value
	order string // >= or <=
	bound float64
}

func ratioAtLeast(bound float64) target { return target{"ratio", ">=", bound} }
func ratioAtMost(bound float64) target  { return target{"ratio", "<=", bound} }
func valueAtLeast(bound float64) target { return target{"value", ">=", bound} }
func valueAtMost(bound float64) target  { return target{"value", "<=", bound} }

func (t target) String() string { return fmt.Sprintf("%s %s %s", t.what, t.order, number(t.bound)) }

// against sets floor and ratio; a floor that is no positive number is none.
func (f figure) against(floor float64) figure {
	if floor > 0 && !math.IsInf(floor, 0) {
		ratio := f.Value / floor
		f.Floor, f.Ratio = &floor, &ratio
	}
	return f
}

// aim sets the targets and whether all of them are met. A ratio that could not be taken
// meets nothing.
func (f figure) aim(targets ...target) figure {
	met, texts := true, make([]string, len(targets))
	for i, t := range targets {
		texts[i] = t.String()
		value := f.Value
		if t.what == "ratio" {
			if f.Ratio == nil {
				met = false
				continue
			}
			value = *f.Ratio
		}
		met = met && (t.order == ">=" && value >= t.bound || t.order == "<=" && value <= t.bound)
	}
	f.Target, f.Met = strings.Join(texts, ", "), &met
	return f
}

// cost adds what the work took of processors, per record.
func (f figure) cost(client, server time.Duration, records int) figure {
	f.CPUClient, f.CPUServer = perRecord(client, records), perRecord(server, records)
	return f
}

func perRecord(d time.Duration, records int) float64 {
	if records <= 0 {
		return 0
	}
	return float64(d.Nanoseconds()) / 1000 / float64(records)
}

func milliseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// writeLines writes one JSON object a line.
func writeLines(w io.Writer, figures []figure) error {
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	for _, f := range figures {
		if err := lines.Encode(f); err != nil {
			return fmt.Errorf("write the figures: %w", err)
		}
	}
	return nil
}

// readLines reads what writeLines wrote.
func readLines(r io.Reader) ([]figure, error) {
	var list []figure
	for lines := json.NewDecoder(r); ; {
		var f figure
		err := lines.Decode(&f)
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the figures: %w", err)
		}
		list = append(list, f)
	}
}

// cells are the columns of a figure in a table.
func (f figure) cells() []string {
	floor, ratio, met := "", "", ""
	if f.Floor != nil {
		floor, ratio = number(*f.Floor), fmt.Sprintf("%.2f", *f.Ratio)
	}
	if f.Met != nil {
		met = map[bool]string{true: "yes", false: "no"}[*f.Met]
	}
	return []string{f.Name, number(f.Value), f.Unit, floor, ratio, f.Target, met,
		blankZero(f.CPUClient), blankZero(f.CPUServer), blankZero(f.PeakRSS), f.Note}
}

var columns = []string{"figure", "value", "unit", "floor", "ratio", "target", "met",
	"client µs", "server µs", "RSS MiB", "note"}

func blankZero(v float64) string {
	if v == 0 {
		return ""
	}
	return number(v)
}

// show prints the table for people.
func show(w io.Writer, figures []figure) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(columns, "\t"))
	for _, f := range figures {
		fmt.Fprintln(t, strings.Join(f.cells(), "\t"))
	}
	return t.Flush()
}

// number has three significant digits, and all of them before the point.
func number(v float64) string {
	switch a := math.Abs(v); {
	case a > 0 && a < 0.1:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case a >= 100:
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}
