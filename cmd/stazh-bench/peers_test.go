package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Ours stands beside the peer's figure of the same kind and number of clients.
func TestPeersStandBesideOurs(t *testing.T) {
	t.Parallel()
	b := &bench{}
	p := peer{name: "P", appends: 6, read: 0.8, project: 20}
	ours := []peerLine{{What: "append", Clients: 8, Rate: 100}, {What: "append", Clients: 64,
		Rate: 600}, {What: "append", Clients: 64, HTTP: true, Rate: 300}, {What: "read", P50: 1},
		{What: "project", Rate: 1000}}
	theirs := []peerLine{{What: "append", Clients: 8, Rate: 50}, {What: "append", Clients: 64,
		Rate: 100}, {What: "project", Clients: 1, Count: 7, Rate: 100},
		{What: "logged", Count: 9}, {What: "read", Clients: 1, P50: 2}}
	b.addPeer(p, ours, theirs)
	var got []string
	for _, f := range b.figures {
		met := "-"
		if f.Met != nil {
			met = map[bool]string{true: "met", false: "missed"}[*f.Met]
		}
		got = append(got, f.Name+" "+number(*f.Ratio)+" "+met)
	}
	require.Equal(t, []string{"single appends by 8, beside P 2.00 -",
		"single appends by 64, beside P 6.00 met",
		"single appends over HTTP by 64, beside P 3.00 missed",
		"300 events of a stream, p50, beside P 0.50 met",
		"read model beside P 10.0 missed"}, got)
	require.Equal(t, "theirs handled 7 of 9 events", b.figures[4].Note)
}

func TestStepsAreChosenByName(t *testing.T) {
	t.Parallel()
	b := &bench{config: config{only: []string{"replay", "bulk"}}}
	list, err := b.steps()
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, "bulk", list[0].name, "in the order of a whole run")
	b.only = []string{"nothing"}
	_, err = b.steps()
	require.ErrorContains(t, err, "growth")
}
