package rules

import (
	"math"
	"math/big"
	"math/bits"

	"github.com/stazh/stazh/ledger/money"
)

// exact is a number that is not rounded: rubles, a rate, a multiple or a count, never
// negative. It is a fraction of a 128-bit and a 64-bit number, which every figure of the
// law fits into; one that would not goes on as a big fraction, so that no formula has to
// ask how large its figures may become. The zero value is 0.
type exact struct {
	hi, lo uint64
	// den is the divisor; 0 stands for 1, so that the zero value is a number.
	den uint64
	// big, where it is set, is the number, and the other fields do not count.
	big *big.Rat
}

// kopecks is how many of them make a ruble.
const kopecks = 100

func exactInt(n int) exact { return exact{lo: uint64(n), den: 1} }

func exactAmountOf(a money.Amount) exact { return exact{lo: uint64(a), den: kopecks} }

// exactRate reduces by tens: rates have few decimals, and small divisors stay in range.
func exactRate(r money.Rate) exact {
	n, d := uint64(r), uint64(rateUnits)
	for n%10 == 0 && d > 1 {
		n, d = n/10, d/10
	}
	return exact{lo: n, den: d}
}

// reduced is the same number with the smallest divisor. Values of the law are reduced
// once, when they are published.
func (x exact) reduced() exact {
	if x.big != nil || x.hi != 0 {
		return x
	}
	g := divisor(x.lo, x.divisor())
	return exact{lo: x.lo / g, den: x.divisor() / g}
}

func (x exact) divisor() uint64 { return max(x.den, 1) }

func (x exact) isZero() bool {
	if x.big != nil {
		return x.big.Sign() == 0
	}
	return x.hi|x.lo == 0
}

// rat gives the number as a big fraction.
func (x exact) rat() *big.Rat {
	if x.big != nil {
		return x.big
	}
	n := new(big.Int).SetUint64(x.hi)
	n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(x.lo))
	return new(big.Rat).SetFrac(n, new(big.Int).SetUint64(x.divisor()))
}

// times gives x × y.
func (x exact) times(y exact) exact {
	if x.big == nil && y.big == nil && (x.hi == 0 || y.hi == 0) {
		if x.hi != 0 {
			x, y = y, x
		}
		over, lo, hi := mul128(y.hi, y.lo, x.lo)
		denHi, den := bits.Mul64(x.divisor(), y.divisor())
		if over == 0 && denHi == 0 {
			return exact{hi: hi, lo: lo, den: den}
		}
	}
	return exact{big: new(big.Rat).Mul(x.rat(), y.rat())}
}

// over gives x / n; n is not zero.
func (x exact) over(n int) exact { return x.times(exact{lo: 1, den: uint64(n)}) }

// per gives x / y; y is not zero.
func (x exact) per(y exact) exact {
	if y.big == nil && y.hi == 0 {
		return x.times(exact{lo: y.divisor(), den: y.lo})
	}
	return exact{big: new(big.Rat).Quo(x.rat(), y.rat())}
}

// plus gives x + y.
func (x exact) plus(y exact) exact {
	if x.big == nil && y.big == nil {
		xd, yd := x.divisor(), y.divisor()
		byX, byY := uint64(1), uint64(1)
		if xd != yd {
			g := divisor(xd, yd)
			byX, byY = yd/g, xd/g
		}
		over1, lo1, hi1 := mul128(x.hi, x.lo, byX)
		over2, lo2, hi2 := mul128(y.hi, y.lo, byY)
		lo, carry := bits.Add64(lo1, lo2, 0)
		hi, over := bits.Add64(hi1, hi2, carry)
		denHi, den := bits.Mul64(xd, byX)
		if over1|over2|over|denHi == 0 {
			return exact{hi: hi, lo: lo, den: den}
		}
	}
	return exact{big: new(big.Rat).Add(x.rat(), y.rat())}
}

// cmp gives -1, 0 or 1 as x is less than, equal to or more than y.
func (x exact) cmp(y exact) int {
	if x.big != nil || y.big != nil {
		return x.rat().Cmp(y.rat())
	}
	over1, lo1, hi1 := mul128(x.hi, x.lo, y.divisor())
	over2, lo2, hi2 := mul128(y.hi, y.lo, x.divisor())
	for _, pair := range [...][2]uint64{{over1, over2}, {hi1, hi2}, {lo1, lo2}} {
		switch {
		case pair[0] < pair[1]:
			return -1
		case pair[0] > pair[1]:
			return 1
		}
	}
	return 0
}

func (x exact) less(y exact) bool { return x.cmp(y) < 0 }

func larger(x, y exact) exact {
	if x.less(y) {
		return y
	}
	return x
}

func smaller(x, y exact) exact {
	if y.less(x) {
		return y
	}
	return x
}

// amountTooLarge stands for a sum beyond what any answer may hold. It is far above
// money.Max, and a few of them can be added.
const amountTooLarge = money.Amount(math.MaxInt64 / 8)

// round is the one rounding of the law: half-up to the kopeck.
func (x exact) round() money.Amount {
	if x.big == nil {
		// (2 × kopecks + 1) / 2, all over the divisor.
		over, lo, hi := mul128(x.hi, x.lo, 2*kopecks)
		d := x.divisor()
		lo, carry := bits.Add64(lo, d, 0)
		hi, carry = bits.Add64(hi, 0, carry)
		if over|carry == 0 && d <= math.MaxInt64 {
			if hi >= 2*d {
				return amountTooLarge
			}
			q, _ := bits.Div64(hi, lo, 2*d)
			return money.Amount(min(q, uint64(amountTooLarge)))
		}
	}
	r := x.rat()
	if r.Cmp(amountTooLarge.Rat()) >= 0 {
		return amountTooLarge
	}
	return money.RoundHalfUp(r)
}

// String gives the decimal text with at least two decimals, or a fraction where the
// decimals have no end.
func (x exact) String() string {
	if n, ok := x.hundredths(); ok {
		return money.Amount(n).String()
	}
	r := x.rat()
	if digits, ends := r.FloatPrec(); ends {
		return r.FloatString(max(digits, 2))
	}
	return r.String()
}

// hundredths gives the number in hundredths where it is a whole number of them, as most
// figures are.
func (x exact) hundredths() (uint64, bool) {
	if x.big != nil || x.hi != 0 {
		return 0, false
	}
	hi, lo := bits.Mul64(x.lo, kopecks)
	if hi >= x.divisor() {
		return 0, false
	}
	n, rest := bits.Div64(hi, lo, x.divisor())
	return n, rest == 0 && n <= math.MaxInt64
}

// mul128 multiplies a 128-bit by a 64-bit number.
func mul128(hi, lo, by uint64) (over, outLo, outHi uint64) {
	carry, outLo := bits.Mul64(lo, by)
	if hi == 0 {
		return 0, outLo, carry
	}
	over, high := bits.Mul64(hi, by)
	outHi, c := bits.Add64(high, carry, 0)
	return over + c, outLo, outHi
}

// divisor gives the greatest common divisor of two numbers of which one is not zero.
func divisor(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
