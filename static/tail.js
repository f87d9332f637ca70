// The messages of a topic: live over a socket, or one page of them. The address holds what is asked for; this reads it from there.
const root = document.getElementById("tail");
const here = root.dataset;
const { List, Ring, ROW, clock, number, Live, Tools, readAs, written } = await import(here.rows);

const KEPT = 5000;
const FOLLOW = 150; // ms after j or k before an open panel follows
const find = (name) => document.querySelector(`[data-tail="${name}"]`);
const [form, counts, said, scroller, panelRoot, older, newer] = ["form", "counts", "said", "scroller", "panel", "older", "newer"].map(find);
const say = (text) => { if (said.textContent !== text) said.textContent = text; };

let state = {}; // what the address asks for
let page = []; // items, when this is not live
let panel = null, following = 0;

const list = new List(scroller, {
  count: () => (state.live ? live.ring.length : page.length),
  get: (i) => (state.live ? live.ring.newest(i) : page[i]),
  onOpen: openRecord,
  onMove: (item) => { clearTimeout(following); if (panel) following = setTimeout(openRecord, FOLLOW, item); },
  onScroll: (top) => tools.scrolled(top),
});
const live = new Live({
  url: here.socket, kept: KEPT, rows: { Ring, clock, number },
  parts: { live: find("live"), counts, empty: find("empty"), pause: find("pause"), say },
  ask: () => ({ filter: state.filter, where: state.where, case: state.case ? "1" : "", unmask: form.unmask?.checked ? "1" : "", partition: state.partition, committed: form.committed.checked ? "1" : "", one_in: state.oneIn, columns: state.columns.join(","), ...how() }),
  filtered: () => Boolean(sifted()),
  read: (topic, from, until) => address({ partition: "", one_in: "", start: `offset:${from}`, until: `offset:${until}` }),
  redraw: () => list.draw(),
  arrived: (item) => { list.select(item); if (panel) openRecord(item); },
  refused: (message) => refused(message),
});
const tools = new Tools(live, list, { root, find, scroller, ROW });

// --- what is asked for: address, form ---
function readAddress() {
  const asked = new URLSearchParams(location.search);
  const [kind, ...rest] = (asked.get("start") ?? "live").split(":");
  const paged = asked.has("from") || asked.has("before");
  state = { asked, live: kind === "live" && !paged, kind, at: rest.join(":"), filter: asked.get("filter") ?? "", where: asked.get("where") ?? "", case: asked.get("case") === "1", partition: asked.get("partition") ?? "", oneIn: asked.get("one_in") ?? "", columns: (asked.get("columns") ?? "").split(",").map((path) => path.trim()).filter(Boolean) };
  form.start.value = ["live", "newest", "oldest", "offset", "time"].includes(kind) ? kind : "newest";
  form.filter.value = state.filter;
  form.where.value = state.where;
  if (state.where || state.filter) form.by.value = state.where ? "where" : "filter";
  form.case.checked = state.case;
  form.one_in.value = state.oneIn;
  for (const box of params()) { const given = asked.get(box.name); if (box.type === "checkbox") box.checked = given === box.value; else box.value = given ?? (box.name === "columns" ? here.columns : ""); }
  if (form.unmask) form.unmask.checked = asked.get("unmask") === "1";
  if (kind === "offset") form.offset.value = state.at;
  if (kind === "time") form.time.value = localTime(state.at);
  const chosen = new Set(state.partition.split(",").filter(Boolean));
  for (const box of form.querySelectorAll("[name=p]")) box.checked = chosen.has(box.value);
  if (form.partition) form.partition.value = state.partition;
  showInputs();
  readAs(form, go);
  list.highlight(state.filter, state.case);
  if (boxing) boxing.then((box) => box.follow());
  else if (form.by.value === "where") box();
}

form.columns.addEventListener("focus", async () => (await import(here.paging)).suggest(form.columns, here.records), { once: true });
const how = () => ({ read_key: form.read_key.value, read_value: form.read_value.value });
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
  const onMarks = (texts) => { if (!state.filter) { list.highlight(texts[0] ?? "", true); list.draw(); } };
  return (boxing ??= import(here.box).then(({ Box }) => new Box(form, here, { topics: () => ({ "": here.records }), shown: () => list.inSight(), number, onMarks })));
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
  const wanted = { start: start === "live" ? "" : start, partition, filter: form.filter.value, where: form.where.value.trim(), case: form.case.checked ? "1" : "", unmask: form.unmask?.checked ? "1" : "", one_in: form.start.value === "live" ? form.one_in.value : "", ...Object.fromEntries([...params()].filter((box) => form.start.value !== "live" || !("paged" in box.dataset)).map((box) => [box.name, param(box)])), ...changes };
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

// Columns that were kept are in the address too: who gets its link sees the same.
function keptInAddress() {
  const asked = new URLSearchParams(location.search);
  asked.set("columns", here.columns);
  history.replaceState(null, "", `${location.pathname}?${asked}`);
}

function begin() {
  if (here.columns && !state.asked && new URLSearchParams(location.search).get("columns") === null) keptInAddress();
  readAddress();
  list.selected = null;
  page = [];
  scroller.scrollTop = 0;
  newer.hidden = older.hidden = true;
  tools.show(state.live);
  find("link").hidden = true; find("csv")?.setAttribute("hidden", "");
  find("link").textContent = "Copy link";
  if (state.live) heads();
  counts.textContent = "";
  if (state.live) live.begin(); else { live.stop(); browse(); }
  list.draw();
}
// How the columns of live rows are headed. What writes it is fetched when there are any.
async function heads() {
  if (!state.columns.length && !paging) return;
  paging = await import(here.paging);
  if (state.live) paging.head(scroller, state.columns);
}
const showEmpty = (text) => live.empty(text);

const sifted = () => state.filter || state.where;
const refused = (body) => body.code === "expression" && box().then((made) => made.say(body));

// --- one page ---
let reading = null, paging = null;
async function browse() {
  reading?.abort();
  const mine = (reading = new AbortController());
  showEmpty("Reading …");
  let answer, body;
  try {
    // Together: an answer that is called off while the script still comes would be refused where nobody listens.
    [answer, paging] = await Promise.all([fetch(`${here.records}?${state.asked}`, { signal: mine.signal }), import(here.paging)]);
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
  const csv = find("csv");
  if (csv) { csv.hidden = false; csv.href = `${here.records}csv/${new URL(paging.exact(state.asked, body, written)).search}`; }
  find("link").onclick = async () => { await navigator.clipboard.writeText(paging.exact(state.asked, body, written)); say("Copied."); find("link").textContent = "Copied"; };
  showEmpty(page.length ? "" : sifted() ? "No record in this part matches the filter." : "There are no records here.");
  counts.textContent = sifted() ? `${number(body.rows.length)} shown of ${number(body.scanned)} looked at${live.unanswered(body.unanswered)}` : `${number(body.rows.length)} record${body.rows.length === 1 ? "" : "s"}`;
  say(`${body.rows.length} records read.`);
  turn(older, "before", body);
  turn(newer, "from", body);
  list.draw();
}

// Pages of a range keep its two ends.
function turn(button, word, { older, newer, topic }) {
  const offsets = word === "before" ? older : newer;
  button.hidden = Object.keys(offsets).length === 0;
  button.href = address({ ...(state.asked.get("until") ? {} : { start: "" }), [word]: written(offsets), topic });
}

async function keepColumns() {
  here.columns = form.columns.value;
  const unkept = document.getElementById("columns-unkept");
  unkept.hidden = true;
  try {
    const answer = await fetch(here.keepColumns, { method: "POST", body: new URLSearchParams({ columns: here.columns, csrfmiddlewaretoken: here.token }) });
    if (answer.ok) return;
    unkept.textContent = (await answer.json()).sentence;
  } catch {
    unkept.textContent = "The columns are shown, but the server does not answer and will not know them next time.";
  }
  unkept.hidden = false;
}
for (const button of [older, newer]) {
  button.addEventListener("click", (event) => { event.preventDefault(); history.pushState(null, "", button.href); begin(); });
}

function around({ partition, first, last }) {
  const link = document.createElement("a");
  const to = new URLSearchParams(state.asked);
  to.set("beyond", [to.get("beyond"), `${partition}:${first}-${last}`].filter(Boolean).join(","));
  Object.assign(link, { textContent: "Skip this batch", href: `${location.pathname}?${to}` });
  return link;
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, select, textarea, dialog[open]")) return;
  if (state.live && tools.pressed(key, target)) event.preventDefault();
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
  await panel.open(`${here.records}${partition}/${offset}/`, partition, offset, String(link), { unmask: form.unmask?.checked ? "1" : "", ...how() });
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
