package rules_test

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// bothFaces asks a rule with and without a trace: the answers must be the same.
func bothFaces[In, Out any](
	t require.TestingT, law *rules.Law,
	rule func(*rules.Law, In, *rules.Trace) (Out, error), in In,
) (Out, error) {
	fast, fastErr := rule(law, in, nil)
	explained, explainedErr := rule(law, in, new(rules.Trace))
	require.Equal(t, fastErr, explainedErr)
	require.Equal(t, fast, explained)
	return fast, fastErr
}

func kopecks(most int64) *rapid.Generator[money.Amount] {
	return rapid.Custom(func(t *rapid.T) money.Amount {
		return money.Amount(rapid.Int64Range(0, most).Draw(t, "kopecks"))
	})
}

// days gives days of a span in which all numbers of the law are known.
func days(first, last string) *rapid.Generator[period.Date] {
	from := period.MustDate(first)
	n := from.DaysUntil(period.MustDate(last))
	return rapid.Custom(func(t *rapid.T) period.Date {
		return from.AddDays(rapid.IntRange(0, n).Draw(t, "day"))
	})
}

func survivors(mothers bool) *rapid.Generator[[]rules.Survivor] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) rules.Survivor {
		return rules.Survivor{
			PersonID:     "p",
			FullOrphan:   rapid.Bool().Draw(t, "orphan"),
			MotherOfFive: mothers && rapid.Bool().Draw(t, "mother"),
		}
	}), 1, 6)
}

func totalOf(list []rules.PersonAmount) money.Amount {
	var sum money.Amount
	for _, p := range list {
		sum += p.Amount
	}
	return sum
}

func TestSurvivorPensionsKeepTheirShape(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	rapid.Check(t, func(t *rapid.T) {
		in := rules.PartialSurvivorsInput{
			SurvivorsInput: rules.SurvivorsInput{
				LastCoveredEarnings: kopecks(1_000_000).Draw(t, "earnings"),
				OnDate:              days("2018-02-01", "2018-10-31").Draw(t, "on"),
				Survivors:           survivors(true).Draw(t, "survivors"),
			},
			DeathDate: period.MustDate("2018-02-01"),
			Coverage: rules.Duration{
				Years: rapid.IntRange(0, 15).Draw(t, "years"),
				Days:  rapid.IntRange(1, 29).Draw(t, "days"),
			},
		}
		in.DeceasedBirthDate = in.DeathDate.AddMonths(-rapid.IntRange(16*12, 70*12).Draw(t, "age"))
		full, err := bothFaces(t, law, rules.SU2, in.SurvivorsInput)
		require.NoError(t, err)
		require.Equal(t, full.Amount, totalOf(full.Survivors))
		more := in.SurvivorsInput
		more.LastCoveredEarnings++
		higher, err := rules.SU2(law, more, nil)
		require.NoError(t, err)
		require.GreaterOrEqual(t, higher.Amount, full.Amount)

		partial, err := bothFaces(t, law, rules.SU3, in)
		if err != nil {
			require.Equal(t, rules.CodeNotApplicable, rules.AsError(err).Code)
			return
		}
		require.Equal(t, partial.Amount, totalOf(partial.Survivors))
		require.LessOrEqual(t, partial.MonthsCounted, partial.MonthsRequired)
		for i, p := range partial.Survivors {
			require.LessOrEqual(t, p.Amount, full.Survivors[i].Amount, "partial above full")
		}
		in.Coverage.Months++
		longer, err := rules.SU3(law, in, nil)
		if err == nil {
			require.GreaterOrEqual(t, longer.Amount, partial.Amount)
		}
	})
}

// byDay adds a benefit day by day: each day's pay for the calendar month it is in, and
// each month between its days' parts of the two limits.
func byDay(
	start period.Date, n int, pay func(day int, month period.Month) *big.Rat, least, most *big.Rat,
) money.Amount {
	sum := new(big.Rat)
	for day := 0; day < n; {
		month := start.AddDays(day).Month()
		paid, in := new(big.Rat), int64(0)
		for ; day < n && start.AddDays(day).Month() == month; day++ {
			paid.Add(paid, pay(day, month))
			in++
		}
		part := big.NewRat(in, int64(month.Days()))
		if low := new(big.Rat).Mul(least, part); paid.Cmp(low) < 0 {
			paid = low
		}
		if high := new(big.Rat).Mul(most, part); paid.Cmp(high) > 0 {
			paid = high
		}
		sum.Add(sum, paid)
	}
	return money.RoundHalfUp(sum)
}

func TestSicknessIsTheSumOfItsDays(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	wage := money.MustParse("859.00").Rat()
	most := new(big.Rat).Mul(wage, big.NewRat(3, 1))
	rapid.Check(t, func(t *rapid.T) {
		in := rules.DaysInput{
			StartDate:            days("2018-02-01", "2018-02-28").Draw(t, "start"),
			AverageDailyEarnings: kopecks(20_000).Draw(t, "earnings"),
		}
		n := rapid.IntRange(1, 200).Draw(t, "days")
		in.EndDate = in.StartDate.AddDays(n - 1)
		got, err := bothFaces(t, law, rules.SI1, in)
		require.NoError(t, err)
		want := byDay(in.StartDate, n, func(day int, _ period.Month) *big.Rat {
			if day < 12 {
				return new(big.Rat).Mul(in.AverageDailyEarnings.Rat(), big.NewRat(4, 5))
			}
			return in.AverageDailyEarnings.Rat()
		}, new(big.Rat), most)
		require.Equal(t, want, got.Amount)
		require.Equal(t, n, got.DaysReduced+got.DaysFull)
		require.LessOrEqual(t, got.Amount, got.GrossAmount)
		if !got.CapApplied {
			require.Equal(t, got.GrossAmount, got.Amount)
		}
		in.EndDate = in.EndDate.AddDays(1)
		longer, err := rules.SI1(law, in, nil)
		require.NoError(t, err)
		require.GreaterOrEqual(t, longer.Amount, got.Amount)
	})
}

func TestMaternityIsTheSumOfItsDays(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	least := new(big.Rat).Quo(money.MustParse("199.32").Rat(), big.NewRat(2, 1))
	most := new(big.Rat).Mul(money.MustParse("859.00").Rat(), big.NewRat(3, 1))
	rapid.Check(t, func(t *rapid.T) {
		in := rules.MaternityInput{
			Beneficiary:   rapid.SampledFrom([]rules.Beneficiary{1, 2, 3}).Draw(t, "who"),
			MonthlyAmount: kopecks(400_000).Draw(t, "monthly"),
			StartDate:     days("2018-02-01", "2018-02-28").Draw(t, "start"),
			Days:          rapid.IntRange(1, 140).Draw(t, "days"),
		}
		got, err := bothFaces(t, law, rules.MA2, in)
		require.NoError(t, err)
		want := byDay(in.StartDate, in.Days, func(_ int, month period.Month) *big.Rat {
			day := big.NewRat(1, int64(month.Days()))
			if in.Beneficiary == rules.EmployedMother {
				day = big.NewRat(6, 31+30+31+30+31+31) // August to January
			}
			return day.Mul(day, in.MonthlyAmount.Rat())
		}, least, most)
		require.Equal(t, want, got.Amount)
		require.Equal(t, in.Beneficiary == rules.EmployedMother, got.Daily)
	})
}

func TestInjuryBenefitsKeepTheirShape(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	rapid.Check(t, func(t *rapid.T) {
		reduction := money.Rate(rapid.Int64Range(0, 50_000_000).Draw(t, "reduction"))
		in := rules.InjuryPensionInput{
			AdjustedMonthlyEarnings: kopecks(1_000_000).Draw(t, "earnings"),
			LossOfCapacity:          money.Rate(rapid.Int64Range(1, 99_999_999).Draw(t, "loss")),
			OnDate:                  days("2018-02-01", "2018-02-28").Draw(t, "on"),
			Negligence:              rules.Negligence{Gross: true, Reduction: reduction},
		}
		pension, err := bothFaces(t, law, rules.WI2, in)
		require.NoError(t, err)
		grant, err := bothFaces(t, law, rules.WI3, in)
		require.NoError(t, err)
		require.Equal(t, pension.Amount, grant.MonthlyPension)
		require.InDelta(t, 6*float64(pension.Amount), float64(grant.Amount), 3)
		for _, change := range []func(*rules.InjuryPensionInput){
			func(in *rules.InjuryPensionInput) { in.AdjustedMonthlyEarnings++ },
			func(in *rules.InjuryPensionInput) { in.LossOfCapacity++ },
			func(in *rules.InjuryPensionInput) { in.Negligence.Reduction = 0 },
		} {
			more := in
			change(&more)
			higher, err := rules.WI2(law, more, nil)
			require.NoError(t, err)
			require.GreaterOrEqual(t, higher.Amount, pension.Amount)
		}
	})
}

func TestSharesSumToTheWhole(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	rapid.Check(t, func(t *rapid.T) {
		ids := make([]string, rapid.IntRange(1, 50).Draw(t, "survivors"))
		grant, err := bothFaces(t, law, rules.WI5, rules.InjuryDeathInput{
			DateOfDeath: days("2018-06-01", "2018-07-31").Draw(t, "death"), SurvivorIDs: ids})
		require.NoError(t, err)
		require.Equal(t, grant.Amount, totalOf(grant.Survivors))
		for i, p := range grant.Survivors {
			require.LessOrEqual(t, p.Amount, grant.Survivors[0].Amount)
			require.GreaterOrEqual(t, p.Amount+1, grant.Survivors[0].Amount)
			if i > 0 {
				require.LessOrEqual(t, p.Amount, grant.Survivors[i-1].Amount)
			}
		}
		in := rules.InjurySurvivorsInput{
			AdjustedMonthlyEarnings: kopecks(1_000_000).Draw(t, "earnings"),
			SurvivorIDs:             ids, Others: rapid.IntRange(0, 5).Draw(t, "others")}
		shares, err := bothFaces(t, law, rules.WI4, in)
		require.NoError(t, err)
		require.Equal(t, shares.Amount, totalOf(shares.Survivors))
		parts := money.Amount(len(ids) + 1 + in.Others)
		require.InDelta(t, float64(in.AdjustedMonthlyEarnings), float64(parts*shares.Share),
			float64(parts)/2)

		birth, err := bothFaces(t, law, rules.FA8, rules.BirthInput{
			ChildBirthDate:   days("2018-02-02", "2018-10-31").Draw(t, "birth"),
			ChildrenBorn:     rapid.IntRange(1, 9).Draw(t, "born"),
			PreviousChildren: rapid.IntRange(0, 2).Draw(t, "previous")})
		require.NoError(t, err)
		var sum money.Amount
		for _, a := range birth.ChildAmounts {
			sum += a
		}
		require.Equal(t, birth.Amount, sum)
	})
}

func TestUnemploymentFallsAndIsCapped(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	rapid.Check(t, func(t *rapid.T) {
		in := rules.UnemploymentInput{
			Track:  rapid.SampledFrom([]rules.Track{1, 2, 3}).Draw(t, "track"),
			Week:   rapid.IntRange(1, 25).Draw(t, "week"),
			OnDate: days("2018-01-01", "2018-12-31").Draw(t, "on"),
		}
		if in.Track == rules.TrackRegular {
			earnings := kopecks(20_000).Draw(t, "earnings")
			in.AverageEarnings = &earnings
		}
		now, err := bothFaces(t, law, rules.UN2, in)
		require.NoError(t, err)
		require.LessOrEqual(t, now.Amount, money.MustParse("49.00"))
		in.Week++
		next, err := rules.UN2(law, in, nil)
		require.NoError(t, err)
		require.LessOrEqual(t, next.Amount, now.Amount)
	})
}

func TestBenefitsOfMassRunsDoNotAllocate(t *testing.T) {
	law := recordedLaw(t)
	birth, on := period.MustDate("2016-02-11"), period.MustDate("2018-02-10")
	earnings, half := money.MustParse("85.90"), money.MustParseRate("0.5")
	fifty := rules.DaysInput{
		StartDate: on, EndDate: on.AddDays(50), AverageDailyEarnings: earnings}
	child := rules.ChildInput{ChildBirthDate: birth, OnDate: on}
	negligence := rules.Negligence{Gross: true, Reduction: half}
	injury := rules.InjuryPensionInput{AdjustedMonthlyEarnings: earnings,
		LossOfCapacity: half, OnDate: on, Negligence: negligence}
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, calculate := range map[string]func() error{
		"SU-1": func() error {
			_, err := rules.SU1(law, rules.SurvivorInput{Relation: rules.Parent,
				Sex: rules.Male, BirthDate: birth, OnDate: on}, nil)
			return err
		},
		"SU-4": func() error {
			_, err := rules.SU4(law, rules.OrphanInput{BirthDate: birth, OnDate: on}, nil)
			return err
		},
		"SU-5": func() error {
			_, err := rules.SU5(law, rules.FuneralInput{DateOfDeath: on, ClaimDate: on}, nil)
			return err
		},
		"SI-1": func() error { _, err := rules.SI1(law, fifty, nil); return err },
		"MA-2": func() error {
			_, err := rules.MA2(law, rules.MaternityInput{Beneficiary: rules.EmployedMother,
				MonthlyAmount: earnings, StartDate: on, Days: 140}, nil)
			return err
		},
		"WI-2": func() error { _, err := rules.WI2(law, injury, nil); return err },
		"WI-7": func() error {
			_, err := rules.WI7(law, rules.InjuryRelativeInput{Relation: rules.InjuryParent,
				Sex: rules.Female, BirthDate: birth, OnDate: on}, nil)
			return err
		},
		"UN-2": func() error {
			_, err := rules.UN2(law, rules.UnemploymentInput{Track: rules.TrackRegular, Week: 14,
				AverageEarnings: &earnings, OnDate: on}, nil)
			return err
		},
		"FA-1": func() error {
			_, err := rules.FA1(law, rules.SmallChildInput{ChildInput: child, ChildOrder: 1}, nil)
			return err
		},
		"FA-4": func() error {
			_, err := rules.FA4(law, rules.DisabledChildInput{ChildInput: child, HealthLossDegree: 3}, nil)
			return err
		},
	} {
		require.Zero(t, testing.AllocsPerRun(50, func() { check(calculate()) }), name)
	}
}
