package node_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

const unp, fundNo = "200988541", "602000017"

var actor = ledger.Actor{Subject: "test", Role: "payer"}

// open makes a node that follows, on a database of its own.
func open(t *testing.T) *node.Node {
	t.Helper()
	n, err := node.Open(t.Context(), node.Config{Dir: t.TempDir(), DatabaseURL: pgtest.DB(t),
		Clock: time.Now, Demo: true, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	require.NoError(t, err)
	n.Follow(t.Context())
	t.Cleanup(func() { require.NoError(t, n.Close(t.Context())) })
	_, err = n.Bus.RegisterPayer(t.Context(), commands.RegisterPayer{Actor: actor, UNP: unp,
		FundNo: fundNo, Name: "ООО ВАСИЛЁК", Kind: "employer",
		Since: period.MustDate("2015-01-01")})
	require.NoError(t, err)
	return n
}

// registrations writes ПУ-1 of many persons as NDJSON.
func registrations(t *testing.T, w io.Writer, count int) {
	t.Helper()
	out := bufio.NewWriter(w)
	lines := json.NewEncoder(out)
	require.NoError(t, lines.Encode(map[string]any{"pack": document.Pack{Form: document.PU1,
		UNP: unp, FundNo: fundNo, Name: "ООО ВАСИЛЁК"}}))
	for i := range count {
		birth := period.MustDate("1960-01-01").AddDays(i % 12_000)
		number, err := control.PersonalNo("М", birth, 'A', i/12_000, "PB")
		require.NoError(t, err)
		require.NoError(t, lines.Encode(document.Document{No: i + 1, Form: document.PU1,
			Type: document.Register, FundNo: fundNo, FilledOn: period.MustDate("2020-01-10"),
			Registration: &document.Registration{PersonalData: event.PersonalData{
				PersonalNo: number, Surname: "ИВАНОВ", Name: "ИВАН", Patronymic: "ПЕТРОВИЧ",
				Sex: "М", Citizenship: "112", BirthDate: birth, BirthCountry: "БЕЛАРУСЬ",
				BirthSettlement: "МИНСК", DocumentSeries: "МР", DocumentNo: "1234567",
				DocumentDate:   period.MustDate("2010-01-01"),
				DocumentIssuer: "РОВД", Postcode: "220000", Address: "МИНСК"}}}))
	}
	require.NoError(t, out.Flush())
}

// heapGrowthMax is what filing 100,000 documents may hold in memory: chunks of 500 with
// their states, the last batches for the followers, what commands and the log remember.
const heapGrowthMax = 112 << 20

// TestHundredThousandDocumentsInBoundedMemory files them in one file, and the clerk takes
// them in by itself.
func TestHundredThousandDocumentsInBoundedMemory(t *testing.T) {
	n := open(t)
	const count = 100_000
	file, err := os.Create(filepath.Join(t.TempDir(), "pu1.ndjson"))
	require.NoError(t, err)
	defer file.Close()
	registrations(t, file, count)
	_, err = file.Seek(0, io.SeekStart)
	require.NoError(t, err)

	peak := watchHeap(t)
	r, err := n.Bus.ReceiveFiling(t.Context(), commands.ReceiveFiling{Actor: actor, Payer: unp,
		Content: file, Channel: "api"})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		f, _, err := n.Models.Filing.ByReceipt(t.Context(), r.Number)
		return err == nil && f.Processed != nil && f.Processed.Accepted == count
	}, 3*time.Minute, 100*time.Millisecond)
	require.Positive(t, peak())
	t.Logf("the heap in use grew by at most %d MiB", peak()>>20)
	require.Less(t, peak(), int64(heapGrowthMax))
}

// watchHeap gives by how much the heap in use has grown at most since it was called, as
// each collection found it: garbage in between depends on how busy the machine is.
func watchHeap(t *testing.T) func() int64 {
	t.Helper()
	live := func() int64 {
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(sample)
		return int64(sample[0].Value.Uint64())
	}
	runtime.GC()
	before, peak := live(), atomic.Int64{}
	go func() {
		for t.Context().Err() == nil {
			peak.Store(max(peak.Load(), live()-before))
			time.Sleep(20 * time.Millisecond)
		}
	}()
	return peak.Load
}

// TestParkedDocumentsAreReleasedByThemselves files a hire before its person is known.
func TestParkedDocumentsAreReleasedByThemselves(t *testing.T) {
	t.Parallel()
	n := open(t)
	birth := period.MustDate("1985-05-05")
	number, err := control.PersonalNo("М", birth, 'A', 1, "PB")
	require.NoError(t, err)
	hire := fmt.Sprintf(`{"pack":{"form":"ПУ-2","unp":%q,"fund_no":%q}}
{"form":"ПУ-2","type":"И","fund_no":%q,"filled_on":"2020-01-01","year":2020,"quarters":"1","movements":[{"surname":"ИВАНОВ","initial":"И","initial2":"П","insurance_no":%q,"hired_on":"2020-01-01","contract":"01"}]}
`, unp, fundNo, fundNo, number)
	first := submit(t, n, hire)
	require.Eventually(t, func() bool {
		f, _, err := n.Models.Filing.ByReceipt(t.Context(), first.Number)
		return err == nil && f.Processed != nil && f.Processed.Parked == 1
	}, time.Minute, 20*time.Millisecond)

	submit(t, n, fmt.Sprintf(`{"pack":{"form":"ПУ-1","unp":%q,"fund_no":%q}}
{"form":"ПУ-1","type":"Р","fund_no":%q,"filled_on":"2020-01-01","registration":{"personal_no":%q,"surname":"ИВАНОВ","name":"ИВАН","patronymic":"ПЕТРОВИЧ","sex":"М","citizenship":"112","birth_date":"1985-05-05","birth_country":"БЕЛАРУСЬ","birth_settlement":"МИНСК","document_series":"МР","document_no":"1234567","document_date":"2010-01-01","document_issuer":"РОВД","postcode":"220000","address":"МИНСК"}}
`, unp, fundNo, fundNo, number))
	id := n.Keys.PersonID(number)
	require.Eventually(t, func() bool {
		p, _, err := n.Models.Account.Person(t.Context(), id)
		return err == nil && len(p.Employments) == 1
	}, time.Minute, 20*time.Millisecond)
	require.Eventually(t, func() bool { // another read model, which follows by itself
		parked, _, err := n.Models.Filing.Parked(t.Context(), unp)
		return err == nil && len(parked) == 0
	}, time.Minute, 20*time.Millisecond)
}

func submit(t *testing.T, n *node.Node, content string) commands.Receipt {
	t.Helper()
	r, err := n.Bus.ReceiveFiling(t.Context(), commands.ReceiveFiling{Actor: actor, Payer: unp,
		Content: strings.NewReader(content), Channel: "api"})
	require.NoError(t, err)
	return r
}

// registrationsFile is the NDJSON of registrations in memory.
func registrationsFile(t *testing.T, count int) string {
	t.Helper()
	var file strings.Builder
	registrations(t, &file, count)
	return file.String()
}
