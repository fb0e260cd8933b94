package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/control"
)

func TestPlaceOfAFinding(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]control.Finding{
		"line 4, document 1, /a: got 6, expected 5": {Line: 4, Document: 1, Pointer: "/a",
			Got: "6", Expected: "5"},
		"cell B2, expected 5": {Cell: "B2", Line: 2, Expected: "5"},
		"line 4":              {Line: 4},
		// About the file as a whole, as a difference between two reports is.
		"got 1.00, expected 2.00": {Got: "1.00", Expected: "2.00"},
		"":                        {},
	} {
		require.Equal(t, want, placeText(f))
	}
}
