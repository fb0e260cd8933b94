package projections

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// beginFold is begin for a transaction in which batches are applied. Its statements look up
// given keys and nothing else. They are planned once and not for each batch, as planning
// for thousands of keys costs as much as looking them up; and always by the index: a plan
// that was made while the tables were small would read them whole when they no longer are. See
// also renewed.
func beginFold(schema string) pgx.TxOptions {
	options := begin(schema)
	options.BeginQuery += plansOfFolds
	return options
}

const plansOfFolds = "; set local plan_cache_mode to force_generic_plan; " +
	"set local enable_seqscan to off; set local enable_hashjoin to off; " +
	"set local enable_mergejoin to off"

// beginConvoy is beginFold for batches of several projections, of which each sets its schema.
func beginConvoy() pgx.TxOptions {
	return pgx.TxOptions{BeginQuery: fmt.Sprintf("begin; "+
		"set local synchronous_commit to off; set local lock_timeout to %d",
		convoyLockMax.Milliseconds()) + plansOfFolds}
}

// A plan that was made while a table was known to be empty takes the keys row by row of the
// table, also when it has many by now: to look five thousand keys up among fifty thousand rows
// takes ten seconds. The server makes it anew when it has counted the rows, which may be a
// minute later. So plans are dropped when a connection begins to follow, when it has applied as
// many events as before they were made, and then with each plansEvents that they are older
// than plansAge.
const (
	plansAge    = time.Second
	plansEvents = 1_000
)

// planned says since when the plans of a connection are kept.
type planned struct {
	at     time.Time
	before int // events applied until then
	since  int // events applied since
}

// plannedKey finds planned among what a connection carries.
const plannedKey = "stazh.planned"

// forgetPlans has the connection's next transaction drop its plans: others may have made the
// tables grow meanwhile.
func forgetPlans(conn *pgx.Conn) {
	conn.PgConn().CustomData()[plannedKey] = &planned{at: time.Now(), since: 1}
}

// renewed makes options drop the plans of the connection where they may not fit any more, for
// a transaction that applies so many events.
func renewed(conn *pgx.Conn, options pgx.TxOptions, events int) pgx.TxOptions {
	carried := conn.PgConn().CustomData()
	p, ok := carried[plannedKey].(*planned)
	if !ok {
		p = &planned{at: time.Now()}
		carried[plannedKey] = p
	}
	if p.since > 0 && (p.since >= p.before ||
		p.since >= plansEvents && time.Since(p.at) >= plansAge) {
		p.at, p.before, p.since = time.Now(), p.before+p.since, 0
		options.BeginQuery += "; discard plans"
	}
	p.since += events
	return options
}
