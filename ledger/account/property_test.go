package account_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
)

func TestAnyPersonComesBackFromItsSnapshot(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var p account.Person
		fill(t, reflect.ValueOf(&p).Elem(), "person")
		for range rapid.IntRange(0, 3).Draw(t, "slots") {
			var s account.Slot
			fill(t, reflect.ValueOf(&s).Elem(), "slot")
			p.Suppose(s)
		}
		requireSnapshot(t, &p, new(account.Person))
	})
}

func TestAnyPayerComesBackFromItsSnapshot(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var p account.Payer
		fill(t, reflect.ValueOf(&p).Elem(), "payer")
		requireSnapshot(t, &p, new(account.Payer))
	})
}

func TestSnapshotsBeforeTheFirstEvent(t *testing.T) {
	t.Parallel()
	requireSnapshot(t, account.NewPerson(id(1)), new(account.Person))
	requireSnapshot(t, account.NewPayer(payerA), new(account.Payer))
}

// TestFoldGoesOnFromASnapshot: the state after some events, stored, read back and taken
// on, is the state after all of them.
func TestFoldGoesOnFromASnapshot(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		payloads := rapid.SliceOfN(rapid.Custom(anyPayerFact), 0, 12).Draw(t, "facts")
		cut := rapid.IntRange(0, len(payloads)).Draw(t, "cut")
		whole := foldPayer(payloads...)

		c := ledger.NewDecoder(snapshot(foldPayer(payloads[:cut]...)))
		resumed := new(account.Payer)
		resumed.Fields(c)
		require.NoError(t, c.Finish())
		for n, x := range payloads[cut:] {
			resumed.Apply(at(cut+n, x), x)
		}
		require.Equal(t, whole, resumed)
	})
}

func anyPayerFact(t *rapid.T) event.Payload {
	m := rapid.SampledFrom([]string{"2018-01", "2018-02", "2018-03"}).Draw(t, "month")
	sum := money.Amount(rapid.Int64Range(0, 1000).Draw(t, "amount"))
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		return assessed(m, sum)
	case 1:
		return waiting(m, event.PersonEarnings{
			Person: id(byte(rapid.IntRange(0, 2).Draw(t, "person"))), Earnings: sum})
	case 2:
		return &event.PaymentReceived{BankRef: rapid.String().Draw(t, "reference"), Amount: sum}
	}
	return registration
}

// fill draws a value of any type that a state is made of.
func fill(t *rapid.T, v reflect.Value, where string) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		micros := rapid.Int64Range(1, 4_000_000_000_000_000).Draw(t, where)
		if rapid.Bool().Draw(t, where+" given") {
			v.Set(reflect.ValueOf(time.UnixMicro(micros).UTC()))
		}
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, where))
	case reflect.String:
		v.SetString(rapid.String().Draw(t, where))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, where))
	case reflect.Int32:
		v.SetInt(int64(rapid.Int32().Draw(t, where)))
	case reflect.Uint8:
		v.SetUint(uint64(rapid.Uint8().Draw(t, where)))
	case reflect.Uint64:
		v.SetUint(rapid.Uint64().Draw(t, where))
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i), where)
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 2).Draw(t, where+" length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, v.Index(i), where)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				continue
			}
			fill(t, v.Field(i), where+"."+v.Type().Field(i).Name)
		}
	default:
		t.Fatalf("%s: no generator for %s", where, v.Type())
	}
}
