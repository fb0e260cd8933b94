package pglog

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/logtest"
)

// sealer seals what is full after every append: almost all that is read comes from
// segments, and everything that can go over their edges does.
type sealer struct{ *Log }

func (s sealer) Append(
	ctx context.Context, batch ...ledger.StreamAppend,
) (ledger.Result, error) {
	result, err := s.Log.Append(ctx, batch...)
	if err != nil {
		return result, err
	}
	_, err = s.SealPartitions(ctx, SealOptions{All: true})
	if errors.Is(err, ErrSealPostponed) || ctx.Err() != nil {
		return result, nil
	}
	return result, err
}

func TestContractSealed(t *testing.T) {
	t.Parallel()
	options := Options{PartitionRows: 150, segmentBytes: 1_000}
	logtest.Run(t, func(t *testing.T) ledger.Log {
		return sealer{open(t, database(t), options)}
	})
	logtest.RunScanner(t, func(t *testing.T) ledger.Scanner {
		return sealer{open(t, database(t), options)}
	})
}

// What another process appended and sealed is found: where streams stand, and repetitions.
func TestAppendAfterSealed(t *testing.T) {
	t.Parallel()
	url := database(t)
	first := sealer{open(t, url, Options{PartitionRows: 10, segmentBytes: 500})}
	s, other := logtest.NewStream(), logtest.NewStream()
	batches := make([][]ledger.NewEvent, 8)
	for i := range batches {
		batches[i] = logtest.NewEvents(5)
		_, err := first.Append(t.Context(), logtest.Batch(s, ledger.Revision(5*i-1), batches[i]...))
		require.NoError(t, err)
	}
	for i := range 4 {
		_, err := first.Append(t.Context(),
			logtest.Batch(other, ledger.Revision(5*i-1), logtest.NewEvents(5)...))
		require.NoError(t, err)
	}
	fresh := open(t, url, Options{PartitionRows: 10})
	for i, events := range batches {
		r := appendTo(t, fresh, logtest.Batch(s, ledger.Revision(5*i-1), events...))
		require.True(t, r.Repeated)
		require.EqualValues(t, 5*i+5, r.Position)
	}
	_, err := fresh.Append(t.Context(), logtest.Batch(s, 3, logtest.NewEvents(3)...))
	var wrong *ledger.WrongRevisionError
	require.ErrorAs(t, err, &wrong)
	require.EqualValues(t, 39, wrong.Actual)
	fresh = open(t, url, Options{PartitionRows: 10})
	appendTo(t, fresh, logtest.Batch(s, 39, logtest.NewEvents(3)...))
	require.Equal(t, 63, verify(t, fresh))
}

// A stream that is asked for alone gives what it gives among others, wherever packs and
// segments begin in it.
func TestOneSealedStream(t *testing.T) {
	t.Parallel()
	log := sealer{open(t, database(t), Options{PartitionRows: 23, segmentBytes: 600})}
	streams := []ledger.StreamID{logtest.NewStream(), logtest.NewStream(), logtest.NewStream()}
	for round := range 9 {
		for i, s := range streams {
			n := 1 + 3*i
			_, err := log.Append(t.Context(),
				logtest.Batch(s, ledger.Revision(n*round-1), logtest.NewEvents(n)...))
			require.NoError(t, err)
		}
	}
	var alone, together []ledger.Event
	for e, err := range log.ReadStreams(t.Context(), streams...) {
		require.NoError(t, err)
		together = append(together, e)
	}
	for _, s := range streams {
		for e, err := range log.ReadStreams(t.Context(), s) {
			require.NoError(t, err)
			alone = append(alone, e)
		}
	}
	require.Len(t, alone, 9*(1+4+7))
	require.Equal(t, verified(t, together), verified(t, alone))
}

// What an administrator who took the triggers away did to segments is noticed by reading.
func TestManipulatedSegmentsAreNoticed(t *testing.T) {
	t.Parallel()
	const off = `ALTER TABLE ledger.segment DISABLE TRIGGER ALL;
		ALTER TABLE ledger.segment_places DISABLE TRIGGER ALL;
		ALTER TABLE ledger.context DISABLE TRIGGER ALL;`
	cases := []struct {
		name, sql          string
		all, streams, scan bool // who notices
	}{
		{"head", `UPDATE ledger.segment SET data = set_byte(data, 12, get_byte(data, 12) # 1)
			WHERE number = 0`, false, true, true},
		{"id", `UPDATE ledger.segment SET data = set_byte(data, 4 + 10 * 32 + 5,
			get_byte(data, 4 + 10 * 32 + 5) # 1) WHERE number = 0`, false, true, true},
		{"packed bytes", `UPDATE ledger.segment SET data = substr(data, 1, length(data) - 5)`,
			true, true, true},
		{"segment gone", `DELETE FROM ledger.segment WHERE number = 1`, true, true, true},
		{"segments swapped", `UPDATE ledger.segment s SET data = o.data FROM ledger.segment o
			WHERE s.pack = 1 AND o.pack = 2 AND s.number = o.number`, true, true, true},
		{"places gone", `DELETE FROM ledger.segment_places WHERE position > 40`, true, false, false},
		{"places moved", `UPDATE ledger.segment_places SET position = position + 1`,
			true, false, false},
		{"context", `UPDATE ledger.context SET stored =
			set_byte(stored, length(stored) - 1, get_byte(stored, length(stored) - 1) # 1)`,
			false, true, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			log, streams, url := sealable(t, Options{segmentBytes: 1_500})
			n, err := log.SealPartitions(t.Context(), SealOptions{All: true})
			require.NoError(t, err)
			require.Equal(t, 3, n)
			_, err = newPool(t, url).Exec(t.Context(), off+c.sql)
			require.NoError(t, err)
			log = open(t, url, Options{}) // which remembers nothing
			noticed := func(want bool, err error) {
				t.Helper()
				if want {
					require.ErrorIs(t, err, ledger.ErrCorrupt)
				} else {
					require.NoError(t, err)
				}
			}
			noticed(c.all, read(log.ReadAll(t.Context(), 0, 0), nil))
			var chains []*ledger.Verifier
			check := func(e *ledger.Event) error {
				if e.Revision == 0 {
					chains = append(chains, &ledger.Verifier{})
				}
				return chains[len(chains)-1].Check(e)
			}
			noticed(c.streams, read(log.ReadStreams(t.Context(), streams...), check))
			var alone error
			for _, stream := range streams {
				alone = errors.Join(alone, read(log.ReadStreams(t.Context(), stream), check))
			}
			noticed(c.streams, alone)
			events, err := log.ScanStreams(t.Context(), ledger.Scan{UpTo: 130, Verify: true},
				func([]ledger.Event) error { return nil })
			if err == nil && events != 130 {
				err = ledger.ErrCorrupt
			}
			noticed(c.scan, err)
		})
	}
}

// read gives the first error of a reading or of check.
func read(events iter.Seq2[ledger.Event, error], check func(*ledger.Event) error) error {
	for e, err := range events {
		if err == nil && check != nil {
			err = check(&e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Records of megabytes are sealed and read in pages that stay small.
func TestSealedLargeRecords(t *testing.T) {
	t.Parallel()
	url := database(t)
	log := open(t, url, Options{PartitionRows: 16})
	streams := []ledger.StreamID{logtest.NewStream(), ledger.Law, logtest.NewStream()}
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 4 {
		for i, s := range streams {
			events := logtest.NewEvents(3)
			for j := range events {
				payload := make([]byte, (600<<10)*(1+i*j))
				for k := range payload {
					payload[k] = byte(random.Uint32())
				}
				events[j].Payload = payload
			}
			appendTo(t, log, logtest.Batch(s, ledger.Revision(3*round-1), events...))
		}
	}
	n, err := log.SealPartitions(t.Context(), SealOptions{All: true})
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.Equal(t, 36, verify(t, log))
	var events []ledger.Event
	for e, err := range log.ReadStreams(t.Context(), streams...) {
		require.NoError(t, err)
		events = append(events, e)
	}
	require.Len(t, verified(t, events), 36)
	scanned, err := log.ScanStreams(t.Context(), ledger.Scan{UpTo: 36, Verify: true},
		func([]ledger.Event) error { return nil })
	require.NoError(t, err)
	require.EqualValues(t, 36, scanned)
}
