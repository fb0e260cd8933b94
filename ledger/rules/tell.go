package rules

import (
	"strconv"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Amount is a sum in kopecks.
type Amount = money.Amount

// Age is a length of life in whole years and months, such as 61 years or 60 years and
// 6 months.
type Age struct {
	Years  int `json:"years"`
	Months int `json:"months"`
}

// tell is a field of an answer bound to its place in the answer's struct.
type tell[Out any] struct {
	Field
	write func(b []byte, out *Out) []byte
	// present is false where the answer does not have the field; nil where it always has.
	present func(out *Out) bool
	// sound is false for an amount beyond all range; nil where there is no amount.
	sound func(out *Out) bool
}

// orNull marks a field that some answers leave open with null: present tells which not.
func (t tell[Out]) orNull(present func(*Out) bool) tell[Out] {
	write := t.write
	t.Optional = true
	t.write = func(b []byte, out *Out) []byte {
		if !present(out) {
			return append(b, "null"...)
		}
		return write(b, out)
	}
	return t
}

// only leaves the field out of answers for which present is false.
func (t tell[Out]) only(present func(*Out) bool) tell[Out] {
	t.Absent, t.present = true, present
	return t
}

// writeAll writes the fields of an answer, each after a comma.
func writeAll[Out any](b []byte, tells []tell[Out], out *Out) []byte {
	for i := range tells {
		if tells[i].present != nil && !tells[i].present(out) {
			continue
		}
		b = append(b, ',', '"')
		b = append(b, tells[i].Name...)
		b = append(b, '"', ':')
		b = tells[i].write(b, out)
	}
	return b
}

func soundAll[Out any](tells []tell[Out], out *Out) bool {
	for i := range tells {
		if tells[i].sound != nil && !tells[i].sound(out) {
			return false
		}
	}
	return true
}

func told[Out any](tells []tell[Out]) []Field {
	fields := make([]Field, len(tells))
	for i, t := range tells {
		fields[i] = t.Field
	}
	return fields
}

func tellAmount[Out any](name string, of func(*Out) Amount) tell[Out] {
	return tell[Out]{Field: Field{Name: name, Type: TypeAmount},
		write: func(b []byte, out *Out) []byte { return appendAmount(b, of(out)) },
		sound: func(out *Out) bool { return isSound(of(out)) }}
}

func isSound(a Amount) bool { return a >= 0 && a < amountTooLarge }

func appendAmount(b []byte, a Amount) []byte {
	b = append(b, '"')
	return append(a.AppendText(b), '"')
}

// tellRate writes a rate with at least two decimals.
func tellRate[Out any](name string, of func(*Out) money.Rate) tell[Out] {
	return tell[Out]{Field: Field{Name: name, Type: TypeRate},
		write: func(b []byte, out *Out) []byte {
			return appendString(b, exactRate(of(out)).String())
		}}
}

func tellInt[Out any](name string, of func(*Out) int) tell[Out] {
	return tell[Out]{Field: Field{Name: name, Type: TypeInt, Most: intMax},
		write: func(b []byte, out *Out) []byte {
			return strconv.AppendInt(b, int64(of(out)), 10)
		}}
}

func tellBool[Out any](name string, of func(*Out) bool) tell[Out] {
	return tell[Out]{Field: Field{Name: name, Type: TypeBool},
		write: func(b []byte, out *Out) []byte { return strconv.AppendBool(b, of(out)) }}
}

func tellDate[Out any](name string, of func(*Out) period.Date) tell[Out] {
	return tell[Out]{Field: Field{Name: name, Type: TypeDate},
		write: func(b []byte, out *Out) []byte { return appendString(b, of(out).String()) }}
}

func tellAge[Out any](name string, of func(*Out) Age) tell[Out] {
	return tell[Out]{Field: Field{Name: name, Type: TypeAge},
		write: func(b []byte, out *Out) []byte {
			a := of(out)
			b = strconv.AppendInt(append(b, `{"years":`...), int64(a.Years), 10)
			b = strconv.AppendInt(append(b, `,"months":`...), int64(a.Months), 10)
			return append(b, '}')
		}}
}

func tellCoverage[Out any](name string, of func(*Out) Duration) tell[Out] {
	return tell[Out]{Field: Field{Name: name, Type: TypeCoverage},
		write: func(b []byte, out *Out) []byte {
			d := of(out)
			b = strconv.AppendInt(append(b, `{"years":`...), int64(d.Years), 10)
			b = strconv.AppendInt(append(b, `,"months":`...), int64(d.Months), 10)
			b = strconv.AppendInt(append(b, `,"days":`...), int64(d.Days), 10)
			return append(b, '}')
		}}
}

func tellText[Out any](name string, of func(*Out) string) tell[Out] {
	return tell[Out]{Field: Field{Name: name, Type: TypeText},
		write: func(b []byte, out *Out) []byte { return appendString(b, of(out)) }}
}

// tellWord writes the word that the number stands for, from 1, and null for 0.
func tellWord[Out any, E ~uint8](name string, words []string, of func(*Out) E) tell[Out] {
	return tell[Out]{Field: Field{Name: name, Type: TypeEnum, Words: words},
		write: func(b []byte, out *Out) []byte {
			if of(out) == 0 {
				return append(b, "null"...)
			}
			return appendString(b, words[of(out)-1])
		}}
}

// tellReason writes why there is no right, null where there is one.
func tellReason[Out any](of func(*Out) Reason, words ...Reason) tell[Out] {
	return tell[Out]{Field: Field{Name: "reason", Type: TypeEnum, Words: texts(words),
		Optional: true},
		write: func(b []byte, out *Out) []byte {
			if of(out) == "" {
				return append(b, "null"...)
			}
			return appendString(b, string(of(out)))
		}}
}

// tellReasons writes all reasons, which are sorted.
func tellReasons[Out any](of func(*Out) []Reason, words ...Reason) tell[Out] {
	return tell[Out]{Field: Field{Name: "reasons", Type: TypeList, MayBeEmpty: true,
		Items: []Field{{Type: TypeEnum, Words: texts(words)}}},
		write: func(b []byte, out *Out) []byte {
			b = append(b, '[')
			for i, r := range of(out) {
				if i > 0 {
					b = append(b, ',')
				}
				b = appendString(b, string(r))
			}
			return append(b, ']')
		}}
}

func texts(words []Reason) []string {
	s := make([]string, len(words))
	for i, w := range words {
		s[i] = string(w)
	}
	return s
}

// tellAmounts writes a list of amounts.
func tellAmounts[Out any](name string, of func(*Out) []Amount) tell[Out] {
	return tell[Out]{Field: Field{Name: name, Type: TypeList, MayBeEmpty: true,
		Items: []Field{{Type: TypeAmount}}},
		write: func(b []byte, out *Out) []byte {
			b = append(b, '[')
			for i, a := range of(out) {
				if i > 0 {
					b = append(b, ',')
				}
				b = appendAmount(b, a)
			}
			return append(b, ']')
		},
		sound: func(out *Out) bool {
			for _, a := range of(out) {
				if !isSound(a) {
					return false
				}
			}
			return true
		}}
}

// tellList writes a list of objects.
func tellList[Out, Item any](
	name string, of func(*Out) []Item, items ...tell[Item],
) tell[Out] {
	return tell[Out]{Field: Field{Name: name, Type: TypeList, MayBeEmpty: true,
		Items: told(items)},
		write: func(b []byte, out *Out) []byte {
			b = append(b, '[')
			list := of(out)
			for i := range list {
				if i > 0 {
					b = append(b, ',')
				}
				at := len(b)
				b = writeAll(b, items, &list[i])
				b[at] = '{' // in place of the first comma
				b = append(b, '}')
			}
			return append(b, ']')
		},
		sound: func(out *Out) bool {
			list := of(out)
			for i := range list {
				if !soundAll(items, &list[i]) {
					return false
				}
			}
			return true
		}}
}

// award are the fields of an Award, with the reasons that a refusal may have.
func award[Out any](of func(*Out) *Award, reasons ...Reason) []tell[Out] {
	return []tell[Out]{
		tellBool("eligible", func(o *Out) bool { return of(o).Eligible }),
		tellReason(func(o *Out) Reason { return of(o).Reason }, reasons...),
		tellAmount("amount", func(o *Out) Amount { return of(o).Amount }),
	}
}
