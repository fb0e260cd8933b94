// Package money holds exact amounts in Belarusian rubles as whole kopecks, and the one
// named rounding of the law. It knows no parameters and no formulas.
package money

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// Amount is a sum in kopecks (1 BYN = 100 kopecks). Its text form, in JSON too, is a
// decimal string with exactly two decimals: "859.00".
type Amount int64

// Max bounds every amount that is accepted from outside (9.99 trillion BYN): sums of
// many such amounts must not overflow an int64.
const Max Amount = 999_999_999_999_999

// ErrSyntax is returned for a text that is no amount with at most two decimals.
var ErrSyntax = errors.New("not an amount with at most two decimals, like 859.00")

// Parse reads "859", "859.5" or "-859.50". A comma, spaces and exponents are refused:
// file formats clean their own text first.
func Parse(s string) (Amount, error) {
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, hasPoint := strings.Cut(digits, ".")
	if whole == "" || len(fraction) > 2 || (hasPoint && fraction == "") {
		return 0, ErrSyntax
	}
	for len(fraction) < 2 {
		fraction += "0"
	}
	var v int64
	for _, c := range []byte(whole + fraction) {
		if c < '0' || c > '9' || v > int64(Max)/10 {
			return 0, ErrSyntax
		}
		v = v*10 + int64(c-'0')
	}
	if v > int64(Max) {
		return 0, ErrSyntax
	}
	if negative {
		v = -v
	}
	return Amount(v), nil
}

// MustParse is Parse for constants in tests and fixtures; it panics on bad text.
func MustParse(s string) Amount {
	a, err := Parse(s)
	if err != nil {
		panic(fmt.Sprintf("money: %q: %v", s, err))
	}
	return a
}

// String gives the decimal text with two decimals.
func (a Amount) String() string { return string(a.AppendText(make([]byte, 0, 16))) }

// AppendText appends the decimal text to b.
func (a Amount) AppendText(b []byte) []byte {
	v := uint64(a)
	if a < 0 {
		b = append(b, '-')
		v = -v
	}
	b = strconv.AppendUint(b, v/100, 10)
	return append(b, '.', byte('0'+v/10%10), byte('0'+v%10))
}

// MarshalText makes an amount a decimal string in JSON.
func (a Amount) MarshalText() ([]byte, error) { return a.AppendText(nil), nil }

// UnmarshalText reads the decimal string.
func (a *Amount) UnmarshalText(b []byte) error {
	v, err := Parse(string(b))
	if err != nil {
		return err
	}
	*a = v
	return nil
}

// rateScale is the number of units in a rate of 1: eight decimals hold every rate,
// multiple and yearly yield the law names.
const rateScale = 100_000_000

// Rate is an exact decimal factor such as 0.28 or 5, in units of 10^-8.
type Rate int64

// ErrRateSyntax is returned for a text that is no decimal with at most eight decimals.
var ErrRateSyntax = errors.New("not a decimal with at most eight decimals, like 0.28")

// rateDecimals is the number of decimals of a rate.
const rateDecimals = 8

// ParseRate reads a decimal fraction such as "0.28" or "-1.5": digits with at most one
// point between them, nothing else (no exponent, no other base, no sign "+").
func ParseRate(s string) (Rate, error) {
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, hasPoint := strings.Cut(digits, ".")
	if whole == "" || len(fraction) > rateDecimals || (hasPoint && fraction == "") {
		return 0, ErrRateSyntax
	}
	for len(fraction) < rateDecimals {
		fraction += "0"
	}
	var v int64
	for _, c := range []byte(whole + fraction) {
		d := int64(c) - '0'
		if d < 0 || d > 9 || v > (math.MaxInt64-d)/10 {
			return 0, ErrRateSyntax
		}
		v = v*10 + d
	}
	if negative {
		v = -v
	}
	return Rate(v), nil
}

// MustParseRate is ParseRate for constants; it panics on bad text.
func MustParseRate(s string) Rate {
	r, err := ParseRate(s)
	if err != nil {
		panic(fmt.Sprintf("money: %q: %v", s, err))
	}
	return r
}

// String gives the shortest decimal text.
func (r Rate) String() string {
	s := new(big.Rat).SetFrac64(int64(r), rateScale).FloatString(8)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// MarshalText makes a rate a decimal string in JSON.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the decimal string.
func (r *Rate) UnmarshalText(b []byte) error {
	v, err := ParseRate(string(b))
	if err != nil {
		return err
	}
	*r = v
	return nil
}

// Rat gives the rate as an exact fraction.
func (r Rate) Rat() *big.Rat { return big.NewRat(int64(r), rateScale) }

// Times multiplies exactly and rounds once, half away from zero, to the kopeck: the
// rounding that the law's amounts use ("half-up" for amounts, which are never negative
// there).
func (a Amount) Times(r Rate) Amount {
	negative := (a < 0) != (r < 0)
	hi, lo := bits.Mul64(abs(int64(a)), abs(int64(r)))
	lo, carry := bits.Add64(lo, rateScale/2, 0)
	hi += carry
	if hi >= rateScale {
		panic("money: product out of range")
	}
	q, _ := bits.Div64(hi, lo, rateScale)
	if q > math.MaxInt64 {
		panic("money: product out of range")
	}
	if negative {
		return -Amount(q)
	}
	return Amount(q)
}

// Rat gives the amount in rubles as an exact fraction, for formulas that divide.
func (a Amount) Rat() *big.Rat { return big.NewRat(int64(a), 100) }

// RoundHalfUp is the law's single rounding of an exact sum in rubles to the kopeck:
// half a kopeck goes away from zero.
func RoundHalfUp(r *big.Rat) Amount {
	scaled := new(big.Rat).Mul(r, big.NewRat(100, 1))
	num, den := new(big.Int).Abs(scaled.Num()), scaled.Denom()
	num.Mul(num, big.NewInt(2)).Add(num, den)
	num.Quo(num, new(big.Int).Mul(den, big.NewInt(2)))
	if !num.IsInt64() {
		panic("money: amount out of range")
	}
	if scaled.Sign() < 0 {
		return -Amount(num.Int64())
	}
	return Amount(num.Int64())
}

func abs(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}
