package rules_test

import (
	"errors"
	"math/big"
	"strings"
	"unicode/utf8"
)

// formula evaluates the formulas of explanations with rationals of any length: what a
// court would do by hand. Text that is no arithmetic gives errProse.
type formula struct {
	text   string
	values map[string]string
}

var errProse = errors.New("the formula is no arithmetic")

func evaluate(text string, values map[string]string) (result *big.Rat, err error) {
	defer func() {
		if r := recover(); r != nil {
			if r != errProse { //nolint:errorlint // it is this very value
				panic(r)
			}
			result, err = nil, errProse
		}
	}()
	f := formula{text: text, values: values}
	result = f.sum()
	if strings.TrimSpace(f.text) != "" {
		return nil, errProse
	}
	return result, nil
}

// take goes over a token if it comes next.
func (f *formula) take(token string) bool {
	rest, ok := strings.CutPrefix(strings.TrimLeft(f.text, " "), token)
	if ok {
		f.text = rest
	}
	return ok
}

func (f *formula) need(token string) {
	if !f.take(token) {
		panic(errProse)
	}
}

func (f *formula) sum() *big.Rat {
	v := f.product()
	for {
		switch {
		case f.take("+"):
			v = new(big.Rat).Add(v, f.product())
		case f.take("−"):
			v = new(big.Rat).Sub(v, f.product())
		default:
			return v
		}
	}
}

func (f *formula) product() *big.Rat {
	v := f.factor()
	for {
		switch {
		case f.take("×"):
			v = new(big.Rat).Mul(v, f.factor())
		case f.take("/"):
			v = new(big.Rat).Quo(v, f.factor())
		default:
			return v
		}
	}
}

func (f *formula) word(chars string) string {
	f.text = strings.TrimLeft(f.text, " ")
	end := strings.IndexFunc(f.text, func(r rune) bool { return !strings.ContainsRune(chars, r) })
	if end < 0 {
		end = len(f.text)
	}
	w := f.text[:end]
	f.text = f.text[end:]
	return w
}

func (f *formula) factor() *big.Rat {
	if f.take("(") {
		v := f.sum()
		f.need(")")
		return v
	}
	if digits := f.word("0123456789."); digits != "" {
		return number(digits)
	}
	name := f.word("abcdefghijklmnopqrstuvwxyz_0123456789")
	switch {
	case name == "":
		panic(errProse)
	case f.take("("):
		return f.function(name)
	case f.take("["):
		at := f.value(f.word("abcdefghijklmnopqrstuvwxyz_0123456789"))
		f.need("]")
		return rungOf(f.value(name), number(at))
	}
	return number(f.value(name))
}

func (f *formula) value(name string) string {
	v, ok := f.values[name]
	if !ok {
		panic(errProse)
	}
	return v
}

func (f *formula) function(name string) *big.Rat {
	if name == "months" {
		v := months(f.value(f.word("abcdefghijklmnopqrstuvwxyz_")))
		f.need(")")
		return v
	}
	if name == "sum" {
		table := f.value(f.word("abcdefghijklmnopqrstuvwxyz_"))
		f.need(",")
		n := f.sum()
		f.need(")")
		total := new(big.Rat)
		for i := int64(1); big.NewRat(i, 1).Cmp(n) <= 0; i++ {
			total.Add(total, rungOf(table, big.NewRat(i, 1)))
		}
		return total
	}
	args := []*big.Rat{f.sum()}
	for f.take(",") {
		args = append(args, f.sum())
	}
	f.need(")")
	v := args[0]
	for _, a := range args[1:] {
		if name == "min" && a.Cmp(v) < 0 || name == "max" && a.Cmp(v) > 0 {
			v = a
		}
	}
	switch name {
	case "min", "max":
		return v
	case "floor":
		return new(big.Rat).SetInt(new(big.Int).Div(v.Num(), v.Denom()))
	case "round": // half-up to the kopeck
		n := new(big.Int).Mul(v.Num(), big.NewInt(200))
		n.Add(n, v.Denom())
		n.Div(n, new(big.Int).Mul(v.Denom(), big.NewInt(2)))
		return new(big.Rat).SetFrac(n, big.NewInt(100))
	}
	panic(errProse)
}

// number reads a decimal, a fraction, or a group of disability as its number.
func number(text string) *big.Rat {
	if at := strings.Index("I  II III", text); strings.Trim(text, "I") == "" && at >= 0 {
		return big.NewRat(int64(utf8.RuneCountInString(text)), 1)
	}
	v, ok := new(big.Rat).SetString(text)
	if !ok {
		panic(errProse)
	}
	return v
}

// months gives the whole months of "1y 6m 20d".
func months(text string) *big.Rat {
	parts := strings.Fields(text)
	if len(parts) != 3 {
		panic(errProse)
	}
	years, m := number(strings.TrimSuffix(parts[0], "y")), number(strings.TrimSuffix(parts[1], "m"))
	return m.Add(m, years.Mul(years, big.NewRat(12, 1)))
}

// rungOf gives the value of a table such as "0:12 23:24" for a number.
func rungOf(table string, at *big.Rat) *big.Rat {
	var v *big.Rat
	for _, rung := range strings.Fields(table) {
		from, value, ok := strings.Cut(rung, ":")
		if ok && number(from).Cmp(at) <= 0 {
			v = number(value)
		}
	}
	if v == nil {
		panic(errProse)
	}
	return v
}
