// The messages of a topic: live over a socket, or one page of them. The address holds what is asked for; this reads it from there.
const root = document.getElementById("tail");
const here = root.dataset;
const { List, Ring, ROW, clock, number } = await import(here.rows);

const KEPT = 5000;
const FOLLOW = 150; // ms after j or k before an open panel follows
const find = (name) => document.querySelector(`[data-tail="${name}"]`);
const [form, live, counts, said, empty, pause, scroller, panelRoot, older, newer] =
  ["form", "live", "counts", "said", "empty", "pause", "scroller", "panel", "older", "newer"].map(find);
const say = (text) => { if (said.textContent !== text) said.textContent = text; };

let state = {}; // what the address asks for
const ring = new Ring(KEPT);
let page = []; // items, when this is not live
let panel = null, following = 0;

const list = new List(scroller, {
  count: () => (state.live ? ring.length : page.length),
  get: (i) => (state.live ? ring.newest(i) : page[i]),
  onOpen: openRecord,
  onMove: (item) => { clearTimeout(following); if (panel) following = setTimeout(openRecord, FOLLOW, item); },
  onScroll: (top) => { if (state.live && top > ROW && !paused) setPaused(true, true); else if (top === 0 && paused === "scrolled") setPaused(false); },
});

// --- what is asked for: address, form ---
function readAddress() {
  const asked = new URLSearchParams(location.search);
  const [kind, ...rest] = (asked.get("start") ?? "live").split(":");
  const paged = asked.has("from") || asked.has("before");
  state = { asked, live: kind === "live" && !paged, kind, at: rest.join(":"), filter: asked.get("filter") ?? "", where: asked.get("where") ?? "", case: asked.get("case") === "1", partition: asked.get("partition") ?? "", columns: (asked.get("columns") ?? "").split(",").map((path) => path.trim()).filter(Boolean) };
  form.start.value = ["live", "newest", "oldest", "offset", "time"].includes(kind) ? kind : "newest";
  form.filter.value = state.filter;
  form.where.value = state.where;
  if (state.where || state.filter) form.by.value = state.where ? "where" : "filter";
  form.case.checked = state.case;
  for (const box of params()) { const given = asked.get(box.name); if (box.type === "checkbox") box.checked = given === box.value; else box.value = given ?? (box.name === "columns" ? here.columns : ""); }
  if (form.unmask) form.unmask.checked = asked.get("unmask") === "1";
  if (kind === "offset") form.offset.value = state.at;
  if (kind === "time") form.time.value = localTime(state.at);
  const chosen = new Set(state.partition.split(",").filter(Boolean));
  for (const box of form.querySelectorAll("[name=p]")) box.checked = chosen.has(box.value);
  if (form.partition) form.partition.value = state.partition;
  showInputs();
  list.highlight(state.filter, state.case);
  if (boxing) boxing.then((box) => box.follow());
  else if (form.by.value === "where") box();
}

form.columns.addEventListener("focus", async () => (await import(here.paging)).suggest(form.columns, here.records), { once: true });
// What goes from the form to the address and back as it is. Some of it makes sense for pages alone.
const params = () => form.querySelectorAll("[data-param]");
const param = (box) => (box.type === "checkbox" ? (box.checked ? box.value : "") : box.value.trim());

function localTime(iso) {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? "" : new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
}

// --- an expression: its box is fetched when somebody reaches for it or the address has one ---
let boxing = null;
function box() {
  const shown = () => Array.from({ length: list.count() }, (_, i) => list.get(i)).slice(Math.floor(scroller.scrollTop / ROW)).filter((item) => item.kind === "row").slice(0, Math.ceil(scroller.clientHeight / ROW)).map((item) => item.row);
  const onMarks = (texts) => { if (!state.filter) { list.highlight(texts[0] ?? "", true); list.draw(); } };
  return (boxing ??= import(here.box).then(({ Box }) => new Box(form, here, { shown, number, onMarks })));
}
form.by.addEventListener("change", () => { showInputs(); box().then((made) => made.follow()); (form.by.value === "where" ? form.where : form.filter).focus(); });
find("other").addEventListener("click", () => { form[form.by.value === "where" ? "filter" : "where"].value = ""; go(); });

function showInputs() {
  const byWhere = form.by.value === "where", other = byWhere ? form.filter.value : form.where.value.trim();
  form.filter.hidden = byWhere; form.where.disabled = form.where.parentElement.hidden = !byWhere;
  form.case.parentElement.hidden = byWhere && !form.filter.value;
  find("other").hidden = !other;
  find("other").textContent = `and ${byWhere ? `text “${other.slice(0, 30)}”` : other.slice(0, 60)} ×`;
  form.offset.hidden = form.offset.disabled = form.start.value !== "offset";
  form.time.hidden = form.time.disabled = form.start.value !== "time";
  const chosen = [...form.querySelectorAll("[name=p]:checked")].map((box) => box.value);
  const label = find("partitions");
  if (label) label.textContent = chosen.length === 0 ? "All partitions" : chosen.length === 1 ? `Partition ${chosen[0]}` : `${chosen.length} partitions`;
}

function address(changes) {
  const asked = new URLSearchParams();
  const start = { offset: `offset:${form.offset.value || 0}`, time: form.time.value ? `time:${new Date(form.time.value).toISOString()}` : "newest" }[form.start.value] ?? form.start.value;
  const partition = form.partition ? form.partition.value : [...form.querySelectorAll("[name=p]:checked")].map((box) => box.value).join(",");
  const wanted = { start: start === "live" ? "" : start, partition, filter: form.filter.value, where: form.where.value.trim(), case: form.case.checked ? "1" : "", unmask: form.unmask?.checked ? "1" : "", ...Object.fromEntries([...params()].filter((box) => form.start.value !== "live" || !("paged" in box.dataset)).map((box) => [box.name, param(box)])), ...changes };
  for (const [name, value] of Object.entries(wanted)) if (value) asked.set(name, value);
  const text = asked.toString();
  return text ? `${location.pathname}?${text}` : location.pathname;
}

find("whole").addEventListener("click", ({ currentTarget }) => { currentTarget.search = new URL(address({ unmask: "" }), location).search; });

// What is asked for again is no new place to go back to.
function go(changes) {
  const to = address(changes);
  if (to !== location.pathname + location.search) history.pushState(null, "", to);
  begin();
}

form.addEventListener("submit", (event) => { event.preventDefault(); go(); });
form.addEventListener("change", (event) => {
  showInputs();
  if (event.target.name === "columns") keepColumns();
  if (!("own" in event.target.dataset) && event.target.name && !(event.target === form.start && ["offset", "time"].includes(form.start.value))) go();
});
addEventListener("popstate", begin);

// Columns that were kept are in the address of a page too: who gets its link sees the same.
function keptInAddress() {
  const asked = new URLSearchParams(location.search);
  if (!asked.has("from") && !asked.has("before") && (asked.get("start") ?? "live") === "live") return;
  asked.set("columns", here.columns);
  history.replaceState(null, "", `${location.pathname}?${asked}`);
}

function begin() {
  if (here.columns && !state.asked && new URLSearchParams(location.search).get("columns") === null) keptInAddress();
  readAddress();
  clearTimeout(retrying);
  list.selected = null;
  ring.clear(); page = [];
  held.length = 0;
  scroller.scrollTop = 0;
  totals = { seen: 0, matched: 0, shown: 0, unanswered: 0, why: "" };
  newer.hidden = older.hidden = true;
  pause.hidden = live.hidden = !state.live;
  find("link").hidden = true; find("link").textContent = "Copy link";
  if (state.live) paging?.head(scroller, []);
  counts.textContent = "";
  setPaused(false);
  if (state.live) { next = {}; connect(); } else { socket?.close(1000); socket = null; browse(); }
  list.draw();
}

const sifted = () => state.filter || state.where;
// Records of which the expression says nothing: a hint at a slip of the pen.
function unanswered([count, why]) {
  counts.title = count ? `The first of them: ${why}` : "";
  return count ? ` · ${number(count)} without an answer` : "";
}
const refused = (body) => body.code === "expression" && box().then((made) => made.say(body));

// --- one page ---
let reading = null, paging = null;
async function browse() {
  reading?.abort();
  const mine = (reading = new AbortController());
  showEmpty("Reading …");
  let answer, body;
  try {
    const asking = fetch(`${here.records}?${state.asked}`, { signal: mine.signal });
    paging = await import(here.paging);
    answer = await asking;
    body = await answer.json();
  } catch {
    if (mine.signal.aborted) return;
    body = { sentence: "The records could not be read. Try again." };
  }
  if (mine !== reading) return;
  if (body.batch) { page = [{ kind: "ended", text: body.sentence, actions: [around(body.batch)] }]; showEmpty(""); say(body.sentence); list.draw(); return; }
  if (!answer?.ok) { refused(body); showEmpty(body.sentence); say(body.sentence); list.draw(); return; }
  page = paging.items(body, number);
  paging.head(scroller, state.columns);
  find("link").hidden = false;
  find("link").onclick = async () => { await navigator.clipboard.writeText(paging.exact(state.asked, body, written)); say("Copied."); find("link").textContent = "Copied"; };
  showEmpty(page.length ? "" : sifted() ? "No record in this part matches the filter." : "There are no records here.");
  counts.textContent = sifted() ? `${number(body.rows.length)} shown of ${number(body.scanned)} looked at${unanswered(body.unanswered)}` : `${number(body.rows.length)} record${body.rows.length === 1 ? "" : "s"}`;
  say(`${body.rows.length} records read.`);
  turn(older, "before", body);
  turn(newer, "from", body);
  list.draw();
}

const written = (offsets) => Object.entries(offsets).map(([p, offset]) => `${p}:${offset}`).join(",");

// Pages of a range keep its two ends.
function turn(button, word, { older, newer, topic }) {
  const offsets = word === "before" ? older : newer;
  button.hidden = Object.keys(offsets).length === 0;
  button.href = address({ ...(state.asked.get("until") ? {} : { start: "" }), [word]: written(offsets), topic });
}

function keepColumns() {
  here.columns = form.columns.value;
  fetch(here.keepColumns, { method: "POST", body: new URLSearchParams({ columns: form.columns.value, csrfmiddlewaretoken: here.token }) }).then(async (answer) => { if (!answer.ok) say((await answer.json()).sentence); });
}
for (const button of [older, newer]) {
  button.addEventListener("click", (event) => { event.preventDefault(); history.pushState(null, "", button.href); begin(); });
}

// --- live ---
let socket = null, next = {}, tries = 0, retrying = 0;
let totals = { seen: 0, matched: 0, shown: 0, unanswered: 0, why: "" };
const held = []; // frames that came and are not drawn yet; each one drawn is worth a new one

function connect() {
  socket?.close(1000);
  const mine = (socket = new WebSocket(here.socket.replace(/^/, `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}`)));
  setLive("connecting");
  showEmpty(ring.length ? "" : "Connecting …");
  mine.addEventListener("open", () => { tries = 0; start(next); });
  mine.addEventListener("message", (event) => { if (mine === socket) hear(JSON.parse(event.data)); });
  mine.addEventListener("close", ({ code, reason }) => {
    if (mine !== socket) return;
    socket = null;
    if (code === 4401 || code === 4403) { note("ended", reason || "You may not read this topic any more."); setLive("ended"); return; }
    if (tries === 0) note("notice", "The connection was lost. Connecting again; nothing is skipped.");
    setLive("connecting");
    retrying = setTimeout(connect, Math.min(10000, 500 * 2 ** tries++));
  });
}

function start(from) {
  socket?.send(JSON.stringify({ t: "start", filter: state.filter, where: state.where, case: state.case ? "1" : "", unmask: form.unmask?.checked ? "1" : "", partition: state.partition, committed: form.committed.checked ? "1" : "", from: written(from) }));
}

function hear(message) {
  if (message.t === "frame") {
    held.push(message);
    if (!paused) soon();
  } else if (message.t === "started") {
    next = message.next;
    setLive("live");
    if (!ring.length) showEmpty(`Waiting for the first record. Live since ${clock(Date.now()).slice(0, 8)}.`);
    say("Live.");
  } else if (message.t === "notice") {
    note("notice", message.sentence, message.batch && [skip(message.batch)]);
  } else if (message.t === "ended") {
    next = { ...next, ...message.next };
    setLive("ended");
    end(message);
  }
}

const STOPPED = (offsets) => {
  const places = Object.entries(offsets).map(([p, offset]) => `partition ${p} offset ${number(offset)}`);
  return places.slice(0, 2).join(", ") + (places.length > 2 ? ` and ${places.length - 2} more` : "");
};

function end({ code, sentence, ...more }) {
  refused({ code, sentence, ...more });
  const from = { ...next };
  if (more.batch) note("ended", sentence, [skip(more.batch), action("Try again", () => start(from))]);
  else if (code === "reader_stopped") {
    note("ended", `${sentence} This tail stands at ${STOPPED(from)}.`, [action("Go on from there", () => start(from)), action("Skip to the end", () => start({}))]);
  } else if (code === "recreated") note("ended", sentence, [action("Tail the new one", () => start({}))]);
  else if (code === "deleted" || code === "bad_request" || code === "expression") note("ended", sentence);
  else note("ended", sentence, [action("Try again", () => start(from))]);
}

// On behind a batch that cannot be read; where it was stays to be seen.
const named = ({ first, last }) => (first === last ? `offset ${number(first)}` : `offsets ${number(first)} to ${number(last)}`);
const packed = ({ records, codec, packed: size }) => `${number(records)} record${records === 1 ? "" : "s"}, ${number(size)} bytes${codec === "none" ? "" : ` of ${codec}`}`;
function skip(batch) {
  return action("Skip this batch", () => {
    note("notice", `Left out in partition ${batch.partition}: ${named(batch)}, ${packed(batch)}.`);
    start({ ...next, [batch.partition]: String(BigInt(batch.last) + 1n) });
  });
}

function around({ partition, first, last }) {
  const link = document.createElement("a");
  const to = new URLSearchParams(state.asked);
  to.set("beyond", [to.get("beyond"), `${partition}:${first}-${last}`].filter(Boolean).join(","));
  Object.assign(link, { textContent: "Skip this batch", href: `${location.pathname}?${to}` });
  return link;
}

function action(label, run) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "link", textContent: label });
  button.addEventListener("click", () => { button.disabled = true; run(); });
  return button;
}

function note(kind, text, actions) {
  while (held.length) take(held.shift());
  ring.push({ kind, text, actions });
  showEmpty("");
  say(text);
  soon();
}

function take(frame) {
  const passed = frame.passed.reduce((sum, [, count]) => sum + count, 0);
  if (passed) {
    const link = document.createElement("a");
    link.textContent = "read them";
    link.href = address({ start: "", partition: "", from: frame.passed.map(([p, , first]) => `${p}:${first}`).join(",") });
    ring.push({ kind: "passed", text: `${number(passed)} record${passed === 1 ? "" : "s"} passed between these rows`, actions: [link] });
  }
  for (const row of frame.rows) ring.push({ kind: "row", row });
  totals.seen += frame.seen; totals.matched += frame.matched; totals.shown += frame.rows.length;
  totals.unanswered += frame.unanswered[0]; totals.why ||= frame.unanswered[1];
  Object.assign(next, frame.next);
}

let drawing = 0;
function soon() { drawing ||= requestAnimationFrame(draw); }

function draw() {
  drawing = 0;
  const frames = paused ? [] : held.splice(0);
  for (const frame of frames) take(frame);
  if (frames.length) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ t: "more", n: frames.length }));
    if (ring.length) showEmpty("");
  }
  list.draw();
}

// --- counts and states ---
let before = { at: performance.now(), seen: 0, shown: 0 };
setInterval(() => {
  if (!state.live) return;
  const now = performance.now(), seconds = (now - before.at) / 1000;
  if (totals.seen < before.seen) before = { at: now, seen: 0, shown: 0 };
  const rate = (what) => number(Math.round((totals[what] - before[what]) / seconds));
  if (liveState === "live" && !paused) live.textContent = `live · ${rate("seen")} records/s in, ${rate("shown")}/s shown`;
  before = { at: now, ...totals };
  const share = totals.seen ? ` · ${((100 * totals.matched) / totals.seen).toFixed(1)} %` : "";
  counts.textContent = sifted() ? `matched ${number(totals.matched)} of ${number(totals.seen)}${share}${unanswered([totals.unanswered, totals.why])}` : `${number(totals.seen)} record${totals.seen === 1 ? "" : "s"}`;
}, 1000);

let liveState = "", paused = false;
function setLive(now) {
  liveState = now;
  live.className = `live${now === "live" && !paused ? "" : " polling"}`;
  live.textContent = { live: paused ? "paused" : "live", connecting: "connecting …", ended: "ended" }[now];
}

function setPaused(now, byScroll = false) {
  paused = now && (byScroll ? "scrolled" : "asked");
  pause.firstChild.data = now ? "Resume " : "Pause ";
  pause.setAttribute("aria-pressed", String(Boolean(now)));
  if (liveState) setLive(liveState);
  if (!now) { if (state.live && scroller.scrollTop) scroller.scrollTop = 0; soon(); }
  else say("Paused. What comes meanwhile is counted.");
}

function showEmpty(text) { empty.textContent = text; empty.hidden = !text; }

pause.addEventListener("click", () => setPaused(!paused));
document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, select, textarea, dialog[open]")) return;
  if (key === " " && state.live && !target.closest("button, a, summary")) { event.preventDefault(); setPaused(!paused); }
  else if (key === "j" || key === "k") list.step(key === "j" ? 1 : -1);
  else if (key === "Enter" && target === scroller && list.selected) openRecord(list.selected);
  else if (key === "Escape") closeRecord();
});

// --- one record ---
async function openRecord(item) {
  const [partition, offset] = item.row;
  await showRecord(partition, offset);
}

async function showRecord(partition, offset) {
  const { Panel } = await import(here.panel);
  panel ??= new Panel(panelRoot, { clock, number, onClose: closeRecord, setHere: here.setHere, again: here.again });
  const link = new URL(location.href);
  link.searchParams.set("record", `${partition}:${offset}`);
  history.replaceState(null, "", link);
  root.classList.add("open");
  await panel.open(`${here.records}${partition}/${offset}/${form.unmask?.checked ? "?unmask=1" : ""}`, partition, offset, String(link));
}

function closeRecord() {
  if (!panel) return;
  panel = null;
  panelRoot.hidden = true;
  root.classList.remove("open");
  const link = new URL(location.href);
  link.searchParams.delete("record");
  history.replaceState(null, "", link);
}

begin();
const wanted = /^(\d+):(\d+)$/.exec(new URLSearchParams(location.search).get("record") ?? "");
if (wanted) showRecord(wanted[1], wanted[2]);
