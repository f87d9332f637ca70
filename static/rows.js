// A list of records of which only the visible rows are in the page: about thirty, filled anew at each drawing.
// Payload text reaches the page through text nodes alone.
export const ROW = 26;
const CHARACTER = 7.6; // px of one in the monospaced rows
const SHOWN = 400; // characters of a value that a row carries
const BEFORE = 12; // characters kept in front of a hit that would not be seen

// The newest `size` items; the oldest go silently, the list says how many are kept.
export class Ring {
  constructor(size) { this.size = size; this.clear(); }
  clear() { this.items = []; this.at = 0; this.pushed = 0; }
  push(item) {
    if (this.items.length < this.size) this.items.push(item);
    else { this.items[this.at] = item; this.at = (this.at + 1) % this.size; }
    this.pushed++;
  }
  get length() { return this.items.length; }
  newest(i) { return this.items[(this.at + this.items.length - 1 - i) % this.items.length]; }
}

const digits = new Intl.NumberFormat();
export const number = (n) => digits.format(typeof n === "string" ? BigInt(n) : n); // beyond 2^53 they come as text

const two = (n) => String(n).padStart(2, "0");
// 23:14:07.913 today, Nov 23 23:14:07 else; what no calendar holds is shown as the number it is.
export function clock(ms, whole = false) {
  if (ms === null) return "—";
  const at = new Date(Number(ms));
  if (Number.isNaN(at.getTime())) return String(ms);
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const fraction = `.${String(at.getMilliseconds()).padStart(3, "0")}`;
  if (!whole && at.toDateString() === new Date().toDateString()) return time + fraction;
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return whole ? `${day} ${time}${fraction}` : `${/^20\d\d-/.test(day) ? day.slice(2) : day} ${time.slice(0, 5)}`; // only of this century are two digits enough
}

// Control characters as their pictures, direction marks as escapes: a record cannot rearrange the page around it.
export function visible(text) {
  return text.replace(/[\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (c) => {
    const code = c.charCodeAt(0);
    if (code < 0x20) return code === 10 ? "↵" : code === 9 ? " " : String.fromCharCode(0x2400 + code);
    return code === 0x7f ? "\u2421" : `\\u${code.toString(16)}`;
  });
}

const WORDS = { null: "null", empty: "empty", missing: "—" };

// A cell whose text may have one highlighted part: text · mark · text, made once and refilled.
function cell(className) {
  const el = document.createElement("span");
  el.className = className;
  el.setAttribute("role", "gridcell");
  const hit = document.createElement("span");
  hit.className = "hit";
  const [before, mark, after] = ["", "", ""].map((text) => document.createTextNode(text));
  hit.append(mark);
  el.append(before, hit, after);
  el.fill = (text, needle, fold, room = SHOWN) => {
    let from = needle ? (fold ? text.toLowerCase() : text).indexOf(needle) : -1;
    const to = from < 0 ? 0 : from + needle.length;
    const start = to > room ? Math.max(0, from - BEFORE) : 0;
    before.data = (start ? "…" : "") + visible(text.slice(start, from < 0 ? start + SHOWN : from));
    hit.hidden = from < 0;
    mark.data = from < 0 ? "" : visible(text.slice(from, to));
    after.data = from < 0 ? "" : visible(text.slice(to, to + SHOWN));
  };
  return el;
}

const COLUMNS = ["time", "partition", "offset", "key", "value"]; // those of a list of one topic

class RowView {
  constructor(columns) {
    this.el = document.createElement("div");
    this.el.setAttribute("role", "row");
    this.time = cell("faint"); this.topic = cell("t"); this.partition = cell("num"); this.offset = cell("num faint off");
    this.key = cell("k"); this.value = cell("v");
    this.cells = columns.map((name) => this[name]);
    this.note = document.createElement("span");
    this.note.setAttribute("role", "gridcell");
    this.kind = "";
  }
  fill(item, needle, fold, selected, room) {
    const beside = item.kind === "row" ? item.row[8] : undefined; // columns by path, in place of the value
    const kind = beside ? `row ${beside.length}` : item.kind;
    if (kind !== this.kind) {
      this.kind = kind;
      this.paths = (beside ?? []).map(() => cell("v path"));
      this.el.replaceChildren(...(item.kind !== "row" ? [this.note] : beside ? [...this.cells.slice(0, -1), ...this.paths] : this.cells));
    }
    this.el.item = item;
    if (item.kind === "row") {
      const [partition, offset, ms, , key, value] = item.row;
      this.el.className = `r${selected ? " on" : ""}${item.row[7] ? ` ${item.row[7]}` : ""}`;
      this.time.fill(clock(ms)); this.topic.fill(item.topic ?? ""); this.partition.fill(String(partition)); this.offset.fill(number(offset));
      this.show(this.key, key, needle, fold); this.show(this.value, value, needle, fold, room);
      beside?.forEach((shown, i) => this.show(this.paths[i], shown, needle, fold));
    } else {
      this.el.className = `between ${item.kind}`;
      // What stands is left: a link that is about to be clicked must not be taken from under the pointer.
      if (this.noted === item && this.note.firstChild.textContent === item.text && this.note.childElementCount === 1 + (item.actions ?? []).length) return;
      this.noted = item;
      const text = document.createElement("span");
      text.textContent = item.text;
      text.title = item.title ?? item.text;
      this.note.replaceChildren(text, ...(item.actions ?? []));
    }
  }
  show(el, [kind, text], needle, fold, room) {
    el.dataset.kind = kind;
    el.fill(WORDS[kind] ?? text, kind === "text" || kind === "json" ? needle : "", fold, room);
  }
}

export class List {
  // scroller > space > rows; get(i) is the i-th item from the top. onOpen(item) on a click, onMove(item) on j and k.
  // columns: which are shown, in this order.
  constructor(scroller, { count, get, onOpen, onMove, onScroll, columns = COLUMNS }) {
    Object.assign(this, { scroller, count, get, onOpen, onMove, onScroll, columns });
    this.space = scroller.querySelector(".space");
    this.layer = scroller.querySelector(".rows");
    this.views = [];
    this.needle = ""; this.fold = true; this.selected = null;
    scroller.addEventListener("scroll", () => { this.draw(); this.onScroll?.(scroller.scrollTop); }, { passive: true });
    // On the press, not on the release: by then the next rows may stand there.
    this.layer.addEventListener("pointerdown", (event) => {
      const row = event.target.closest(".r");
      if (row && event.button === 0) { this.select(row.item); this.onOpen(row.item); }
    });
    new ResizeObserver(() => { this.room = 0; this.draw(); }).observe(scroller);
  }
  show(columns) { this.columns = columns; this.views = []; this.layer.replaceChildren(); this.draw(); }
  highlight(text, caseMatters) { this.fold = !caseMatters; this.needle = caseMatters ? text : text.toLowerCase(); }
  draw() {
    const total = this.count();
    const first = Math.max(0, Math.min(Math.floor(this.scroller.scrollTop / ROW), total - 1));
    const shown = Math.min(total - first, Math.ceil(this.scroller.clientHeight / ROW)); // the head covers one
    if (this.needle) this.room ||= Math.floor((this.views[0]?.value.clientWidth ?? 0) / CHARACTER);
    this.space.style.height = `${total * ROW}px`;
    this.layer.style.transform = `translateY(${first * ROW}px)`;
    while (this.views.length < shown) { const view = new RowView(this.columns); this.views.push(view); this.layer.append(view.el); }
    this.views.forEach((view, i) => {
      view.el.hidden = i >= shown;
      if (i >= shown) return;
      const item = this.get(first + i);
      view.fill(item, this.needle, this.fold, item === this.selected, this.room || SHOWN);
      view.el.setAttribute("aria-rowindex", first + i + 2);
      view.el.setAttribute("aria-selected", String(item === this.selected));
      view.el.id = `r${i}`;
      if (item === this.selected) this.scroller.setAttribute("aria-activedescendant", view.el.id);
    });
    this.scroller.setAttribute("aria-rowcount", total + 1);
  }
  // From the first row that is seen, as many as there is room for.
  inSight() {
    const found = [], room = Math.ceil(this.scroller.clientHeight / ROW);
    for (let i = Math.floor(this.scroller.scrollTop / ROW); i < this.count() && found.length < room; i++) if (this.get(i).kind === "row") found.push(this.get(i));
    return found;
  }
  select(item) { this.selected = item; this.draw(); }
  step(by) {
    const total = this.count();
    let at = -1;
    for (let i = 0; i < total; i++) if (this.get(i) === this.selected) { at = i; break; }
    if (at < 0) at = by > 0 ? -1 : 0;
    do at += by; while (at >= 0 && at < total && this.get(at).kind !== "row");
    if (at < 0 || at >= total) return;
    const top = at * ROW, { scrollTop } = this.scroller, height = this.scroller.clientHeight - ROW;
    if (top < scrollTop) this.scroller.scrollTop = top;
    else if (top + ROW > scrollTop + height) this.scroller.scrollTop = top + ROW - height;
    this.select(this.get(at));
    this.onMove(this.selected);
  }
}
