// What both peers have in common: clients that append one event each at a time, and the
// quantiles of how long that takes. Answers go to standard output, a JSON object a line.
import { performance } from "node:perf_hooks";

export function quantile(times, q) {
  const sorted = Float64Array.from(times).sort();
  return sorted[Math.min(Math.max(Math.ceil(q * sorted.length) - 1, 0), sorted.length - 1)];
}

export function answer(what, clients, count, seconds, times) {
  console.log(JSON.stringify({ what, clients, count, rate: count / seconds,
    p50_ms: times ? quantile(times, 0.5) : 0, p99_ms: times ? quantile(times, 0.99) : 0 }));
}

// appends calls append(n) for n from first on, `count` times in all by so many clients.
export async function appends(clients, first, count, append) {
  const times = [];
  let next = first;
  const began = performance.now();
  const client = async () => {
    for (let n = next++; n < first + count; n = next++) {
      const start = performance.now();
      await append(n);
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  answer("append", clients, count, (performance.now() - began) / 1000, times);
}

// reads calls read(n) for each stream, `rounds` times.
export async function reads(streams, rounds, read) {
  const times = [];
  const began = performance.now();
  for (let round = 0; round < rounds; round++) {
    for (let n = 0; n < streams; n++) {
      const start = performance.now();
      await read(n);
      times.push(performance.now() - start);
    }
  }
  answer("read", 1, times.length, (performance.now() - began) / 1000, times);
}

// spec is what the benchmark asks for, on standard input.
export async function spec() {
  let text = "";
  for await (const chunk of process.stdin) text += chunk;
  return JSON.parse(text);
}
