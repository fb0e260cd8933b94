package commands_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/fixtures/law"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/memlog"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
)

const unp, fundNo = "200988541", "602000017"

var clerk = ledger.Actor{Subject: "accountant", Role: "payer"}

// kit is a bus over a log, with the law published and one payer registered.
type kit struct {
	t   testing.TB
	bus *commands.Bus
	log ledger.Log
	now *time.Time
}

func newKit(t testing.TB, wrap func(ledger.Log) ledger.Log) *kit {
	t.Helper()
	now := time.Date(2018, 4, 12, 9, 0, 0, 0, time.UTC)
	k := &kit{t: t, now: &now}
	clock := func() time.Time { return *k.now }
	base := ledger.Log(lawful.branch(t, clock))
	keys, err := seal.NewKeyring(bytes.Repeat([]byte{7}, seal.KeySize), seal.NewMemoryVault())
	require.NoError(t, err)
	k.bus = &commands.Bus{Log: base, Keys: keys, Archive: newMemoryArchive(),
		Law: commands.NewLawbook(base, clock), Clock: clock,
		Logger: slog.New(slog.DiscardHandler)}
	k.register(unp, fundNo, "employer")
	k.log = base
	if wrap != nil {
		k.bus.Log = wrap(base)
	}
	return k
}

// lawful is a ledger of the law alone, from which those of all kits branch off: publishing
// it takes longer than most tests.
var lawful trunk

type trunk struct {
	once sync.Once
	log  *memlog.Log
}

func (l *trunk) branch(t testing.TB, clock func() time.Time) *memlog.Log {
	t.Helper()
	l.once.Do(func() {
		log := memlog.New(clock)
		k := &kit{t: t, bus: &commands.Bus{Log: log, Law: commands.NewLawbook(log, clock),
			Clock: clock, Logger: slog.New(slog.DiscardHandler)}}
		k.publish()
		l.log = log
	})
	require.NotNil(t, l.log, "the law cannot be published: see the first test that failed")
	return l.log.Branch(clock)
}

func (k *kit) publish() {
	k.t.Helper()
	c := k.law()
	n, err := k.bus.PublishLaw(k.t.Context(), c)
	require.NoError(k.t, err)
	require.Positive(k.t, n)
	again, err := k.bus.PublishLaw(k.t.Context(), c)
	require.NoError(k.t, err)
	require.Zero(k.t, again, "publishing the same law again must do nothing")
}

// law is all that the program's own files say, without demonstration values.
func (k *kit) law() commands.PublishLaw {
	k.t.Helper()
	parameters, err := law.Parameters()
	require.NoError(k.t, err)
	lists, err := law.Classifiers()
	require.NoError(k.t, err)
	c := commands.PublishLaw{Actor: clerk,
		RulePacks: []event.RulePackPublished{control.DefaultPack()}}
	for _, p := range parameters {
		c.Parameters = append(c.Parameters, account.PublishedOf(p))
	}
	for _, l := range lists {
		c.Classifiers = append(c.Classifiers, l.Published())
	}
	return c
}

func (k *kit) register(unp, fundNo, kind string) {
	k.t.Helper()
	_, err := k.bus.RegisterPayer(k.t.Context(), commands.RegisterPayer{Actor: clerk, UNP: unp,
		FundNo: fundNo, Name: "ООО ВАСИЛЁК", Kind: kind,
		Since: period.MustDate("2015-01-01")})
	require.NoError(k.t, err)
}

// receive files bytes and gives the receipt.
func (k *kit) receive(payer string, content []byte) commands.Receipt {
	k.t.Helper()
	r, err := k.bus.ReceiveFiling(k.t.Context(), commands.ReceiveFiling{Actor: clerk, Payer: payer,
		Content: bytes.NewReader(content), Channel: "command"})
	require.NoError(k.t, err)
	return r
}

// file receives and processes, and gives the result.
func (k *kit) file(content []byte) account.Filing {
	k.t.Helper()
	return k.fileBy(unp, content)
}

func (k *kit) fileBy(payer string, content []byte) account.Filing {
	k.t.Helper()
	r := k.receive(payer, content)
	require.NoError(k.t, k.bus.ProcessFiling(k.t.Context(), payer, r.Filing))
	return k.filing(r)
}

func (k *kit) filing(r commands.Receipt) account.Filing {
	k.t.Helper()
	_, filings := k.payer(r.Payer)
	f, ok := filings.Filing(r.Filing)
	require.True(k.t, ok)
	return f
}

func (k *kit) payer(unp string) (*account.Payer, *account.Filings) {
	k.t.Helper()
	payer, filings := account.NewPayer(unp), account.NewFilings()
	for e, err := range k.log.ReadStreams(k.t.Context(), ledger.PayerStream(unp)) {
		require.NoError(k.t, err)
		payload, err := event.Decode(e)
		require.NoError(k.t, err)
		payer.Apply(e, payload)
		filings.Apply(e, payload)
	}
	return payer, filings
}

func (k *kit) person(number string) *account.Person {
	k.t.Helper()
	p := account.NewPerson(k.bus.Keys.PersonID(number))
	for e, err := range k.log.ReadStreams(k.t.Context(), ledger.PersonStream(p.ID)) {
		require.NoError(k.t, err)
		payload, err := event.Decode(e)
		require.NoError(k.t, err)
		p.Apply(e, payload)
	}
	return p
}

// findings reads what the archive keeps of a filing.
func (k *kit) findings(f account.Filing) []control.Finding {
	k.t.Helper()
	var all []control.Finding
	for _, name := range f.Findings {
		content, err := k.bus.Archive.Open(k.t.Context(), name)
		require.NoError(k.t, err)
		for d := json.NewDecoder(content); d.More(); {
			var one control.Finding
			require.NoError(k.t, d.Decode(&one))
			all = append(all, one)
		}
	}
	return all
}

// digest is all that the ledger says, but for recorded times and the order of streams.
func (k *kit) digest() map[ledger.StreamID][]string {
	k.t.Helper()
	all := map[ledger.StreamID][]string{}
	for e, err := range k.log.ReadAll(k.t.Context(), 0, 0) {
		require.NoError(k.t, err)
		text := fmt.Sprintf("%d %s %s %x", e.Revision, e.ID, e.Type, e.Payload)
		all[e.Stream] = append(all[e.Stream], text)
	}
	return all
}

// worker is an invented insured person.
type worker struct{ number, surname, name, patronymic string }

// workerNo makes the nth invented person, with a valid personal number.
func workerNo(t testing.TB, n int) worker {
	t.Helper()
	birth, ok := period.NewDate(1980, 1+n%12, 1+n%28)
	require.True(t, ok)
	number, err := control.PersonalNo("М", birth, 'A', n/12%1000, "PB")
	require.NoError(t, err)
	surnames := []string{"ИВАНОВ", "ПЕТРОВ", "СИДОРОВ", "КОВАЛЬ", "НОВИК"}
	return worker{number, surnames[n%len(surnames)], "ИВАН", "ПЕТРОВИЧ"}
}

// workerOf makes a man born on the day.
func workerOf(t testing.TB, born string) worker {
	t.Helper()
	number, err := control.PersonalNo("М", period.MustDate(born), 'A', 12, "PB")
	require.NoError(t, err)
	return worker{number, "КОВАЛЬ", "ИВАН", "ПЕТРОВИЧ"}
}

func pack(form document.Form) document.Pack {
	return document.Pack{Form: form, UNP: unp, FundNo: fundNo, Name: "ООО ВАСИЛЁК", PackNo: "1"}
}

// report makes a JSON file of documents.
func report(t testing.TB, p document.Pack, docs ...document.Document) []byte {
	t.Helper()
	for i := range docs {
		docs[i].No = i + 1
		docs[i].Form = p.Form
		docs[i].FundNo = p.FundNo
	}
	content, err := json.Marshal(struct {
		Pack      document.Pack       `json:"pack"`
		Documents []document.Document `json:"documents"`
	}{p, docs})
	require.NoError(t, err)
	return content
}

func registration(w worker) document.Document {
	birth := birthOf(w.number)
	return document.Document{Type: document.Register, FilledOn: period.MustDate("2018-01-03"),
		Registration: &document.Registration{PersonalData: event.PersonalData{
			PersonalNo: w.number, Surname: w.surname, Name: w.name, Patronymic: w.patronymic,
			Sex: "М", Citizenship: "112", BirthDate: birth, BirthCountry: "БЕЛАРУСЬ",
			DocumentSeries: "МР", DocumentNo: "1234567", Postcode: "220000", Address: "МИНСК",
			DocumentDate: period.MustDate("2010-01-01"), DocumentIssuer: "РОВД",
			BirthSettlement: "МИНСК"}}}
}

func birthOf(number string) period.Date {
	_, birth, _ := control.PersonalNoHolder(number)
	return birth
}

func hire(w worker, on string) document.Document {
	return document.Document{Type: document.Original, Year: period.MustDate(on).Year(),
		Quarters: fmt.Sprint(period.MustDate(on).Month().Quarter()), DeclaredMovements: 1,
		FilledOn: period.MustDate(on),
		Movements: []document.Movement{{Names: names(w), HiredOn: period.MustDate(on),
			Contract: "01"}}}
}

func names(w worker) document.Names {
	return document.Names{Surname: w.surname, Initial: first(w.name),
		Initial2: first(w.patronymic), Insurance: w.number}
}

func first(s string) string { return string([]rune(s)[:1]) }

// quarter makes ПУ-3 for the first quarter of 2018.
func quarter(w worker, monthly string) document.Document {
	amount := money.MustParse(monthly)
	share := amount.Times(money.MustParseRate("0.01"))
	one := document.Totals{Earnings: amount, Contributions: share, Paid: share}
	d := document.Document{Type: document.Original, Year: 2018, Quarters: "1",
		FilledOn: period.MustDate("2018-04-10"), Data: &document.IndividualData{
			Names: names(w), Category: "01", DeclaredMonths: 3, DeclaredService: 1}}
	var sum document.Totals
	for m := 1; m <= 3; m++ {
		d.Data.Months = append(d.Data.Months,
			document.Month{Number: m, Totals: one, Tariff: "1"})
		sum.Add(one)
	}
	d.Data.Declared = &sum
	d.Data.Service = []document.Service{
		{From: period.MustDate("2018-01-01"), To: period.MustDate("2018-03-31")}}
	return d
}

// memoryArchive keeps files for the time of a test.
type memoryArchive struct {
	mu    sync.Mutex
	files map[ledger.Hash][]byte
}

func newMemoryArchive() *memoryArchive {
	return &memoryArchive{files: map[ledger.Hash][]byte{}}
}

func (a *memoryArchive) Put(_ context.Context, r io.Reader) (ledger.Hash, int64, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return ledger.Hash{}, 0, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	name := ledger.Hash(sha256.Sum256(b))
	a.files[name] = b
	return name, int64(len(b)), nil
}

func (a *memoryArchive) Open(_ context.Context, name ledger.Hash) (commands.Content, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b, ok := a.files[name]
	if !ok {
		return nil, fmt.Errorf("file %s is not in the archive", name)
	}
	return memoryContent{bytes.NewReader(b)}, nil
}

type memoryContent struct{ *bytes.Reader }

func (memoryContent) Close() error { return nil }
