package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/stazh/stazh/commands/intake/control"
)

// place is where a finding stands.
type place struct {
	Code     string `json:"code"`
	Document int    `json:"document"`
	Line     int    `json:"line"`
	Pointer  string `json:"pointer"`
}

// cmdFindings compares the findings of a JSON answer, but for those of the named rules,
// with a list of what was planted. The answer is one object with "findings", or one
// finding a line.
func cmdFindings(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: findings ANSWER PLANTED [CODE...]")
	}
	var got, want []place
	for _, f := range findingsIn(ts, args[0]) {
		if !slices.Contains(args[2:], f.Code) {
			got = append(got, place{f.Code, f.Document, f.Line, f.Pointer})
		}
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &want))
	byDocument := func(a, b place) int {
		return strings.Compare(fmt.Sprintf("%06d %s %s", a.Document, a.Code, a.Pointer),
			fmt.Sprintf("%06d %s %s", b.Document, b.Code, b.Pointer))
	}
	slices.SortFunc(got, byDocument)
	slices.SortFunc(want, byDocument)
	if !slices.Equal(got, want) {
		ts.Fatalf("findings are\n%v\nplanted were\n%v", got, want)
	}
}

// findingsIn reads an answer: one object with "findings", or one finding a line.
func findingsIn(ts *testscript.TestScript, name string) []control.Finding {
	answer := []byte(ts.ReadFile(name))
	var whole struct {
		Findings []control.Finding `json:"findings"`
	}
	if json.Unmarshal(answer, &whole) == nil {
		return whole.Findings
	}
	var list []control.Finding
	for d := json.NewDecoder(bytes.NewReader(answer)); ; {
		var f control.Finding
		if err := d.Decode(&f); errors.Is(err, io.EOF) {
			return list
		} else {
			ts.Check(err)
		}
		list = append(list, f)
	}
}

// cmdSameFindings checks that two answers have the same findings, and some.
func cmdSameFindings(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: same-findings ANSWER ANSWER")
	}
	one, other := findingsIn(ts, args[0]), findingsIn(ts, args[1])
	if len(one) == 0 || !reflect.DeepEqual(one, other) {
		ts.Fatalf("%d findings in %s are not the %d in %s", len(one), args[0], len(other),
			args[1])
	}
}
