package main

import (
	"reflect"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger/period"
)

// Values of flags with forms of their own. Errors say what is expected, as they are shown
// beside the name of the flag.
type (
	month  period.Month
	date   period.Date
	moment time.Time
)

// UnmarshalText reads a month.
func (m *month) UnmarshalText(text []byte) error {
	v, err := period.ParseMonth(string(text))
	if err != nil {
		return usage("%q is no month: write it as 2018-01", text)
	}
	*m = month(v)
	return nil
}

// UnmarshalText reads a day.
func (d *date) UnmarshalText(text []byte) error {
	v, err := period.ParseDate(string(text))
	if err != nil {
		return usage("%q is no day: write it as 2018-01-31", text)
	}
	*d = date(v)
	return nil
}

// UnmarshalText reads a moment.
func (m *moment) UnmarshalText(text []byte) error {
	v, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return usage("%q is no moment: write it as 2026-01-31T12:00:00Z", text)
	}
	*m = moment(v)
	return nil
}

// identifiers reads identifiers; its error says what is wrong in our words.
func identifiers() kong.Option {
	return kong.TypeMapper(reflect.TypeFor[uuid.UUID](), kong.MapperFunc(
		func(ctx *kong.DecodeContext, target reflect.Value) error {
			var text string
			if err := ctx.Scan.PopValueInto("identifier", &text); err != nil {
				return err
			}
			id, err := uuid.Parse(text)
			if err != nil {
				return usage("%q is no identifier: copy it whole, from a list or from where "+
					"it was recorded", text)
			}
			target.Set(reflect.ValueOf(id))
			return nil
		}))
}
