package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFigureIsMetByItsTargets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		value   float64
		floor   float64
		targets []target
		met     bool
		text    string
	}{
		{"rate above", 80, 100, []target{ratioAtLeast(0.7)}, true, "ratio >= 0.70"},
		{"rate at the bound", 70, 100, []target{ratioAtLeast(0.7)}, true, "ratio >= 0.70"},
		{"rate below", 69, 100, []target{ratioAtLeast(0.7)}, false, "ratio >= 0.70"},
		{"time within", 2, 1, []target{ratioAtMost(2)}, true, "ratio <= 2.00"},
		{"time beyond", 2.1, 1, []target{ratioAtMost(2)}, false, "ratio <= 2.00"},
		{"one of two missed", 1, 1, []target{ratioAtMost(2), valueAtLeast(2)}, false,
			"ratio <= 2.00, value >= 2.00"},
		{"no floor", 1, 0, []target{ratioAtMost(2)}, false, "ratio <= 2.00"},
		{"value alone", 15, 0, []target{valueAtMost(15)}, true, "value <= 15.0"},
	} {
		f := figure{Value: c.value}.against(c.floor).aim(c.targets...)
		require.Equal(t, c.met, *f.Met, c.name)
		require.Equal(t, c.text, f.Target, c.name)
	}
}

func TestLinesHaveTheirFieldsAlways(t *testing.T) {
	t.Parallel()
	list := []figure{
		{Name: "bare", Value: 1, Unit: "ms"},
		figure{Name: "whole", Value: 1, Unit: "records/s", PeakRSS: 3, Note: "x < y"}.against(2).
			aim(ratioAtLeast(1)).cost(time.Millisecond, 2*time.Millisecond, 10),
	}
	var out bytes.Buffer
	require.NoError(t, writeLines(&out, list))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 2)
	require.JSONEq(t, `{"name":"bare","value":1,"unit":"ms","floor":null,"ratio":null,
		"target":"","met":null}`, lines[0])
	require.JSONEq(t, `{"name":"whole","value":1,"unit":"records/s","floor":2,"ratio":0.5,
		"target":"ratio >= 1.00","met":false,"cpu_client_us":100,"cpu_server_us":200,
		"peak_rss_mib":3,"note":"x < y"}`, lines[1])
	again, err := readLines(&out)
	require.NoError(t, err)
	require.Equal(t, list, again)
	require.True(t, json.Valid([]byte(lines[1])))
}

func TestTableShowsEveryFigure(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, show(&out, []figure{
		figure{Name: "T1", Value: 50_000, Unit: "records/s"}.against(100_000).
			aim(ratioAtLeast(0.7)), {Name: "T2", Value: 0.001, Unit: "s"}}))
	lines := strings.Split(out.String(), "\n")
	require.Regexp(t, `^figure +value +unit +floor +ratio +target +met`, lines[0])
	require.Regexp(t, `^T1 +50000 +records/s +100000 +0\.50 +ratio >= 0\.70 +no`, lines[1])
	require.Regexp(t, `^T2 +0\.001 +s `, lines[2])
}

func TestReportReplacesItsPartOfThePage(t *testing.T) {
	t.Parallel()
	page := "before\n" + reportBegin("x") + "\nold\n" + reportEnd("x") + "\nafter\n"
	list := []figure{{Name: machineFigure, Note: "two cores"},
		figure{Name: "T1", Value: 1, Unit: "s"}.against(1).aim(ratioAtMost(2))}
	text, err := insertFigures(page, "x", markdown(list))
	require.NoError(t, err)
	require.NotContains(t, text, "old")
	require.Contains(t, text, "two cores\n\n| figure | value |")
	require.Contains(t, text, "| T1 | 1.00 | s | 1.00 | 1.00 | ratio <= 2.00 | yes |")
	require.True(t, strings.HasPrefix(text, "before\n") && strings.HasSuffix(text, "\nafter\n"))
	again, err := insertFigures(text, "x", markdown(list))
	require.NoError(t, err)
	require.Equal(t, text, again)
	_, err = insertFigures(page, "y", "figures of another part")
	require.ErrorIs(t, err, errNoPlace)
}
