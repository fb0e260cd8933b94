package registry_test

import (
	"fmt"
	"testing"
	"time"
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections/projectiontest"
	"github.com/stazh/stazh/projections/registry"
)

func TestScale(t *testing.T) {
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	syl := []string{"БА", "РО", "КУ", "ЛЕ", "МИ", "НО", "СА", "ТИ", "ВЕ", "ГУ", "ДО", "ЖИ", "ЗА", "ПЕ", "ХО", "ЧЕ"}
	end := []string{"ОВ", "ЕНКО", "ИЧ", "СКИЙ", "ЮК", "ИН", "КО", "ЕЦ"}
	nm := []string{"ИВАН", "ПЁТР", "АННА", "ОЛЕГ", "АЛЕКСАНДР", "МАРИЯ", "СЕРГЕЙ", "ЕЛЕНА", "ДМИТРИЙ", "ОЛЬГА"}
	h.RegisterPerson(unp, event.PersonalData{InsuranceNo: "x", Surname: "Х", Name: "Х"})
	projectiontest.CatchUp(t, pool, h, registry.New(h.Keys))
	_ = syl
	_ = end
	p := registry.New(h.Keys)
	_ = p
	n := 300000
	for from := 0; from < n; from += 10000 {
		rows := registry.RowsOf(from, 10000, syl, end, nm)
		err := pgx.BeginFunc(context.Background(), pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(context.Background(), "set local search_path to registry_v1; set local synchronous_commit to off"); err != nil {
				return err
			}
			return rows(context.Background(), tx)
		})
		require.NoError(t, err)
	}
	_, err := pool.Exec(context.Background(), "analyze registry_v1.person")
	require.NoError(t, err)
	var size string
	require.NoError(t, pool.QueryRow(context.Background(), "select pg_size_pretty(pg_relation_size('registry_v1.person')) || ' keys ' || pg_size_pretty(pg_relation_size('registry_v1.person_keys'))").Scan(&size))
	fmt.Println(size)
	q := registry.NewQueries(pool)
	for _, text := range []string{"БАРОКУОВ", "БАРОКУОВ ИВАН", "БАРКУОВ ИВАН", "ИВАН", "ИВАН БАРОКУОВ", "БАР", "АЛЕКСАНДР ЕЛЕНА", "БАРОКУОВ И П", "30000012A001PB1"} {
		for range 2 {
			began := time.Now()
			page, err := q.FindPersons(t.Context(), text, "", 20)
			require.NoError(t, err)
			fmt.Println(text, len(page.Items), time.Since(began))
		}
	}
}
