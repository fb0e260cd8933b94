package version_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections/version"
)

var (
	person     = uuid.UUID{15: 1}
	employment = uuid.UUID{15: 2}
	first      = time.Date(2018, 4, 12, 9, 0, 0, 0, time.UTC)
	accountant = ledger.Actor{Subject: "accountant", Role: "payer"}
	officer    = ledger.Actor{Subject: "officer", Role: "officer", Office: "101"}
)

func slot(quarters string) event.Slot {
	return event.Slot{Payer: "200988541", Employment: employment, Category: "01", Year: 2018,
		Quarters: quarters}
}

func paid(sum string) []event.MonthFact {
	return []event.MonthFact{{Month: period.MustMonth("2018-01"),
		Earnings: money.MustParse(sum), Contributions: money.MustParse("1.00")}}
}

// fold makes the history of events that follow one another by an hour.
func fold(t *testing.T, actors []ledger.Actor, payloads ...event.Payload,
) (*version.History, *account.Person) {
	t.Helper()
	h, p := version.New(person), account.NewPerson(person)
	for i, x := range payloads {
		e := ledger.Event{NewEvent: event.New(uuid.UUID{}, ledger.Meta{
			Actor: actors[i%len(actors)], Ground: "§ 5"}, x),
			Revision: ledger.Revision(i), Position: ledger.Position(10 + i),
			RecordedAt: first.Add(time.Duration(i) * time.Hour)}
		h.Apply(e, x)
		p.Apply(e, x)
	}
	return h, p
}

func TestEveryVersionSaysWhoWhenAndWhatSupersededIt(t *testing.T) {
	t.Parallel()
	h, p := fold(t, []ledger.Actor{accountant, officer},
		&event.IndividualDataReported{Slot: slot("1"), Version: 1, Receipt: "A", DocNo: 3,
			Months: paid("800.00")},
		&event.IndividualDataCorrected{Slot: slot("1"), Replacement: event.Replacement{
			Version: 2, Supersedes: 1, Cited: "A", Receipt: "B", DocNo: 1}, Months: paid("900.00")},
		&event.IndividualDataCancelled{Slot: slot("1"), Replacement: event.Replacement{
			Version: 3, Supersedes: 2, Receipt: "C", DocNo: 1}},
		&event.IndividualDataRestored{Slot: slot("1"), Replacement: event.Replacement{
			Version: 4, Supersedes: 3, Receipt: "D", DocNo: 1}, Restores: 1},
		&event.IndividualDataReportedForPension{Slot: slot("2"), Version: 1, Receipt: "E",
			DocNo: 1, ClaimedOn: period.MustDate("2018-05-03"), Months: paid("5.00")})
	all := h.Select(version.Filter{})
	require.Len(t, all.Slots, 2)
	v := all.Slots[0].Versions
	require.Len(t, v, 4)
	require.Equal(t, version.Version{Months: paid("900.00"), Service: []event.ServicePeriod{},
		Earnings: money.MustParse("900.00"), Contributions: money.MustParse("1.00"),
		Step: version.Step{Version: 2, Kind: version.Correction, Supersedes: 1,
			SupersededBy: 3, Cited: "A", Authorship: version.Authorship{Receipt: "B", DocNo: 1,
				Actor: officer, Ground: "§ 5", RecordedAt: first.Add(time.Hour), Position: 11}}}, v[1])
	require.Empty(t, v[2].Months)
	require.False(t, v[2].InForce)
	require.Equal(t, version.Restore, v[3].Kind)
	require.Equal(t, 1, v[3].Restores)
	require.True(t, v[3].InForce)
	require.Equal(t, paid("800.00"), v[3].Months, "a restore says what it brought back")
	require.Equal(t, p.Slots()[0].Months, v[3].Months, "and that is what is in force")
	require.Equal(t, period.MustDate("2018-05-03"), all.Slots[1].Versions[0].ClaimedOn)

	changed := h.Select(version.Filter{Changed: true})
	require.Len(t, changed.Slots, 1)
	require.Empty(t, h.Select(version.Filter{Year: 2017}).Slots)
	require.Empty(t, h.Select(version.Filter{Payer: "100000007"}).Slots)
}

func TestVersionsOfOccupationalData(t *testing.T) {
	t.Parallel()
	key := event.OccupationalSlot{Payer: "200988541", Employment: employment, Year: 2018, Quarter: 1}
	facts := event.OccupationalFacts{Paid: 9000, Service: []event.SpecialService{{Activity: "СП1"}},
		Months: []event.OccupationalMonth{{Month: period.MustMonth("2018-01"), Earnings: 100_000,
			Contributions: 9001, Credited: 9000}, {Month: period.MustMonth("2018-02"),
			Earnings: 50_000, Contributions: 4500, Credited: 4500}}}
	less := facts
	less.Months = facts.Months[1:]
	h, p := fold(t, []ledger.Actor{accountant, officer},
		&event.OccupationalDataReported{Slot: key, Version: 1, Receipt: "A", DocNo: 1,
			OccupationalFacts: facts},
		&event.OccupationalDataCorrected{Slot: key, Replacement: event.Replacement{Version: 2,
			Supersedes: 1, Receipt: "B", DocNo: 1}, OccupationalFacts: less},
		&event.OccupationalDataCancelled{Slot: key, Replacement: event.Replacement{Version: 3,
			Supersedes: 2, Receipt: "C"}},
		&event.OccupationalDataRestored{Slot: key, Replacement: event.Replacement{Version: 4,
			Supersedes: 3, Receipt: "D", Cited: "C"}, Restores: 1})
	v := h.Select(version.Filter{Changed: true, Payer: "200988541", Year: 2018}).Occupational[0].Versions
	require.Len(t, v, 4)
	require.Equal(t, []money.Amount{150_000, 13_501, 13_500},
		[]money.Amount{v[0].Earnings, v[0].Contributions, v[0].Credited})
	require.Equal(t, version.Step{Version: 2, Kind: version.Correction, Supersedes: 1,
		SupersededBy: 3, Authorship: version.Authorship{Receipt: "B", DocNo: 1, Actor: officer,
			Ground: "§ 5", RecordedAt: first.Add(time.Hour), Position: 11}}, v[1].Step)
	require.Empty(t, v[2].Months)
	require.False(t, v[2].InForce)
	require.True(t, v[3].InForce)
	require.Equal(t, facts.Months, v[3].Months, "a restore says what it brought back")
	require.Equal(t, p.Occupational[0].OccupationalFacts, v[3].OccupationalFacts,
		"and that is what is in force")
	require.Empty(t, h.Select(version.Filter{Year: 2017}).Occupational)
}

func TestRecordsOfAnEmploymentFollowOneAnother(t *testing.T) {
	t.Parallel()
	day := period.MustDate
	h, p := fold(t, []ledger.Actor{accountant},
		&event.EmploymentStarted{Employment: employment, Payer: "200988541",
			HiredOn: day("2018-01-09"), Contract: "01", Form: "ПУ-2"},
		&event.EmploymentEnded{Employment: employment, EndedOn: day("2018-03-30"), Reason: "1.1"},
		&event.EmploymentRecordCorrected{Employment: employment, HiredOn: day("2018-01-10"),
			EndedOn: day("2018-03-31"), Reason: "1.3", Contract: "02", Receipt: "B", DocNo: 2},
		&event.EmploymentRecordCancelled{Employment: employment, Dismissal: true, Receipt: "C"})
	records := h.Select(version.Filter{Changed: true}).Employments[0].Records
	var kinds []version.Kind
	for _, r := range records {
		kinds = append(kinds, r.Kind)
	}
	require.Equal(t, []version.Kind{version.Hire, version.Dismissal, version.Correction,
		version.DismissalCancellation}, kinds)
	require.Equal(t, day("2018-03-30"), records[1].EndedOn)
	require.Equal(t, day("2018-01-09"), records[1].HiredOn)
	require.Equal(t, day("2018-03-31"), records[2].EndedOn)
	require.Zero(t, records[3].EndedOn)
	require.Equal(t, p.Employments[0].HiredOn, records[3].HiredOn)
	require.Equal(t, p.Employments[0].Contract, records[3].Contract)

	h, p = fold(t, []ledger.Actor{accountant},
		&event.EmploymentStarted{Employment: employment, Payer: "200988541",
			HiredOn: day("2018-01-09"), Contract: "01", Form: "ПУ-2"},
		&event.EmploymentRecordCancelled{Employment: employment})
	require.Empty(t, p.Employments)
	require.Equal(t, version.Cancellation, h.Employments[0].Records[1].Kind)
}

// The history of a joined account is added with its name; the person's own bears none.
func TestJoinedHistoriesNameTheirAccount(t *testing.T) {
	t.Parallel()
	h, _ := fold(t, []ledger.Actor{accountant},
		&event.IndividualDataReported{Slot: slot("1"), Version: 1, Receipt: "A", DocNo: 3})
	other := version.New(uuid.UUID{15: 9})
	for i, x := range []event.Payload{
		&event.IndividualDataReported{Slot: slot("2"), Version: 1, Receipt: "B", DocNo: 1},
		&event.EmploymentStarted{Employment: uuid.UUID{15: 8}, Payer: "100000007"},
		&event.OccupationalDataReported{Slot: event.OccupationalSlot{Payer: "100000007",
			Year: 2018, Quarter: 1}, Version: 1, Receipt: "D", DocNo: 1},
		&event.IndividualDataCancelled{Slot: slot("2"), Replacement: event.Replacement{
			Version: 2, Supersedes: 1, Receipt: "C"}},
	} {
		other.Apply(ledger.Event{NewEvent: event.New(uuid.UUID{}, ledger.Meta{Actor: officer}, x),
			Revision: ledger.Revision(i)}, x)
	}
	h.Join(other)
	all := h.Select(version.Filter{})
	require.Equal(t, person, all.Person)
	require.Len(t, all.Slots, 2)
	require.Zero(t, all.Slots[0].Account)
	require.Equal(t, other.Person, all.Slots[1].Account)
	require.Len(t, all.Slots[1].Versions, 2)
	require.Equal(t, other.Person, all.Employments[0].Account)
	require.Equal(t, other.Person, all.Occupational[0].Account)
	require.Equal(t, []string{"B", "C", "D"}, all.Receipts(
		func(a ledger.Actor) bool { return a == officer }))
	require.Equal(t, []string{"A"}, all.Receipts(
		func(a ledger.Actor) bool { return a == accountant }))
}
