// The live page of a group. The server renders the table; this moves it: frames in, markers and figures in place.
// Nothing is built or reordered here: when members or partitions change, the page asks the server for its own HTML.
const FIELDS = { committed: 0, end: 1, lag: 2, retained: 3, last: 4, rate: 5, arriving: 6, tone: 7, left: 8, age: 9, mark: 10 };
const TEXTS = 100, FIGURES = 200, SILENCE = 15000, SIGNED_OUT = 4401, FORBIDDEN = 4403;
const script = document.getElementById("lanes-script");
const address = script.dataset.socket;
const group = () => document.getElementById("group");

let keys = [], values = [], meta = {}, dirty = new Set(), all = false, drawing = 0;
let figured = 0, stale = false, later = 0; // figures: nobody reads twenty a second; markers move with each frame
let rows = new Map(), near = new Set(), decades = 2, paused = false, asked = "", status = "connecting", why = "";
let socket, heard = 0, failures = 0;

// --- words ---
const whole_ = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const number = (n) => (n === null ? "—" : whole_.format(typeof n === "string" ? BigInt(n) : n));
const some = (n) => (n >= 0.05 && n < 10 ? tenth : whole_).format(n);
const rate = (n) => (n === null ? "—" : `${some(n)}/s`);

function duration(ms) {
  let left = Math.round(ms / 1000), parts = [];
  for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]]) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count || (size === 1 && !parts.length)) parts.push(`${count} ${unit}`);
    else if (parts.length) break;
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}
const EXACT = "by the timestamp of its next unread record", ABOUT = "by the rate of arrivals";
const about = (ms, exact) => (exact || ms < 1000 ? span(ms) : `about ${span(ms)}`);
const span = (ms) => (ms > 0 && ms < 1000 ? "< 1 s" : duration(ms));

function put(el, text) {
  if (el && el.textContent !== text) el.textContent = text;
}

// --- lanes ---
const position = (distance) => Math.max(0, 1 - Math.log10(1 + Math.max(0, Number(distance))) / decades);

function place(row, lag, retained) {
  const { lane } = row;
  if (retained !== null && retained !== "") glide(row, "--start", retained);
  if (lag !== null && lag !== "") glide(row, "--committed", lag);
  const blank = lag === null || lag === "";
  if (row.blank !== blank) lane.classList.toggle("blank", (row.blank = blank));
}

// A thousandth of a lane is less than a pixel: what moves by less costs neither style nor layout.
function glide(row, name, distance) {
  const at = position(distance).toFixed(3);
  if (row[name] !== at) row.lane.style.setProperty(name, (row[name] = at));
}

// Of 500 rows thirty are on the screen. The others are drawn once a second, for a search in the page.
const onScreen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) near[isIntersecting ? "add" : "delete"](target.dataset.key);
  if (dirty.size) soon();
}, { rootMargin: "100px" });

function collect() {
  const page = group();
  decades = Number(page?.dataset.decades || 2);
  rows = new Map();
  near = new Set();
  onScreen.disconnect();
  for (const tr of document.querySelectorAll("#partitions tr[data-key]")) {
    const cells = Object.fromEntries([...tr.querySelectorAll("[data-f]")].map((cell) => [cell.dataset.f, cell]));
    const row = { ...cells, lane: tr.querySelector(".lane"), shown: [], said: 0 };
    rows.set(tr.dataset.key, row);
    place(row, row.lane.dataset.lag, row.lane.dataset.retained);
    onScreen.observe(tr);
  }
}

// Whether all of the row is drawn; else its texts are to come.
function drawRow(index, now) {
  const row = rows.get(keys[index]), v = values[index];
  if (!row || !v) return true;
  place(row, v[FIELDS.lag], v[FIELDS.retained]);
  if (now - row.said < TEXTS) return false;
  row.said = now;
  write(row, v, row.shown);
  row.shown = v;
  return true;
}

// Only what is not as it was shown. What is unknown keeps the server's dash with its reason.
function write(row, v, was) {
  const differs = (...fields) => fields.some((field) => v[field] !== was[field]);
  const lag = v[FIELDS.lag], retained = v[FIELDS.retained], left = v[FIELDS.left], tone = v[FIELDS.tone], age = v[FIELDS.age], mark = v[FIELDS.mark];
  if (differs(FIELDS.tone)) {
    row.lane.classList.toggle("behind", tone === 1);
    row.lane.classList.toggle("stuck", tone === 2);
  }
  if (lag !== null && differs(FIELDS.lag, FIELDS.retained)) row.lane.setAttribute("aria-label", `lag ${number(lag)} of ${retained === null ? "?" : number(retained)} retained`);
  for (const name of ["committed", "end", "lag"]) if (v[FIELDS[name]] !== null && differs(FIELDS[name])) put(row[name], number(v[FIELDS[name]]));
  if (differs(FIELDS.age, FIELDS.mark)) {
    if (age !== null) put(row.age, about(age, mark === 1));
    else if (mark || !row.age.querySelector("[title]")) put(row.age, "—"); // what it was no longer holds
    row.age.title = mark === 1 ? EXACT : mark || (age === null ? "" : ABOUT);
  }
  if (v[FIELDS.rate] !== null && differs(FIELDS.rate)) put(row.rate, rate(v[FIELDS.rate]));
  if (left !== null && differs(FIELDS.left)) {
    row.left.classList.toggle("never", left === -1);
    put(row.left, left === -1 ? "never at this rate" : left === -2 ? "steady" : left === 0 ? "—" : span(left));
  }
  if (v[FIELDS.last] !== null && differs(FIELDS.last)) drawAge(row.last, v[FIELDS.last]);
}

function drawAge(cell, at) {
  let age = cell.querySelector("[data-age]");
  if (!age) cell.replaceChildren((age = document.createElement("span")));
  age.dataset.age = at;
  put(age, duration(Math.max(0, Date.now() + (meta.skew ?? 0) - at)));
}

function drawFigures() {
  const s = meta.sums;
  if (!s) return;
  const kpi = (name, text) => text !== null && put(document.querySelector(`[data-kpi=${name}]`), text);
  kpi("lag", s.lag === null ? null : number(s.lag));
  kpi("known", number(s.known));
  kpi("count", number(s.count));
  kpi("time_lag", s.time_lag === null ? null : s.at_least ? `over ${duration(s.time_lag)}` : about(s.time_lag, s.exact));
  kpi("arriving", s.arriving === null ? null : rate(s.arriving));
  kpi("committed", s.committed === null ? null : rate(s.committed));
  kpi("expires", s.expires === null ? null : s.expires < 0 ? "never" : duration(s.expires));
  for (const part of ["label", "evidence", "more", "next"]) put(document.querySelector(`[data-verdict=${part}]`), meta.verdict?.[part] ?? "");
  (meta.verdict?.also ?? []).forEach((sentence, n) => put(document.querySelector(`[data-also="${n}"]`), sentence));
  const generation = document.getElementById("generation");
  if (generation && meta.generation !== null && meta.generation !== undefined) {
    generation.hidden = false;
    put(generation.querySelector("b"), String(meta.generation));
  }
}

function drawStatus() {
  const light = document.getElementById("live"), page = group(), pause = document.getElementById("pause");
  if (!light || !page) return;
  const connected = status === "live" || status === "polling";
  // Without a socket the page renews itself the slow way.
  page.dataset.refresh = connected || paused ? "off" : "";
  light.hidden = status === "connecting";
  // One word on how fresh this is: the age of the last poll tells something only where no commit comes in by itself.
  document.getElementById("age").hidden = status === "live" && !paused;
  light.classList.toggle("polling", status !== "live" || why !== "" || paused);
  light.title = why;
  const words = { live: why ? `live, but ${why}` : `live · ${meta.commits === 1 ? "1 commit" : `${some(meta.commits ?? 0)} commits`}/s`, polling: why || "polling every 5 s", paused: why || "live updates paused", lost: "reconnecting…", refused: "no longer allowed", gone: "the group is gone" };
  put(light, paused ? "paused here" : words[status] ?? "");
  if (pause) {
    pause.hidden = !connected && !paused;
    pause.setAttribute("aria-pressed", String(paused));
    put(pause, paused ? "Resume" : "Pause");
  }
}

function draw() {
  drawing = 0;
  if (paused) return;
  const now = performance.now();
  let left = false;
  for (const index of dirty) {
    if (!all && !near.has(keys[index])) continue;
    if (drawRow(index, now)) dirty.delete(index);
    else left = true;
  }
  stale = !all && now - figured < FIGURES;
  all = false;
  // What had no turn gets one soon, whether or not another frame comes: the figures say no other lag than the rows.
  if ((left || stale) && !later) later = setTimeout(() => ((later = 0), soon()), left ? TEXTS : FIGURES);
  if (stale) return;
  figured = now;
  drawFigures();
  drawStatus();
}

setInterval(() => {
  all = dirty.size > 0;
  if (all) soon();
}, 1000);

function soon() {
  if (!drawing) drawing = requestAnimationFrame(draw);
}

// --- frames ---
function take(frame) {
  if (frame.t === "full") {
    keys = frame.keys.map(([topic, partition]) => `${partition}:${topic}`);
    values = frame.rows;
    meta = { ...frame, skew: frame.now - Date.now(), sums: frame.sums, commits: frame.commits };
    ({ status, why } = frame);
    decades = frame.decades;
    for (const row of rows.values()) row.shown = []; // all of it again
    dirty = new Set(keys.keys());
    renew(frame);
  } else if (frame.t === "delta") {
    for (const [index, ...row] of frame.rows) {
      values[index] = row;
      dirty.add(index);
    }
    meta.sums = frame.sums;
    meta.commits = frame.commits;
  } else if (frame.t === "gone") {
    if (!keys.length) return; // not seen by a poll yet
    status = "gone";
  } else return;
  soon();
}

// Members, state or partitions changed: fetch the HTML anew, once for each change, and not under the pointer.
function renew(frame) {
  const page = group();
  if (!page || paused || page.dataset.shape === frame.shape || asked === frame.shape + frame.at) return;
  if (page.querySelector("tbody:hover") || page.contains(document.activeElement?.closest("input"))) {
    setTimeout(() => meta.shape === frame.shape && renew(frame), 700);
    return;
  }
  asked = frame.shape + frame.at;
  window.htmx.trigger(page, "refresh");
}

document.addEventListener("htmx:after:swap", () => {
  collect();
  dirty = new Set(keys.keys());
  all = true; // what the server sent is as old as its snapshot
  drawStatus();
  if (dirty.size) draw();
});

// --- the socket ---
function connect() {
  const url = new URL(address, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  socket = new WebSocket(url);
  socket.onmessage = (event) => {
    heard = Date.now();
    failures = 0;
    take(JSON.parse(event.data));
  };
  socket.onclose = (event) => {
    if (event.code === SIGNED_OUT) return location.reload();
    status = event.code === FORBIDDEN ? "refused" : "lost";
    why = event.reason;
    drawStatus();
    if (event.code !== FORBIDDEN) setTimeout(connect, Math.min(10000, 500 * 2 ** failures++) * (0.5 + Math.random()));
  };
  heard = Date.now();
}

setInterval(() => {
  if (socket?.readyState === WebSocket.OPEN && Date.now() - heard > SILENCE) socket.close();
}, 3000);

function toggle() {
  paused = !paused;
  dirty = new Set(keys.keys());
  drawStatus();
  if (!paused) {
    soon();
    if (meta.shape) renew(meta);
  }
}

document.addEventListener("click", (event) => event.target.closest("#pause") && toggle());
document.addEventListener("keydown", (event) => {
  if (event.key !== " " || event.target.closest("input, select, textarea, button, a, summary, dialog, [contenteditable]")) return;
  event.preventDefault();
  toggle();
});

collect();
connect();
