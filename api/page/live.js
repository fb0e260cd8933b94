"use strict";
// Live totals, in place of those that came with the page. The stream is read with fetch, as EventSource cannot send the headers in
// which callers name themselves; it goes on after the last event when it was cut.
(function () {
  const table = document.getElementById("totals");
  const state = document.getElementById("state");
  const lang = table.dataset.lang;
  const rows = new Map();
  const shown = 40; // as in start.go
  let last = "";

  function say(on) {
    state.className = on ? "on" : "off";
    state.textContent = on ? state.dataset.connected
      : state.dataset.lost.replace("{time}", new Date().toLocaleTimeString(lang));
  }
  // Amounts are decimal strings and stay so: grouping needs no arithmetic.
  function amount(text) {
    const [whole, part] = text.split(".");
    return whole.replace(/\B(?=(\d{3})+(?!\d))/g, lang === "ru" ? "\u00a0" : ",") +
      (lang === "ru" ? "," : ".") + part;
  }
  function show(total) {
    const key = [total.year, total.quarter, total.form].join("/");
    const cells = [total.form || table.dataset.any, total.year + " Q" + total.quarter,
      ...[total.received, total.accepted + total.partial, total.refused, total.persons]
        .map((n) => n.toLocaleString(lang)),
      ...[total.earnings, total.contributions, total.assessed, total.payments].map(amount)];
    const row = document.createElement("tr");
    row.className = "fresh";
    cells.forEach((text) => row.insertCell().append(text));
    rows.set(key, row);
    setTimeout(() => row.classList.remove("fresh"), 1500);
  }
  function event(block) {
    let data = "";
    for (const line of block.split("\n")) {
      if (line.startsWith("id: ")) last = line.slice(4);
      if (line.startsWith("data: ")) data += line.slice(6);
    }
    if (!data) return;
    JSON.parse(data).items.forEach(show);
    const order = [...rows.keys()].sort().reverse().slice(0, shown);
    table.tBodies[0].replaceChildren(...order.map((key) => rows.get(key)));
  }
  async function follow() {
    const headers = {"Stazh-Subject": "start-page", "Stazh-Role": "system"};
    if (last) headers["Last-Event-ID"] = last;
    const answer = await fetch("/v1/reporting/events?scope=country", {headers});
    if (!answer.ok) throw new Error(String(answer.status));
    say(true);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = ""; ;) {
      const {value, done} = await reader.read();
      if (done) return;
      const blocks = (text + value).split("\n\n");
      text = blocks.pop();
      blocks.forEach(event);
    }
  }
  (async function again() {
    for (;;) {
      try { await follow(); } catch { /* tried again below */ }
      say(false);
      await new Promise((next) => setTimeout(next, 2000));
    }
  })();
})();
