// Package period holds the calendar of the law: dates, months, quarters and inclusive
// intervals of days, without time of day and without time zones.
package period

import (
	"errors"
	"fmt"
	"time"
)

// Errors of the parsers.
var (
	ErrDateSyntax  = errors.New("not a date of the form YYYY-MM-DD")
	ErrMonthSyntax = errors.New("not a month of the form YYYY-MM")
)

// Date is a calendar day, ordered by its number. The zero value is the null date "not
// given"; 1970-01-01 and later days are therefore numbered from one.
type Date int32

// Month is a calendar month as year*12 + month-1. The zero value means "not given".
type Month int32

// NewDate makes a date; ok is false when the day does not exist.
func NewDate(year, month, day int) (Date, bool) {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 ||
		day > daysIn(year, month) {
		return 0, false
	}
	// Years begin in March, so that the leap day is the last day of one. Before March 1 of
	// month m of such a year lie (153m+2)/5 days.
	y, m := year, month-3
	if m < 0 {
		y, m = y-1, m+12
	}
	return numbered(int64(365*y + y/4 - y/100 + y/400 + (153*m+2)/5 + day - 1 - epochDays)), true
}

// epochDays is the number of days from March 1 of the year 0 to 1970-01-01.
const epochDays = 719_468

// daysIn gives the number of days of a month.
func daysIn(year, month int) int {
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 29
	}
	return [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
}

// OfTime gives the UTC calendar day of t.
func OfTime(t time.Time) Date { return numbered(floorDiv(t.UTC().Unix(), 86_400)) }

// belarusOffset is the difference of legal time in Belarus to UTC. There has been no summer
// time since 2011, so that it is fixed.
const belarusOffset = 3 * time.Hour

// InBelarus gives the calendar day in Belarus at a moment.
func InBelarus(t time.Time) Date { return OfTime(t.UTC().Add(belarusOffset)) }

// numbered gives the date so many days after 1970-01-01.
func numbered(days int64) Date {
	if days >= 0 {
		days++
	}
	return Date(days)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func (d Date) days() int64 {
	if d > 0 {
		return int64(d) - 1
	}
	return int64(d)
}

// Time gives midnight UTC of the day; for the null date that of 1970-01-01, so ask
// IsZero first where a date may be missing.
func (d Date) Time() time.Time { return time.Unix(d.days()*86_400, 0).UTC() }

// IsZero tells whether the date is not given.
func (d Date) IsZero() bool { return d == 0 }

// Year gives the calendar year, 0 for the null date.
func (d Date) Year() int { return d.Month().Year() }

// Month gives the month that the day lies in; the null month for the null date. Each report
// asks for some ten of them, which is why they are not made by way of a time.
func (d Date) Month() Month {
	if d == 0 {
		return 0
	}
	// Years begin in March, as in NewDate; every four hundred of them are alike.
	const daysOf400 = 146_097
	days := d.days() + epochDays
	cycle := floorDiv(days, daysOf400)
	days -= cycle * daysOf400
	year := (days - days/1460 + days/36_524 - days/(daysOf400-1)) / 365
	days -= 365*year + year/4 - year/100
	month := (5*days + 2) / 153 // after March
	return Month((cycle*400+year)*12 + month + 2)
}

// AddDays gives the day n days later (or earlier); a null date stays null.
func (d Date) AddDays(n int) Date {
	if d == 0 {
		return 0
	}
	return OfTime(d.Time().AddDate(0, 0, n))
}

// AddMonths gives the same day n months later; a day missing in that month becomes the
// month's last day. A null date stays null, as does one that leaves the years 1 to 9999.
func (d Date) AddMonths(n int) Date {
	if d == 0 {
		return 0
	}
	t := d.Time()
	m := d.Month().Add(n)
	day := min(t.Day(), m.Days())
	r, _ := NewDate(m.Year(), m.Number(), day)
	return r
}

// DaysUntil gives the number of days from d to other: 1 for the next day.
func (d Date) DaysUntil(other Date) int { return int(other.days() - d.days()) }

// String gives YYYY-MM-DD, or an empty text for the null date.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return d.Time().Format("2006-01-02")
}

// ParseDate reads YYYY-MM-DD.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse("2006-01-02", s)
	if err != nil || t.Year() < 1 {
		return 0, ErrDateSyntax
	}
	return OfTime(t), nil
}

// MustDate is ParseDate for constants; it panics on bad text.
func MustDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(fmt.Sprintf("period: %q: %v", s, err))
	}
	return d
}

// MarshalText makes a date YYYY-MM-DD in JSON; the null date is an empty string.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD or an empty string.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = 0
		return nil
	}
	v, err := ParseDate(string(b))
	*d = v
	return err
}

// NewMonth makes a month of a year; ok is false outside 1 to 12.
func NewMonth(year, month int) (Month, bool) {
	if month < 1 || month > 12 || year < 1 || year > 9999 {
		return 0, false
	}
	return Month(year*12 + month - 1), true
}

// MonthOf gives the UTC month of t.
func MonthOf(t time.Time) Month {
	t = t.UTC()
	return Month(t.Year()*12 + int(t.Month()) - 1)
}

// IsZero tells whether the month is not given.
func (m Month) IsZero() bool { return m == 0 }

// Year gives the calendar year.
func (m Month) Year() int { return int(m) / 12 }

// Number gives the month's number, 1 to 12.
func (m Month) Number() int { return int(m)%12 + 1 }

// Quarter gives the quarter's number, 1 to 4.
func (m Month) Quarter() int { return int(m)%12/3 + 1 }

// Add gives the month n months later (or earlier); a null month stays null.
func (m Month) Add(n int) Month {
	if m == 0 {
		return 0
	}
	return m + Month(n)
}

// First gives the month's first day, the null date for the null month.
func (m Month) First() Date {
	d, _ := NewDate(m.Year(), m.Number(), 1)
	return d
}

// Last gives the month's last day, the null date for the null month.
func (m Month) Last() Date {
	d, _ := NewDate(m.Year(), m.Number(), m.Days())
	return d
}

// Days gives the number of days in the month, 0 for the null month.
func (m Month) Days() int {
	if m <= 0 {
		return 0
	}
	return daysIn(m.Year(), m.Number())
}

// String gives YYYY-MM, or an empty text for the null month.
func (m Month) String() string {
	if m == 0 {
		return ""
	}
	return fmt.Sprintf("%04d-%02d", m.Year(), m.Number())
}

// AppendText appends what String gives to b.
func (m Month) AppendText(b []byte) []byte {
	const yearMax = 9999
	year, n := m.Year(), m.Number()
	if m <= 0 || year > yearMax {
		return append(b, m.String()...)
	}
	return append(b, byte('0'+year/1000), byte('0'+year/100%10), byte('0'+year/10%10),
		byte('0'+year%10), '-', byte('0'+n/10), byte('0'+n%10))
}

// ParseMonth reads YYYY-MM.
func ParseMonth(s string) (Month, error) {
	t, err := time.Parse("2006-01", s)
	if err != nil || t.Year() < 1 {
		return 0, ErrMonthSyntax
	}
	return MonthOf(t), nil
}

// MustMonth is ParseMonth for constants; it panics on bad text.
func MustMonth(s string) Month {
	m, err := ParseMonth(s)
	if err != nil {
		panic(fmt.Sprintf("period: %q: %v", s, err))
	}
	return m
}

// MarshalText makes a month YYYY-MM in JSON; the null month is an empty string.
func (m Month) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads YYYY-MM or an empty string.
func (m *Month) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*m = 0
		return nil
	}
	v, err := ParseMonth(string(b))
	*m = v
	return err
}

// Interval is a run of days with both ends inside it.
type Interval struct {
	From Date `json:"from"`
	To   Date `json:"to"`
}

// Overlaps tells whether the two intervals share a day.
func (i Interval) Overlaps(o Interval) bool { return i.From <= o.To && o.From <= i.To }

// Days gives the number of days, both ends counted.
func (i Interval) Days() int { return i.From.DaysUntil(i.To) + 1 }
