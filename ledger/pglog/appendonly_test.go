package pglog

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/logtest"
)

// attacks are the ways to change what was recorded, on the parent and on a partition.
// event_21 is a partition that was made while events were appended.
var attacks = []string{
	`UPDATE ledger.event SET record = ''`,
	`DELETE FROM ledger.event WHERE position = 1`,
	`UPDATE ledger.event SET position = position + 1000 WHERE position = 1`,
	`UPDATE ledger.event_1 SET record = ''`,
	`DELETE FROM ledger.event_1`,
	`UPDATE ledger.event_21 SET head = ''`,
	`DELETE FROM ledger.event_21 WHERE position = 22`,
	`TRUNCATE ledger.event`,
	`TRUNCATE ledger.event_1`,
	`TRUNCATE ledger.event_21`,
	`UPDATE ledger.stream SET name = name || 'x'`,
	`UPDATE ledger.stream SET key = key + 100`,
	`DELETE FROM ledger.stream`,
	`TRUNCATE ledger.stream`,
	`UPDATE ledger.context SET stored = '\x00'`,
	`DELETE FROM ledger.context`,
	`TRUNCATE ledger.context`,
	`UPDATE ledger.head SET position = position - 1`,
	`UPDATE ledger.head SET position = position + 1, contexts = contexts - 1`,
	`UPDATE ledger.head SET position = position + 1, recorded_at = 'epoch'`,
	`DELETE FROM ledger.head`,
	`TRUNCATE ledger.head`,
	`UPDATE ledger.event_type SET name = 'x'`,
	`DELETE FROM ledger.event_type`,
	`TRUNCATE ledger.event_type`,
	`UPDATE ledger.event_partition SET upper = upper + 1`,
	`DELETE FROM ledger.event_partition`,
	`TRUNCATE ledger.event_partition`,
}

// Not even a superuser, and not under the setting that silences usual triggers, changes
// an event by accident. (Whoever owns the table can still take the triggers away; what
// proves that nobody did is the chain of hashes.)
func TestAppendOnly(t *testing.T) {
	t.Parallel()
	url := database(t)
	log := open(t, url, Options{PartitionRows: 10})
	s := logtest.NewStream()
	appendTo(t, log, logtest.Batch(s, ledger.NoStream, logtest.NewEvents(12)...))
	appendTo(t, log, logtest.Batch(s, 11, logtest.NewEvents(13)...))
	before := readAll(t, log, 0)
	require.Len(t, before, 25)

	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	var super string
	require.NoError(t, conn.QueryRow(t.Context(), `SHOW is_superuser`).Scan(&super))
	require.Equal(t, "on", super, "the test must attack with all rights")

	for _, session := range []struct{ name, set, state string }{
		{"superuser", `SET session_replication_role = origin`, "23001"},
		{"replica", `SET session_replication_role = replica`, "23001"},
		{"writer", `SET session_replication_role = origin; SET ROLE stazh_ledger_writer`, "42501"},
	} {
		_, err := conn.Exec(t.Context(), session.set)
		require.NoError(t, err)
		for _, attack := range attacks {
			_, err := conn.Exec(t.Context(), attack)
			var refused *pgconn.PgError
			require.ErrorAs(t, err, &refused, "%s: %s", session.name, attack)
			if session.name == "writer" && refused.Code == "23001" {
				continue // a column it may update, refused by the trigger
			}
			require.Equal(t, session.state, refused.Code, "%s: %s", session.name, attack)
		}
	}
	require.Equal(t, before, readAll(t, log, 0))
}

// The role that appends may not do anything else, nor make tables.
func TestWriterRole(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), database(t))
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	var rights string
	err = conn.QueryRow(t.Context(), `
		SELECT string_agg(c.relname || ' ' || a.privilege_type, ', ' ORDER BY c.relname,
			a.privilege_type)
		FROM pg_class c, aclexplode(c.relacl) a
		WHERE c.relnamespace = 'ledger'::regnamespace
			AND a.grantee = 'stazh_ledger_writer'::regrole`).Scan(&rights)
	require.NoError(t, err)
	require.Equal(t, "context INSERT, context SELECT, event INSERT, event SELECT, "+
		"event_sealed SELECT, event_type INSERT, event_type SELECT, head SELECT, "+
		"segment SELECT, segment_places SELECT, stream INSERT, stream SELECT", rights)
	_, err = conn.Exec(t.Context(), `SET ROLE stazh_ledger_writer`)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `CREATE TABLE ledger.mine ()`)
	require.ErrorContains(t, err, "permission denied")
}

// A plain user that is only a member of the role can run a ledger.
func TestUnprivilegedUser(t *testing.T) {
	t.Parallel()
	url := database(t)
	admin, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = admin.Close(t.Context()) }()
	_, err = admin.Exec(t.Context(), `CREATE ROLE stazh_test_app LOGIN IN ROLE stazh_ledger_writer`)
	require.NoError(t, err)
	defer func() {
		_, err := admin.Exec(t.Context(), `DROP ROLE stazh_test_app`)
		require.NoError(t, err)
	}()
	pool := newPoolAs(t, url, "stazh_test_app")
	log, err := Open(t.Context(), pool, Options{Clock: clock, PartitionRows: 10})
	require.NoError(t, err)
	appendTo(t, log, logtest.Batch(logtest.NewStream(), ledger.NoStream, logtest.NewEvents(25)...))
	require.Equal(t, 25, verify(t, log))
	log.Close()
	pool.Close()
}
