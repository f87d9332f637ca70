// The finds of a search: fetched as their number grows, drawn as the rows of a tail are, each opens the same panel.
const root = document.getElementById("finds"), here = root.dataset;
const { List, ROW, clock, number } = await import(here.rows);
const [said, empty, scroller, panelRoot] = ["said", "empty", "scroller", "panel"].map((name) => root.querySelector(`[data-find="${name}"]`));
const AHEAD = 500; // rows below what is seen that are fetched before they are scrolled to
const FOLLOW = 150; // ms after j or k before an open panel follows

const rows = [];
let panel = null, following = 0;
const list = new List(scroller, {
  count: () => rows.length,
  get: (i) => rows[i],
  onOpen: (item) => open(item.row[0], item.row[1]),
  onScroll: () => more(),
  onMove: (item) => { clearTimeout(following); if (panel) following = setTimeout(open, FOLLOW, item.row[0], item.row[1]); },
});
if (here.columns) (await import(here.paging)).head(scroller, here.columns.split(",").map((path) => path.trim()));
list.highlight(here.filter, here.case === "1");

// --- rows as they are found ---
let fetching = false;
async function more() {
  const seen = (scroller.scrollTop + scroller.clientHeight) / ROW;
  if (fetching || rows.length >= Number(state.dataset.total) || rows.length > seen + AHEAD) return;
  fetching = true;
  try {
    const answer = await fetch(`${here.rowsUrl}?after=${rows.length}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const body = await answer.json();
    for (const row of body.rows) rows.push({ kind: "row", row });
    empty.hidden = rows.length > 0;
    list.draw();
    said.textContent = `${number(body.total)} found.`;
  } catch {
    return; // the next look at the state asks again
  } finally {
    fetching = false;
  }
}
// htmx morphs the state in place: its attributes tell how many there are and whether it still runs.
const state = document.getElementById("search");
new MutationObserver(() => {
  if (!rows.length && !state.hasAttribute("hx-get")) empty.textContent = "Nothing was found.";
  more();
}).observe(state, { attributeFilter: ["data-total", "hx-get"] });

// --- one record ---
async function open(partition, offset) {
  const { Panel } = await import(here.panel);
  panel ??= new Panel(panelRoot, { clock, number, onClose: close, setHere: here.setHere, again: "" });
  const link = new URL(location.href);
  link.searchParams.set("record", `${partition}:${offset}`);
  history.replaceState(null, "", link);
  root.classList.add("open");
  await panel.open(`${here.records}${partition}/${offset}/`, partition, offset, String(link), { read_key: here.readKey, read_value: here.readValue });
}

function close() {
  panel = null;
  panelRoot.hidden = true;
  root.classList.remove("open");
  const link = new URL(location.href);
  link.searchParams.delete("record");
  history.replaceState(null, "", link);
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, select, textarea, dialog[open]")) return;
  if (key === "j" || key === "k") list.step(key === "j" ? 1 : -1);
  else if (key === "Enter" && target === scroller && list.selected) open(list.selected.row[0], list.selected.row[1]);
  else if (key === "Escape" && panel) close();
});

more();
const wanted = /^(\d+):(\d+)$/.exec(new URLSearchParams(location.search).get("record") ?? "");
if (wanted) open(wanted[1], wanted[2]);
