package account_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// benchStream is the stored stream of one person: eighty quarters.
func benchStream() []ledger.Event {
	id, job := ledger.DeterministicID("person"), ledger.DeterministicID("job")
	var (
		list []ledger.Event
		head ledger.Hash
	)
	for q := range 80 {
		first := period.MustMonth("2006-01").Add(3 * q)
		f := &event.IndividualDataReported{
			Slot: event.Slot{Payer: "100000001", Employment: job, Category: "01",
				Year: first.Year(), Quarters: fmt.Sprint(first.Quarter())},
			Version: 1, Receipt: fmt.Sprintf("R-%06d", q), DocNo: q + 1,
			Service: []event.ServicePeriod{{From: first.First(), To: first.Add(2).Last()}}}
		for m := range 3 {
			f.Months = append(f.Months, event.MonthFact{Month: first.Add(m), Earnings: 150_000,
				Contributions: 52_500, Paid: 52_500, Tariff: "1"})
		}
		meta := ledger.Meta{Actor: ledger.Actor{Subject: "bench", Role: "payer"},
			EffectiveFrom: first, EffectiveTo: first.Add(2),
			Correlation: ledger.DeterministicID("filing"), Source: ledger.HashRecord(nil),
			RulePack: "2026-01-01"}
		e := ledger.Seal(ledger.PersonStream(id), ledger.Revision(q), ledger.Position(q*1000+1),
			time.UnixMicro(1e15), head, event.New(ledger.DeterministicID(q), meta, f))
		head = e.Head
		list = append(list, e)
	}
	return list
}

// BenchmarkFold measures what one event of a person costs: to decode, to fold and to encode
// as part of the state.
func BenchmarkFold(b *testing.B) {
	stream := benchStream()
	decoded := make([]event.Payload, len(stream))
	id, _ := stream[0].Stream.Person()
	p := account.NewPerson(id)
	for i := range stream {
		payload, err := event.Decode(stream[i])
		if err != nil {
			b.Fatal(err)
		}
		decoded[i] = payload
		p.Apply(stream[i], payload)
	}
	per := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(stream)), "ns/event")
	}
	payloads := event.NewReusingDecoder()
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			payloads.Recycle()
			for i := range stream {
				var err error
				decoded[i], err = payloads.Decode(&stream[i])
				if err != nil {
					b.Fatal(err)
				}
			}
		}
		per(b)
	})
	b.Run("fold", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.Reset(id)
			for i := range stream {
				p.Apply(stream[i], decoded[i])
			}
		}
		per(b)
	})
	var buf []byte
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c := ledger.NewEncoder(buf[:0])
			p.Fields(c)
			buf = c.Encoded()
		}
		per(b)
		b.ReportMetric(float64(len(buf)), "state-bytes")
	})
	b.Run("hash", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var chain ledger.Verifier
			for i := range stream {
				if err := chain.Check(&stream[i]); err != nil {
					b.Fatal(err)
				}
			}
		}
		per(b)
		b.ReportMetric(float64(len(stream[1].Record())), "record-bytes")
	})
}
