package pgvault_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger/pgvault"
	"github.com/stazh/stazh/ledger/seal"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// pool connects to a migrated database of the test's own.
func pool(t *testing.T) *pgxpool.Pool {
	t.Helper()
	url := pgtest.Template(t, "vault", func(ctx context.Context, url string) error {
		p, err := pgxpool.New(ctx, url)
		if err != nil {
			return err
		}
		defer p.Close()
		return pgvault.Migrate(ctx, p)
	})
	p, err := pgxpool.New(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

func keyring(t *testing.T, v seal.Vault) *seal.Keyring {
	t.Helper()
	k, err := seal.NewKeyring(bytes.Repeat([]byte{1}, seal.KeySize), v)
	require.NoError(t, err)
	return k
}

func count(t *testing.T, p *pgxpool.Pool, table string) (n int) {
	t.Helper()
	require.NoError(t, p.QueryRow(t.Context(), "SELECT count(*) FROM vault."+table).Scan(&n))
	return n
}
