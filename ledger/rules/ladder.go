package rules

import (
	"strconv"
	"strings"

	"github.com/stazh/stazh/ledger/money"
)

// ladder is a table of the law by a whole number: each rung holds from its number up to
// the next rung. Tables by age, by year or by degree are one dated value, so that the law
// can change their limits with their figures.
type ladder []rung

type rung struct {
	from  int
	value money.Rate
}

// at gives the value for a number; ok is false below the first rung.
func (l ladder) at(n int) (value money.Rate, ok bool) {
	for i := len(l) - 1; i >= 0; i-- {
		if n >= l[i].from {
			return l[i].value, true
		}
	}
	return 0, false
}

// only gives the value that stands for just this number.
func (l ladder) only(n int) (value money.Rate, ok bool) {
	for _, r := range l {
		if r.from == n {
			return r.value, true
		}
	}
	return 0, false
}

// sum gives the values of 1 to n added up.
func (l ladder) sum(n int) money.Rate {
	total := money.Rate(0)
	for i, r := range l {
		last := n
		if i+1 < len(l) {
			last = min(n, l[i+1].from-1)
		}
		if last >= r.from {
			total += r.value * money.Rate(last-max(r.from, 1)+1)
		}
	}
	return total
}

// String gives the text that parseLadder reads.
func (l ladder) String() string {
	parts := make([]string, len(l))
	for i, r := range l {
		parts[i] = strconv.Itoa(r.from) + ":" + r.value.String()
	}
	return strings.Join(parts, " ")
}

// ladderMax bounds the rungs of a table.
const ladderMax = 100

// parseLadder reads "0:12 23:24": numbers and values with one space between the rungs,
// numbers rising.
func parseLadder(s string) (ladder, bool) {
	parts := strings.Split(s, " ")
	if len(parts) > ladderMax {
		return nil, false
	}
	l := make(ladder, 0, len(parts))
	for _, part := range parts {
		from, value, _ := strings.Cut(part, ":")
		n, err := strconv.ParseUint(from, 10, 16)
		if err != nil || !isDecimal(value, decimalsMax) || len(l) > 0 && int(n) <= l[len(l)-1].from {
			return nil, false
		}
		v, err := money.ParseRate(value)
		if err != nil || v > rateMax {
			return nil, false
		}
		l = append(l, rung{int(n), v})
	}
	return l, true
}
