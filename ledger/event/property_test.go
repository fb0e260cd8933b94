package event_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

func TestAnyPayloadComesBack(t *testing.T) {
	t.Parallel()
	for _, sample := range samples() {
		t.Run(sample.EventType(), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				want := empty(sample)
				fill(t, reflect.ValueOf(want).Elem(), sample.EventType())
				e := recorded(want)
				got, err := event.Decode(e)
				require.NoError(t, err)
				require.Equal(t, want, got)
				require.Equal(t, e.Payload, event.Encode(got))
			})
		})
	}
}

// What a reusing decoder used before never shows, and nothing of the stored bytes is kept.
func TestReusedPayloadsKeepNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		decoder := event.NewReusingDecoder()
		for range 3 {
			var want, got []event.Payload
			for range rapid.IntRange(1, 6).Draw(t, "events") {
				p := empty(rapid.SampledFrom(samples()).Draw(t, "sample"))
				fill(t, reflect.ValueOf(p).Elem(), p.EventType())
				e := recorded(p)
				q, err := decoder.Decode(&e)
				require.NoError(t, err)
				clear(e.Payload)
				want, got = append(want, p), append(got, q)
			}
			for i := range want {
				require.Equal(t, want[i].EventType(), got[i].EventType())
				require.Equal(t, event.Encode(want[i]), event.Encode(got[i]))
			}
			decoder.Recycle()
		}
	})
}

func TestAnyPersonalDataComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var want, got event.PersonalData
		fill(t, reflect.ValueOf(&want).Elem(), "personal data")
		w := ledger.NewEncoder(nil)
		want.Fields(w)
		r := ledger.NewDecoder(w.Encoded())
		got.Fields(r)
		require.NoError(t, r.Finish())
		require.Equal(t, want, got)
	})
}

// fill draws a value of any type that a payload is made of.
func fill(t *rapid.T, v reflect.Value, where string) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, where))
	case reflect.String:
		v.SetString(rapid.String().Draw(t, where))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, where))
	case reflect.Int32:
		v.SetInt(int64(rapid.Int32().Draw(t, where)))
	case reflect.Uint64:
		v.SetUint(rapid.Uint64().Draw(t, where))
	case reflect.Uint8:
		v.SetUint(uint64(rapid.Uint8().Draw(t, where)))
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i), where)
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 3).Draw(t, where+" length")
		if v.Type().Elem().Kind() == reflect.Uint8 {
			n++ // a box is never empty
		}
		if n == 0 {
			return // an empty list reads back as nil
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, v.Index(i), where)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), where+"."+v.Type().Field(i).Name)
		}
	default:
		t.Fatalf("%s: no generator for %s", where, v.Type())
	}
}

// FuzzDecode: bytes are refused, or they are the one canonical form of what they mean
// and can be shown as JSON. No input makes the decoder panic.
func FuzzDecode(f *testing.F) {
	for _, p := range samples() {
		f.Add(p.EventType(), event.Encode(p))
	}
	f.Fuzz(func(t *testing.T, name string, stored []byte) {
		e := ledger.Event{NewEvent: ledger.NewEvent{Type: name, Payload: stored}}
		p, err := event.Decode(e)
		reusing := event.NewReusingDecoder()
		for range 2 { // into nothing, and into what was there before
			again, failed := reusing.Decode(&e)
			require.Equal(t, err == nil, failed == nil)
			if err == nil {
				require.Equal(t, stored, event.Encode(again))
			}
			reusing.Recycle()
		}
		if err != nil {
			require.Nil(t, p)
			return
		}
		require.Equal(t, name, p.EventType())
		require.Equal(t, stored, event.Encode(p))
		text, err := event.JSON(e)
		require.NoError(t, err)
		require.True(t, json.Valid(text))
	})
}
