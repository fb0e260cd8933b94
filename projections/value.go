package projections

import (
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/stazh/stazh/ledger/period"
)

// Text makes a text of an event fit for Postgres, which cannot hold the character NUL.
func Text(s string) string { return strings.ReplaceAll(s, "\x00", "\uFFFD") }

// DateColumn makes a column's value of a date; the null date is NULL.
func DateColumn(d period.Date) *time.Time {
	if d.IsZero() {
		return nil
	}
	t := d.Time()
	return &t
}

// ColumnDate reads a date column.
func ColumnDate(t *time.Time) period.Date {
	if t == nil {
		return 0
	}
	return period.OfTime(*t)
}

// TimeColumn makes a column's value of a recorded time; the zero time is NULL.
func TimeColumn(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// ColumnTime reads a column of a recorded time, in UTC.
func ColumnTime(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// Offices gives the range of office codes, from inclusive and to exclusive, of one
// office, of a region (the first digit of its offices), or of the whole country.
func Offices(office, region string) (from, to string) {
	switch {
	case office != "":
		return office, office + "\x01"
	case region != "":
		return region, region + "\U0010FFFF"
	}
	return "", "\U0010FFFF"
}

// UUIDs makes an array parameter of identifiers. The type of the identifiers themselves
// would be sent as text, which costs more than all else that is done with them.
func UUIDs(ids []uuid.UUID) pgtype.FlatArray[pgtype.UUID] {
	list := make(pgtype.FlatArray[pgtype.UUID], len(ids))
	for i, id := range ids {
		list[i] = pgtype.UUID{Bytes: id, Valid: true}
	}
	return list
}
