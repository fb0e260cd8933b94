package money_test

import (
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger/money"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]money.Amount{
		"0": 0, "-0": 0, "-0.00": 0, "0.01": 1, "-0.01": -1, "859": 85_900, "859.5": 85_950,
		"859.05": 85_905, "-859.50": -85_950, "00859.00": 85_900,
		"9999999999999.99": money.Max, "-9999999999999.99": -money.Max,
	} {
		got, err := money.Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{
		"", "-", ".", "1.", ".5", "1.234", "1,5", "1 000", " 1", "+1", "--1", "1e3", "0x1",
		"1.-5", "1.2.3", "１", "10000000000000.00", "99999999999999999999", "1\x00", "NaN",
	} {
		_, err := money.Parse(text)
		require.ErrorIs(t, err, money.ErrSyntax, text)
	}
	require.Panics(t, func() { money.MustParse("x") })
}

func TestStringAndParseAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := money.Amount(rapid.Int64Range(int64(-money.Max), int64(money.Max)).Draw(t, "a"))
		back, err := money.Parse(a.String())
		require.NoError(t, err)
		require.Equal(t, a, back)
		require.Equal(t, a.Rat().FloatString(2), a.String())
		b, err := json.Marshal(a)
		require.NoError(t, err)
		require.Equal(t, `"`+a.String()+`"`, string(b))
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, a, back)
	})
	require.Equal(t, "-92233720368547758.08", money.Amount(math.MinInt64).String())
	var a money.Amount
	require.Error(t, json.Unmarshal([]byte(`859.00`), &a), "a JSON number is no amount")
	require.Error(t, json.Unmarshal([]byte(`"859,00"`), &a))
}

func TestParseRate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]money.Rate{
		"0": 0, "1": 100_000_000, "0.28": 28_000_000, "0.280": 28_000_000, "-1.5": -150_000_000,
		"0.00000001": 1, "5": 500_000_000, "92233720368.54775807": math.MaxInt64,
	} {
		got, err := money.ParseRate(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{
		"", "-", ".", ".5", "5.", "+1", "1e2", "1p2", "0x10", "0b1", "1/2", "1_0", "Inf",
		"0.000000001", "92233720368.54775808", "1p1000000000", strings.Repeat("9", 30), "1 ",
	} {
		_, err := money.ParseRate(text)
		require.ErrorIs(t, err, money.ErrRateSyntax, text)
	}
	require.Panics(t, func() { money.MustParseRate("x") })
	rapid.Check(t, func(t *rapid.T) {
		r := money.Rate(rapid.Int64Range(-math.MaxInt64, math.MaxInt64).Draw(t, "r"))
		back, err := money.ParseRate(r.String())
		require.NoError(t, err)
		require.Equal(t, r, back)
		b, err := json.Marshal(r)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, r, back)
	})
}

// Times is the fast way to what RoundHalfUp gives for the exact product.
func TestTimes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := money.Amount(rapid.Int64Range(int64(-money.Max), int64(money.Max)).Draw(t, "a"))
		r := money.Rate(rapid.Int64Range(-100_00000000, 100_00000000).Draw(t, "r"))
		want := money.RoundHalfUp(new(big.Rat).Mul(a.Rat(), r.Rat()))
		require.Equal(t, want, a.Times(r))
	})
	half := money.MustParseRate("0.5")
	for _, c := range []struct{ a, want money.Amount }{
		{1, 1}, {-1, -1}, {3, 2}, {-3, -2}, {2, 1}, {0, 0},
	} {
		require.Equal(t, c.want, c.a.Times(half))
		require.Equal(t, -c.want, c.a.Times(-half))
	}
	require.Equal(t, money.MustParse("240.52"), money.MustParse("859.00").Times(
		money.MustParseRate("0.28")))
	require.Panics(t, func() { money.Amount(math.MaxInt64).Times(2_00000000) })
}

func TestRoundHalfUp(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0.004999": "0.00", "0.005": "0.01", "-0.005": "-0.01", "-0.004999": "0.00",
		"1/3": "0.33", "2/3": "0.67", "-2/3": "-0.67", "1.115": "1.12", "0": "0.00",
	} {
		r, ok := new(big.Rat).SetString(text)
		require.True(t, ok)
		require.Equal(t, want, money.RoundHalfUp(r).String(), text)
	}
	rapid.Check(t, func(t *rapid.T) {
		r := big.NewRat(rapid.Int64().Draw(t, "num"), rapid.Int64Range(1, 1<<40).Draw(t, "den"))
		r.Quo(r, big.NewRat(1000, 1))
		off := new(big.Rat).Sub(money.RoundHalfUp(r).Rat(), r)
		require.LessOrEqual(t, off.Abs(off).Cmp(big.NewRat(1, 200)), 0)
	})
	huge := new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), 80))
	require.Panics(t, func() { money.RoundHalfUp(huge) })
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"859.00", "-1.5", "", ".", "1e9", "0x1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if a, err := money.Parse(s); err == nil {
			exact, ok := new(big.Rat).SetString(s)
			require.True(t, ok)
			require.Zero(t, exact.Cmp(a.Rat()))
		}
		if r, err := money.ParseRate(s); err == nil {
			exact, ok := new(big.Rat).SetString(s)
			require.True(t, ok)
			require.Zero(t, exact.Cmp(r.Rat()))
		}
	})
}
