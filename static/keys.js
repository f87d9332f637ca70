// Shortcuts and the palette. frame.js fetches this at the first key.
const GO = { o: "Overview", t: "Topics", g: "Groups", m: "Messages", b: "Brokers", c: "Changes" };
const typing = (el) => el.closest("input, select, textarea, [contenteditable]");
let going = 0;

export function pressed(event) {
  const { key, target } = event;
  if (typing(target) || document.querySelector("dialog[open]")) return;
  if (Date.now() - going < 1200 && GO[key]) {
    going = 0;
    const link = [...document.querySelectorAll("#places a")].find((a) => a.firstElementChild.textContent === GO[key]);
    return link?.click();
  }
  if (key === "g") going = Date.now();
  else if (key === "?") document.getElementById("help").showModal();
  else if (key === "j" || key === "k") step(key === "j" ? 1 : -1);
  else if (key === "Enter" && document.activeElement.matches("tr")) document.activeElement.querySelector("a[href]")?.click();
}

// --- rows ---
function step(by) {
  const rows = [...document.querySelectorAll("main tbody tr")].filter((row) => row.querySelector("a[href]") && row.offsetParent);
  if (!rows.length) return;
  const at = rows.indexOf(document.activeElement?.closest("tr"));
  const row = rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
  row.tabIndex = -1;
  row.focus();
  row.scrollIntoView({ block: "nearest" });
}

// --- the palette ---
const bound = new WeakSet();
let asked = 0;

export function palette(dialog) {
  const input = dialog.querySelector("input"), list = dialog.querySelector("ul");
  find(dialog, input.value);
  if (bound.has(dialog)) return;
  bound.add(dialog);
  let timer;
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => find(dialog, input.value), 80); });
  input.addEventListener("keydown", (event) => {
    const items = [...list.children], at = items.findIndex((li) => li.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      select(input, items, (at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (items[at]) location.assign(items[at].dataset.url);
    }
  });
  list.addEventListener("click", (event) => {
    const item = event.target.closest("li");
    if (item) location.assign(item.dataset.url);
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => { input.value = ""; });
}

async function find(dialog, text) {
  const mine = ++asked, list = dialog.querySelector("ul"), input = dialog.querySelector("input");
  const url = new URL(dialog.dataset.url, location.href);
  url.searchParams.set("q", text);
  if (dialog.dataset.cluster) url.searchParams.set("cluster", dialog.dataset.cluster);
  let items = [];
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (answer.redirected || answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(String(answer.status));
    items = (await answer.json()).items;
    dialog.querySelector("[data-empty]").textContent = "Nothing has that in its name.";
  } catch {
    dialog.querySelector("[data-empty]").textContent = "The server does not answer.";
  }
  if (mine !== asked) return; // an older question: the newer answer stands
  list.replaceChildren(...items.map(({ kind, label, url: to }, i) => {
    const li = document.createElement("li"), tag = document.createElement("small");
    li.id = `palette-${i}`;
    li.setAttribute("role", "option");
    li.dataset.url = to;
    tag.textContent = kind;
    li.append(Object.assign(document.createElement("span"), { textContent: label }), tag);
    return li;
  }));
  dialog.querySelector("[data-empty]").hidden = items.length > 0;
  select(input, [...list.children], 0);
}

function select(input, items, at) {
  items.forEach((li, i) => li.setAttribute("aria-selected", String(i === at)));
  if (items[at]) {
    input.setAttribute("aria-activedescendant", items[at].id);
    items[at].scrollIntoView({ block: "nearest" });
  } else input.removeAttribute("aria-activedescendant");
}
