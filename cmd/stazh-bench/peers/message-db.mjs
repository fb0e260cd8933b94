// Measures message-db: its own SQL, called through node-postgres.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { randomUUID } from "node:crypto";
import pg from "pg";
import { appends, reads, spec } from "./harness.mjs";

const asked = await spec();
const base = join(dirname(createRequire(import.meta.url).resolve(
  "@eventide/message-db/package.json")), "database");
const pool = new pg.Pool({ connectionString: asked.url, max: 64,
  options: "-c search_path=message_store,public" });

// The order is that of the package's install.sh.
const file = (path) => pool.query(readFileSync(join(base, path), "utf8"));
for (const path of ["roles/message-store.sql", "schema/message-store.sql",
  "extensions/pgcrypto.sql", "tables/messages.sql", "types/message.sql"]) await file(path);
for (const name of ["message-store-version", "hash-64", "acquire-lock", "category",
  "is-category", "id", "cardinal-id", "stream-version", "write-message",
  "get-stream-messages", "get-category-messages", "get-last-stream-message"]) {
  await file(`functions/${name}.sql`);
}
for (const name of readdirSync(join(base, "indexes"))) await file(`indexes/${name}`);

const payload = JSON.stringify(asked.payload);
const write = (stream, version) => pool.query({ name: "write",
  text: "SELECT write_message($1, $2, $3, $4::jsonb, NULL, $5)",
  values: [randomUUID(), stream, "reported", payload, version] });

let first = 0;
for (const clients of asked.clients) {
  await appends(clients, first, asked.count, (n) => write(`person-${asked.prefix}${n}`, -1));
  first += asked.count;
}

// Long streams, interleaved event by event.
const { streams, events } = asked;
await pool.query(`SELECT count(write_message(gen_random_uuid()::text, 'person-long' || s,
  'reported', $1::jsonb)) FROM generate_series(1, $2) e, generate_series(0, $3) s`,
  [payload, events, streams - 1]);
await reads(streams, 5, async (n) => {
  const { rows } = await pool.query({ name: "read",
    text: "SELECT * FROM get_stream_messages($1, 0, $2)", values: [`person-long${n}`, events] });
  for (const row of rows) JSON.parse(row.data);
  if (rows.length !== events) throw new Error(`${rows.length} of ${events} events were read`);
});
await pool.end();
