package ledger

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

func BenchmarkSeal(b *testing.B) {
	e := NewEvent{ID: uuid.New(), Type: "report.accepted.v1", Payload: make([]byte, 200), Meta: Meta{Actor: Actor{"a", "b", "c"}, Correlation: uuid.New()}}
	s := PersonStream(uuid.New())
	at := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		Seal(s, 3, 4, at, Hash{1}, e)
	}
}
func BenchmarkOpen(b *testing.B) {
	e := NewEvent{ID: uuid.New(), Type: "report.accepted.v1", Payload: make([]byte, 200), Meta: Meta{Actor: Actor{"a", "b", "c"}, Correlation: uuid.New()}}
	s := PersonStream(uuid.New())
	at := time.Now()
	x := Seal(s, 3, 4, at, Hash{1}, e)
	b.ReportAllocs()
	for b.Loop() {
		Open(s, 3, 4, x.Record, x.Head)
	}
}
