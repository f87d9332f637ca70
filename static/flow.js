// The picture of topics and groups: one is found by name, and it is made larger or smaller. The page's own updates
// replace the picture; what is set here stays.
const tools = document.getElementById("flow-tools");
const box = document.getElementById("flow-find"), told = document.getElementById("flow-found");
const SIZES = [25, 35, 50, 70, 100, 140, 200]; // percent
const PLAIN = SIZES.indexOf(100);
let size = PLAIN, found = ""; // the id of the node that is marked

const sheet = () => document.querySelector(".flow .sheet");
const nodes = () => [...document.querySelectorAll(".flow .node")];
const nameOf = (node) => node.querySelector("title").textContent.toLowerCase();

// --- find ---
function matches() {
  const wanted = box.value.trim().toLowerCase();
  if (!wanted) return [];
  const rank = (name) => (name === wanted ? 0 : name.startsWith(wanted) ? 1 : 2);
  return nodes().filter((node) => nameOf(node).includes(wanted)).sort((a, b) => rank(nameOf(a)) - rank(nameOf(b)));
}

// The next one in this direction; 0 is the best, unless `stay` and the one that is marked still matches.
function find(by, stay = false) {
  const all = matches(), at = all.findIndex((node) => node.id === found);
  const next = at >= 0 && (by || stay) ? (at + by + all.length) % all.length : 0;
  found = all[next]?.id ?? "";
  const text = all.length ? `${next + 1} of ${all.length}` : box.value.trim() ? "not in this picture" : "";
  if (told.textContent !== text) told.textContent = text;
  mark();
  return all[next];
}

function mark() {
  const near = new Set([found]);
  for (const line of document.querySelectorAll(".flow [data-ends]")) {
    const ends = line.dataset.ends.split(" "), on = ends.includes(found);
    line.classList.toggle("on", on);
    if (on) ends.forEach((end) => near.add(end));
  }
  for (const node of nodes()) {
    node.classList.toggle("hit", node.id === found);
    node.classList.toggle("on", near.has(node.id));
  }
  sheet()?.classList.toggle("finding", found !== "");
}

function show(node) {
  if (!node) return;
  const within = sheet(), place = node.getBoundingClientRect(), seen = within.getBoundingClientRect();
  within.scrollLeft += place.x + place.width / 2 - seen.x - seen.width / 2;
  within.scrollTop += place.y + place.height / 2 - seen.y - seen.height / 2;
}

function typed(event) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by) show(find(by));
  else if (event.key === "Enter") document.getElementById(found)?.focus({ preventScroll: true });
  else if (event.key === "Escape") { box.value = ""; find(0); }
  else return;
  event.preventDefault();
}

// --- zoom ---
function zoom(to) {
  const within = sheet(), by = SIZES[Math.min(SIZES.length - 1, Math.max(0, to))] / SIZES[size];
  if (!within) return;
  const x = within.scrollLeft + within.clientWidth / 2, y = within.scrollTop + within.clientHeight / 2;
  size = Math.min(SIZES.length - 1, Math.max(0, to));
  document.documentElement.style.setProperty("--flow-zoom", SIZES[size] / 100);
  tools.querySelector("[data-zoom='0']").textContent = `${SIZES[size]} %`;
  tools.querySelector("[data-zoom='-1']").disabled = size === 0;
  tools.querySelector("[data-zoom='1']").disabled = size === SIZES.length - 1;
  within.scrollLeft = x * by - within.clientWidth / 2; // what was in the middle stays there
  within.scrollTop = y * by - within.clientHeight / 2;
}

const turn = (by) => zoom(by ? size + by : PLAIN);

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return; // the browser's own zoom
  if (event.target.closest("input, select, textarea, [contenteditable]") || document.querySelector("dialog[open]")) return;
  const by = { "+": 1, "=": 1, "-": -1, 0: 0 }[event.key];
  if (by !== undefined) turn(by);
}

// frame.js fetches this when somebody reaches for it, and hands on what is done, also until then.
export function act(event) {
  const button = event.type === "click" && event.target.closest("[data-zoom]");
  if (button) turn(Number(button.dataset.zoom));
  else if (event.type === "input" && event.target === box) show(find(0));
  else if (event.type === "keydown") (event.target === box ? typed : pressed)(event);
}

document.addEventListener("htmx:after:swap", () => find(0, true)); // an update of the page: the same one is marked
