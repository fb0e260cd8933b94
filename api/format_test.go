package api

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger/period"
)

// filler fills values of any type at random, so that a field that is added to an answer
// cannot be left out of what the answer writes.
type filler struct{ *rand.Rand }

func (f filler) text() string {
	parts := []string{"", "", "7", "ЗЛ", "\"", "\\", "<&>", "\u2028", "€", "\xff", "\t", "\x7f"}
	return parts[f.IntN(len(parts))] + parts[f.IntN(len(parts))]
}

func (f filler) fill(v reflect.Value) {
	if f.IntN(6) == 0 {
		return // zero values are left out or written
	}
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = time.Unix(f.Int64N(1<<32), f.Int64N(1e9)).UTC()
		return
	case *period.Date:
		*x = period.OfTime(time.Unix(f.Int64N(1<<32), 0).UTC())
		return
	case *period.Month:
		*x = period.Month(f.IntN(12 * 10_001))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				f.fill(v.Field(i))
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), f.IntN(3), 3))
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	case reflect.String:
		v.SetString(f.text())
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint8, reflect.Uint64:
		v.SetUint(f.Uint64() >> 57)
	default:
		v.SetInt(f.Int64N(1<<40) - 1<<39)
	}
}

func TestLargeAnswersWriteWhatReflectionWould(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := filler{rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))}
		var account AccountAnswer
		f.fill(reflect.ValueOf(&account).Elem())
		requireWritten(t, account)
		var history HistoryAnswer
		f.fill(reflect.ValueOf(&history).Elem())
		if history.Chain == nil { // never left out, as little as the lists
			history.Chain = &service.Chain{}
		}
		if history.Events == nil {
			history.Events = []service.StoredEvent{}
		}
		for i := range history.Events {
			history.Events[i].Record = append([]byte{}, history.Events[i].Record...)
		}
		history.begun = &room{}
		history.begun.beginHistory(history.Person)
		for _, e := range history.Events {
			history.begun.event(e)
		}
		requireWritten(t, history)
	})
}

type humaContext = huma.Context

// headers is a context of huma that headers can be set in, and nothing else.
type headers struct {
	humaContext
	set func(name, value string)
}

func (h headers) SetHeader(name, value string) { h.set(name, value) }

func requireWritten(t *rapid.T, answer any) {
	var rooms roomPool
	var own strings.Builder
	header := http.Header{}
	written, err := rooms.writeLarge(headers{nil, header.Set}, "200", answer)
	require.NoError(t, err)
	require.NoError(t, rooms.formats()[jsonType].Marshal(&own, written))
	require.Equal(t, strconv.Itoa(own.Len()), header.Get("Content-Length"))
	var want bytes.Buffer
	enc := json.NewEncoder(&want)
	enc.SetEscapeHTML(false)
	require.NoError(t, enc.Encode(answer))
	require.Equal(t, want.String(), own.String())
}
