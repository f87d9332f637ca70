// What every page does: local times, ages by the server's clock, theme, toasts for failed requests, quiet refresh.
const here = document.getElementById("frame-script");
const skew = Number(document.body.dataset.now) - Date.now();
const now = () => Date.now() + skew;

// --- times and ages ---
const DAY = { year: "numeric", month: "short", day: "numeric" }, TIME = { hour: "numeric", minute: "2-digit", second: "2-digit" };
const format = (...parts) => new Intl.DateTimeFormat(undefined, Object.assign({}, ...parts));
const FINE = { fractionalSecondDigits: 3 };
// [of today, of another day]; where lines follow each other within a second, to the millisecond
const plain = [format(TIME), format(DAY, TIME)], fine = [format(TIME, FINE), format(DAY, TIME, FINE)];

export function words(ms) {
  let left = Math.max(0, Math.floor(ms / 1000)), parts = [];
  for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]]) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count) parts.push(`${count} ${unit}`);
    else if (parts.length) break;
    if (parts.length === 2) break;
  }
  return parts.join(" ") || "0 s";
}

function localise(root) {
  for (const el of root.querySelectorAll("time[data-ms], option[data-ms]")) {
    const at = new Date(Number(el.dataset.ms));
    const isToday = at.toDateString() === new Date().toDateString();
    const when = ("fine" in el.dataset ? fine : plain)[isToday ? 0 : 1].format(at);
    const text = el.dataset.said?.replace("{}", () => when) ?? when; // an option holds no element: its words come beside
    if (el.textContent !== text) el.textContent = text;
  }
}

function age() {
  for (const el of document.querySelectorAll("[data-age]")) {
    const text = words(now() - Number(el.dataset.age));
    if (el.textContent !== text) el.textContent = text;
  }
}

// --- theme ---
document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-theme-choice]")?.dataset.themeChoice;
  if (choice) {
    document.documentElement.dataset.theme = choice;
    document.cookie = `theme=${choice}; path=/; max-age=31536000; samesite=lax`;
    for (const b of document.querySelectorAll("[data-theme-choice]")) b.setAttribute("aria-pressed", String(b.dataset.themeChoice === choice));
  }
  for (const menu of document.querySelectorAll("details.switcher[open]")) if (!menu.contains(event.target)) menu.open = false;
});

// --- toasts ---
export function toast(text) {
  const box = document.getElementById("toasts");
  if ([...box.children].some((old) => old.firstChild.textContent === text)) return;
  const note = document.createElement("div");
  note.className = "toast";
  note.append(Object.assign(document.createElement("span"), { textContent: text }));
  const close = Object.assign(document.createElement("button"), { type: "button", textContent: "Close", className: "btn small" });
  close.addEventListener("click", () => note.remove());
  note.append(close);
  box.append(note);
  setTimeout(() => note.remove(), 12000);
}

const SAID = { 403: "You may not do this.", 404: "It is not there any more.", 429: "Too many requests. Wait a moment.", 503: "Not now: the service is busy. Try again in a moment." };

function signIn() {
  location.assign(`${here.dataset.signIn}?next=${encodeURIComponent(location.pathname + location.search)}`);
}

// A search that asks for nothing leaves nothing in the address.
document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  if (request.method === "GET") for (const [name, value] of [...request.body]) if (value === "") request.body.delete(name);
});

document.addEventListener("htmx:before:response", (event) => {
  const { raw, status } = event.detail.ctx.response;
  if (status === 401 || (raw.redirected && new URL(raw.url).pathname === here.dataset.signIn)) {
    event.preventDefault();
    signIn();
  }
});
document.addEventListener("htmx:response:error", (event) => {
  const { status } = event.detail.ctx.response;
  if (status === 422) return; // a form that was sent back with its sentences
  fail(event.detail.ctx.sourceElement, SAID[status] ?? `The server could not answer (${status}). Try again.`);
});
document.addEventListener("htmx:error", (event) => {
  if (!event.detail.ctx) return;
  fail(event.detail.ctx.sourceElement, navigator.onLine === false ? "You are offline." : "The server does not answer. What you see is not being updated.");
});

// A fragment that could not be loaded says so in its place too, with a way to try again.
function fail(source, text) {
  toast(text);
  const waiting = source?.querySelector?.(":scope > .skeleton");
  if (!waiting) return;
  const again = Object.assign(document.createElement("button"), { type: "button", className: "btn small", textContent: "Try again" });
  again.addEventListener("click", () => window.htmx.trigger(source, "retry"));
  const line = Object.assign(document.createElement("p"), { className: "body muted", textContent: `${text} ` });
  line.append(again);
  waiting.replaceChildren(line);
}

// --- quiet refresh: a page that shows a snapshot asks for the next one, unless the reader is busy with this one ---
function refresh() {
  const live = document.querySelector("[data-refresh]");
  if (!live || document.hidden || live.dataset.refresh === "off") return;
  if (live.querySelector("[data-later]")) return; // further rows were loaded below: they would go
  if (live.querySelector("tbody:hover") || live.contains(document.activeElement?.closest("input, select, textarea"))) return;
  if (!document.getSelection().isCollapsed || document.querySelector("dialog[open]")) return;
  window.htmx.trigger(live, "refresh");
}

// A table that does not fit scrolls within its card: said at the body, which no refresh replaces, so that it stays where it
// was scrolled to. A card that scrolls and holds nothing to tab to is a tab stop itself.
function reachable() {
  const tables = [...document.querySelectorAll(".card.tall > table")];
  document.body.classList.toggle("wide", tables.some((table) => table.offsetWidth > table.parentElement.clientWidth));
  for (const card of document.querySelectorAll(".card")) {
    const alone = card.scrollWidth > card.clientWidth && !card.querySelector("a[href], button, input, select, textarea, summary, [tabindex]");
    if (alone) card.tabIndex = 0;
    else if (card.tabIndex === 0 && !card.matches("a")) card.removeAttribute("tabindex");
  }
}

const settle = () => { localise(document); age(); reachable(); };
document.addEventListener("htmx:after:swap", settle);
addEventListener("resize", reachable);
settle();
setInterval(age, 1000);
setInterval(refresh, 5000);

// --- keys: their module is fetched when the first one is pressed ---
let keys;
// A dialog opens at once: what is typed while the module is under way lands in its box.
function open(name) {
  const dialog = document.getElementById(name);
  if (!dialog || dialog.open) return;
  dialog.showModal();
  if (name === "palette") withKeys((module) => module.palette(dialog));
}
const withKeys = (use) => (keys ??= import(here.dataset.keys)).then(use);
document.addEventListener("keydown", (event) => {
  const modified = event.ctrlKey || event.metaKey;
  if (modified && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return open("palette");
  }
  if (event.altKey || modified) return;
  // Here and not in the module: what is typed next has to land in the box.
  if (event.key === "/" && !event.target.closest("input, select, textarea, [contenteditable]") && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    return document.querySelector("main input[type=search], main .search")?.focus();
  }
  withKeys((module) => module.pressed(event));
});
document.addEventListener("click", (event) => {
  const name = event.target.closest("[data-open]")?.dataset.open;
  if (name) open(name);
});

// --- what only a hand on the page needs is fetched when one moves; what it did meanwhile is done then ---
const hand = document.querySelector("[data-hand]");
if (hand) {
  const types = ["pointermove", "focusin", "keydown", "input", "click"], missed = [];
  let coming;
  const reach = (event) => {
    missed.push(event);
    coming ??= import(hand.dataset.hand).then(({ act }) => {
      for (const type of types) {
        document.removeEventListener(type, reach);
        document.addEventListener(type, act);
      }
      missed.forEach(act);
    });
  };
  for (const type of types) document.addEventListener(type, reach);
}
