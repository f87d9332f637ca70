// Several topics as one tail. The address, or the saved view, says which and how; one socket brings them all.
const root = document.getElementById("tail");
const here = root.dataset;
const { List, Ring, ROW, clock, number, Live, Tools, readAs } = await import(here.rows);

const KEPT = 5000;
const FOLLOW = 150; // ms after j or k before an open panel follows
const WIDTHS = { time: ["108px", "94px"], topic: ["minmax(64px, 1.2fr)", "minmax(50px, 1fr)"], partition: ["44px", "30px"], offset: ["104px", ""], key: ["minmax(64px, 1fr)", "minmax(50px, 1fr)"], value: ["minmax(120px, 5fr)", "2fr"] };
const ALL = Object.keys(WIDTHS);
const find = (name) => document.querySelector(`[data-tail="${name}"]`);
const form = find("form"), scroller = find("scroller"), panelRoot = find("panel"), said = find("said"), picker = find("picker"), offered = find("offered");
const say = (text) => { if (said.textContent !== text) said.textContent = text; };

let asked = new URLSearchParams(); // what is shown, in the words of the address
let topics = [], columns = ALL, places = {}, tails = {};
let panel = null, following = 0, boxing = null;

const list = new List(scroller, {
  columns,
  count: () => live.ring.length,
  get: (i) => live.ring.newest(i),
  onOpen: openRecord,
  onMove: (item) => { clearTimeout(following); if (panel) following = setTimeout(openRecord, FOLLOW, item); },
  onScroll: (top) => tools.scrolled(top),
});
const word = (name) => asked.get(name) ?? "";
const how = () => ({ read_key: word("read_key"), read_value: word("read_value") });
const live = new Live({
  url: here.socket, kept: KEPT, rows: { Ring, clock, number },
  parts: { live: find("live"), counts: find("counts"), empty: find("empty"), pause: find("pause"), say },
  ask: () => ({ topics, glob: word("glob"), filter: word("filter"), case: word("case"), where: word("where"), one_in: word("one_in"), committed: word("committed"), ...how() }),
  filtered: () => Boolean(word("filter") || word("where")),
  read: (topic, from, until) => `${places[topic] ?? ""}?${new URLSearchParams({ start: `offset:${from}`, until: `offset:${until}`, filter: word("filter"), case: word("case"), where: word("where"), committed: word("committed"), ...how() })}`,
  redraw: () => list.draw(),
  arrived: (item) => { list.select(item); if (panel) openRecord(item); },
  heard: (message) => { if (message.t === "topics") tailed(message); },
  refused: (message) => box().then((made) => made.say(message)),
});
const tools = new Tools(live, list, { root, find, scroller, ROW });

// --- what is asked for ---
function read() {
  asked = new URLSearchParams(location.search || here.asked);
  topics = asked.getAll("topic");
  for (const name of ["glob", "filter", "where", "one_in", "committed", "read_key", "read_value"]) if (form[name]) form[name].value = word(name);
  form.case.checked = word("case") === "1";
  form.by.value = word("where") ? "where" : "filter";
  looks();
  const wanted = word("columns").split(",").filter((name) => ALL.includes(name));
  columns = wanted.length ? ALL.filter((name) => wanted.includes(name)) : ALL;
  for (const box of form.querySelectorAll("[name=column]")) box.checked = columns.includes(box.value);
  list.highlight(word("filter"), word("case") === "1");
  label();
  readAs(form, go);
  if (boxing) boxing.then((made) => made.follow());
  else if (form.by.value === "where") box();
}

// A text or an expression; both hold when both are given.
function looks() {
  const byWhere = form.by.value === "where";
  form.where.disabled = form.where.parentElement.hidden = !byWhere;
  form.filter.hidden = form.case.parentElement.hidden = byWhere && !form.filter.value;
}

function label() {
  const glob = form.glob.value.trim(), n = topics.length;
  find("chosen").textContent = [n === 1 ? topics[0] : n ? `${n} topics` : "", glob].filter(Boolean).join(" and ") || "Choose topics";
}

function address() {
  const to = new URLSearchParams(topics.map((name) => ["topic", name]));
  const chosen = [...form.querySelectorAll("[name=column]:checked")].map((box) => box.value);
  const words = { glob: form.glob.value.trim(), filter: form.filter.value, where: form.where.value.trim(), case: form.case.checked ? "1" : "", one_in: form.one_in.value, committed: form.committed.value, read_key: form.read_key.value, read_value: form.read_value.value, columns: chosen.length === ALL.length ? "" : chosen.join(",") };
  for (const [name, value] of Object.entries(words)) if (value) to.set(name, value);
  return `${here.page}${to.size ? `?${to}` : ""}`;
}

function go() {
  const to = address();
  if (to !== location.pathname + location.search) history.pushState(null, "", to);
  begin();
}

function begin() {
  read();
  draw();
  list.selected = null;
  scroller.scrollTop = 0;
  const something = topics.length > 0 || word("glob") !== "";
  tools.show(something);
  for (const el of document.querySelectorAll("[data-chosen-only]")) el.hidden = !something;
  if (something) live.begin();
  else { live.stop(); live.empty("Choose topics to see them together as their records come: by name, or all that match a pattern such as orders-*."); list.draw(); }
}

// Which columns there are; on a phone without offsets.
function draw() {
  const head = scroller.querySelector(".top");
  for (const cell of head.children) cell.hidden = !columns.includes(cell.dataset.column);
  scroller.style.setProperty("--columns", columns.map((name) => WIDTHS[name][0]).join(" "));
  scroller.style.setProperty("--narrow", columns.map((name) => WIDTHS[name][1]).join(" "));
  scroller.setAttribute("aria-colcount", columns.length);
  list.show(columns);
}

function tailed({ names, hidden }) {
  tails = names;
  places = { ...places, ...names };
  const shown = Object.keys(names);
  find("names").textContent = shown.join(" · ");
  if (document.activeElement === form.where) box().then((made) => made.fields());
  if (hidden) live.note("notice", `${hidden} of the topics that were named ${hidden === 1 ? "is" : "are"} not shown: hidden from you, or not there.`);
}

form.addEventListener("submit", (event) => { event.preventDefault(); picker.open = false; go(); });
form.addEventListener("change", ({ target }) => {
  if (target.name === "t") { topics = target.checked ? [...topics, target.value] : topics.filter((name) => name !== target.value); label(); }
  else if (target === form.by) { looks(); box().then((made) => made.follow()); form[form.by.value].focus(); } else if (target.name && target !== form.filter && target !== form.where) go();
});
addEventListener("popstate", begin);

// --- the names to choose from: fetched when the picker opens, and as its box is typed in ---
let looking = 0, timer = 0;
async function offer() {
  const mine = ++looking;
  let body;
  try {
    body = await (await fetch(`${here.names}?q=${encodeURIComponent(find("q").value)}`, { headers: { Accept: "application/json" } })).json();
  } catch { /* what is chosen stays; the line below says it */ }
  if (mine !== looking) return;
  if (!body?.names) { find("offer").textContent = "The names could not be read. Try again."; return; }
  const names = [...new Set([...(find("q").value ? [] : topics), ...body.names])];
  offered.replaceChildren(...names.map((name) => {
    const row = document.createElement("label"), box = document.createElement("input"), text = document.createElement("bdi");
    Object.assign(box, { type: "checkbox", name: "t", value: name, checked: topics.includes(name) });
    text.textContent = name;
    row.append(box, text);
    return row;
  }));
  find("offer").textContent = body.total > body.names.length ? `${number(body.names.length)} of ${number(body.total)} topics: type to find others.` : body.total ? "" : "No topic has that in its name.";
}
function picked() { if (picker.open) { offer(); find("q").focus(); } else if (topics.join("\n") !== asked.getAll("topic").join("\n") || form.glob.value.trim() !== word("glob")) go(); }
picker.addEventListener("toggle", picked);
find("q").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(offer, 150); });
find("q").addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
document.addEventListener("click", ({ target }) => { for (const open of form.querySelectorAll("details[open]")) if (!open.contains(target) && target.isConnected) open.open = false; });

// --- an expression: its box is fetched when somebody reaches for it or the address has one ---
function box() {
  const topics = () => Object.fromEntries(Object.entries(tails).map(([name, base]) => [name, `${base}records/`]));
  const onMarks = (texts) => { if (!word("filter")) { list.highlight(texts[0] ?? "", true); list.draw(); } };
  return (boxing ??= import(here.box).then(({ Box }) => new Box(form, here, { topics, shown: () => list.inSight(), number, onMarks })));
}

// --- saving and sharing ---
const dialog = document.getElementById("save-view");
find("save")?.addEventListener("click", () => { dialog.querySelector("[name=asked]").value = address().split("?")[1] ?? ""; dialog.showModal(); });
dialog?.querySelector("[data-close]").addEventListener("click", () => dialog.close());
find("share").addEventListener("click", async ({ currentTarget }) => {
  await navigator.clipboard.writeText(location.href);
  currentTarget.textContent = "Link copied";
  setTimeout(() => { currentTarget.textContent = "Copy link"; }, 2000);
});

// --- one record ---
async function openRecord(item) {
  const [partition, offset] = item.row, base = places[item.topic];
  if (!base) return;
  const { Panel } = await import(here.panel);
  panel ??= new Panel(panelRoot, { clock, number, onClose: closeRecord, setHere: "" });
  panel.setHere = here.setHere && `${here.setHere}${base.split("/").at(-2)}/`;
  root.classList.add("open");
  const link = new URL(`${base}?${new URLSearchParams([...Object.entries(how()).filter(([, format]) => format), ["record", `${partition}:${offset}`]])}`, location.href);
  await panel.open(`${base}records/${partition}/${offset}/`, partition, offset, link.href, how());
}

function closeRecord() {
  panel = null;
  panelRoot.hidden = true;
  root.classList.remove("open");
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, select, textarea, dialog[open]")) return;
  if (live.on && tools.pressed(key, target)) event.preventDefault();
  else if (key === "j" || key === "k") list.step(key === "j" ? 1 : -1);
  else if (key === "Enter" && target === scroller && list.selected) openRecord(list.selected);
  else if (key === "Escape" && panel) closeRecord();
});

begin();
if (picker.open) picked(); // somebody was quicker than this script
