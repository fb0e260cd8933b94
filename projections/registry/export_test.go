package registry

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger/event"
)

func RowsOf(from, n int, syl, end, nm []string) func(context.Context, pgx.Tx) error {
	rows := newPersonRows(n)
	for i := from; i < from+n; i++ {
		s := i / 20
		rows.add(uuid.New(), &identity{}, &event.PersonalData{InsuranceNo: fmt.Sprintf("3%07dA001PB1", i),
			Surname: syl[s%16] + syl[s/16%16] + syl[s/256%16] + end[s/4096%8], Name: nm[i%10], Patronymic: nm[i/10%10] + "ОВИЧ"})
	}
	return rows.store
}
