package rules

import (
	"math"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// ask is a field of a question bound to its place in the question's struct.
type ask[In any] struct {
	Field
	read func(r *reader, f *Field, in *In)
}

// optional lets the field be absent or null; its place then keeps the zero value.
func (a ask[In]) optional() ask[In] {
	a.Optional = true
	return a
}

// between narrows an int.
func (a ask[In]) between(least, most int) ask[In] {
	a.Least, a.Most = least, most
	return a
}

// readAll takes all fields of a question from the reader.
func readAll[In any](r *reader, asks []ask[In], in *In) {
	for i := range asks {
		if asks[i].Optional && r.absent(asks[i].Name) {
			continue
		}
		asks[i].read(r, &asks[i].Field, in)
	}
}

func fieldsOf[In any](asks []ask[In]) []Field {
	fields := make([]Field, len(asks))
	for i, a := range asks {
		fields[i] = a.Field
	}
	return fields
}

func askAmount[In any](name string, at func(*In) *money.Amount) ask[In] {
	return ask[In]{Field{Name: name, Type: TypeAmount}, func(r *reader, f *Field, in *In) {
		*at(in) = r.amount(f.Name)
	}}
}

// askAmountOrNot reads an optional amount whose absence means something else than 0.00.
func askAmountOrNot[In any](name string, at func(*In) **money.Amount) ask[In] {
	return ask[In]{Field{Name: name, Type: TypeAmount, Optional: true},
		func(r *reader, f *Field, in *In) {
			v := r.amount(f.Name)
			*at(in) = &v
		}}
}

func askRate[In any](name string, at func(*In) *money.Rate) ask[In] {
	return ask[In]{Field{Name: name, Type: TypeRate}, func(r *reader, f *Field, in *In) {
		*at(in) = r.rate(f.Name)
	}}
}

// askRateOrNot reads an optional rate whose absence means something else than 0.
func askRateOrNot[In any](name string, at func(*In) **money.Rate) ask[In] {
	return ask[In]{Field{Name: name, Type: TypeRate, Optional: true},
		func(r *reader, f *Field, in *In) {
			v := r.rate(f.Name)
			*at(in) = &v
		}}
}

func askDate[In any](name string, at func(*In) *period.Date) ask[In] {
	return ask[In]{Field{Name: name, Type: TypeDate}, func(r *reader, f *Field, in *In) {
		*at(in) = r.date(f.Name)
	}}
}

func askMonth[In any](name string, at func(*In) *period.Month) ask[In] {
	return ask[In]{Field{Name: name, Type: TypeMonth}, func(r *reader, f *Field, in *In) {
		*at(in) = r.month(f.Name)
	}}
}

// askInt reads a whole number from 0 to intMax, or as narrowed by between.
func askInt[In any](name string, at func(*In) *int) ask[In] {
	return ask[In]{Field{Name: name, Type: TypeInt, Most: intMax},
		func(r *reader, f *Field, in *In) { *at(in) = r.integer(f.Name, f.Least, f.Most) }}
}

func askBool[In any](name string, at func(*In) *bool) ask[In] {
	return ask[In]{Field{Name: name, Type: TypeBool}, func(r *reader, f *Field, in *In) {
		*at(in) = r.boolean(f.Name)
	}}
}

// askWord reads one of the words; the value is its place in the list, from 1.
func askWord[In any, E ~uint8](name string, words []string, at func(*In) *E) ask[In] {
	return ask[In]{Field{Name: name, Type: TypeEnum, Words: words},
		func(r *reader, f *Field, in *In) { *at(in) = E(r.word(f.Name, f.Words)) }}
}

func askSex[In any](at func(*In) *Sex) ask[In] { return askWord("sex", sexes, at) }

func askGroup[In any](at func(*In) *Group) ask[In] { return askWord("group", groups, at) }

func askCoverage[In any](name string, at func(*In) *Duration) ask[In] {
	return ask[In]{Field{Name: name, Type: TypeCoverage}, func(r *reader, f *Field, in *In) {
		*at(in) = r.coverage(f.Name)
	}}
}

// askText reads a text that is not empty.
func askText[In any](name string, at func(*In) *string) ask[In] {
	return ask[In]{Field{Name: name, Type: TypeText}, func(r *reader, f *Field, in *In) {
		*at(in), _ = r.text(f.Name, "give a text")
	}}
}

// askPersonID reads the id of a person in a list; with id it must be unique there.
func askPersonID[In any](at func(*In) *string) ask[In] { return askText(personID, at) }

const personID = "person_id"

// askList reads a list of objects. id gives what must be unique in the list, and is nil
// where nothing has to be.
func askList[In, Item any](
	name string, at func(*In) *[]Item, id func(*Item) string, items ...ask[Item],
) ask[In] {
	return ask[In]{Field{Name: name, Type: TypeList, Items: fieldsOf(items)},
		func(r *reader, f *Field, in *In) {
			given := r.list(f.Name)
			list := make([]Item, len(given))
			seen := make(map[string]bool, len(given))
			for i := range list {
				sub := r.item(f.Name, given, i)
				readAll(sub, items, &list[i])
				if id != nil && sub.err == nil {
					if key := id(&list[i]); seen[key] {
						sub.fail(personID, "the person is already in the list: name each once")
					} else {
						seen[key] = true
					}
				}
				if r.adopt(sub) {
					return
				}
			}
			*at(in) = list
		}}
}

// askDates reads a list of dates.
func askDates[In any](name string, at func(*In) *[]period.Date) ask[In] {
	return ask[In]{Field{Name: name, Type: TypeList, Items: []Field{{Type: TypeDate}}},
		func(r *reader, f *Field, in *In) {
			given := r.list(f.Name)
			list := make([]period.Date, len(given))
			for i := range list {
				list[i] = r.asDate(index(f.Name, i), &given[i])
			}
			*at(in) = list
		}}
}

// askIDs reads a list of ids of persons, each of which stands there once.
func askIDs[In any](name string, at func(*In) *[]string) ask[In] {
	return ask[In]{Field{Name: name, Type: TypeList, Items: []Field{{Type: TypeText}}},
		func(r *reader, f *Field, in *In) {
			given := r.list(f.Name)
			list := make([]string, len(given))
			seen := make(map[string]bool, len(given))
			for i := range list {
				s, ok := r.asText(index(f.Name, i), &given[i], "give a text")
				if ok && seen[s] {
					r.fail(index(f.Name, i), "the person is already in the list: name each once")
				}
				seen[s], list[i] = true, s
			}
			*at(in) = list
		}}
}

// intMax bounds whole numbers, so that no formula leaves its range.
const intMax = math.MaxInt32
