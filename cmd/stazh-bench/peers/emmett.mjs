// Measures Emmett on Postgres through its own event store and consumer.
import { performance } from "node:perf_hooks";
import { getPostgreSQLEventStore, postgreSQLEventStoreConsumer } from
  "@event-driven-io/emmett-postgresql";
import { SQL } from "@event-driven-io/dumbo";
import pg from "pg";
import { answer, appends, reads, spec } from "./harness.mjs";

const asked = await spec();
const pool = new pg.Pool({ connectionString: asked.url, max: 64 });
const store = getPostgreSQLEventStore(asked.url, { connectionOptions: { pool } });
await store.schema.migrate();

const event = { type: "reported", data: asked.payload };
let first = 0;
for (const clients of asked.clients) {
  await appends(clients, first, asked.count, (n) => store.appendToStream(
    `person-${asked.prefix}${n}`, [event], { expectedStreamVersion: "STREAM_DOES_NOT_EXIST" }));
  first += asked.count;
}

// Its projector, one upsert an event, over all events so far. Nothing else writes, no
// transaction is open anywhere: what it needs to go on at all.
await pool.query("CREATE TABLE bench_account (id text PRIMARY KEY, events bigint NOT NULL)");
const consumer = postgreSQLEventStoreConsumer({ connectionString: asked.url,
  stopWhen: { noMessagesLeft: true }, pulling: { batchSize: 1000 } });
consumer.reactor({ processorId: "bench", eachMessage: async (message, context) => {
  await context.execute.command(SQL`INSERT INTO bench_account VALUES
    (${message.metadata.streamName}, 1)
    ON CONFLICT (id) DO UPDATE SET events = bench_account.events + 1`);
} });
const began = performance.now();
await consumer.start();
const seconds = (performance.now() - began) / 1000;
const { rows } = await pool.query("SELECT coalesce(sum(events), 0)::int n FROM bench_account");
answer("project", 1, rows[0].n, seconds);
answer("logged", 1, first, seconds);
await consumer.close();

const { streams, events, chunk } = asked;
for (let done = 0; done < events; done += chunk) {
  for (let s = 0; s < streams; s++) {
    await store.appendToStream(`person-long${s}`, Array(Math.min(chunk, events - done)).fill(event));
  }
}
await reads(streams, 5, async (n) => {
  const { events: list } = await store.readStream(`person-long${n}`);
  if (list.length !== events) throw new Error(`${list.length} of ${events} events were read`);
});
await store.close();
await pool.end();
