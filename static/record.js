// The side panel: one whole record as tree, raw text, hex and headers. tail.js fetches this when the first one is opened.
const CHILDREN = 200; // at most so many entries of an object or array are drawn before "more"
const HEX_LINES = 512;

const el = (tag, className, ...inside) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...inside);
  return made;
};

// --- JSON as a tree of its own text: numbers keep every digit, doubled keys stay, depth costs nothing ---
const TOKEN = /[{}[\],:]|"[^"\\]*(?:\\.[^"\\]*)*"|[^\s{}[\],:"]+/gsu;

// {open, entries: [[key | null, node]]} for objects and arrays, the token itself for the rest; null when it is no JSON.
export function parse(text) {
  const root = { open: "", entries: [] };
  const stack = [root];
  let key = null;
  const put = (node) => { stack.at(-1).entries.push([key, node]); key = null; };
  let last = null;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") { const node = { open: token, entries: [] }; put(node); stack.push(node); last = null; }
    else if (token === "}" || token === "]") { if (last !== null) put(last); last = null; stack.pop(); if (!stack.length) return null; }
    else if (token === ",") { if (last !== null) put(last); last = null; }
    else if (token === ":") { key = last; last = null; }
    else last = token;
  }
  return stack.length === 1 && root.entries.length === 1 && last === null ? root.entries[0][1] : null;
}

function leaf(token) {
  const kind = token[0] === '"' ? "string" : /^-?\d/.test(token) ? "number" : "word";
  return el("span", `j-${kind}`, token);
}

function branch(node, label, open) {
  const close = node.open === "{" ? "}" : "]";
  if (!node.entries.length) return el("div", "j-line", ...label, node.open + close);
  const count = `${node.entries.length} ${node.open === "{" ? "field" : "item"}${node.entries.length === 1 ? "" : "s"}`;
  const details = el("details", "j-branch", el("summary", "", ...label, node.open, el("span", "faint", ` ${count} `)));
  const fill = () => {
    if (details.childElementCount > 1) return;
    const inside = el("div", "j-inside");
    const add = (from) => {
      for (const [key, child] of node.entries.slice(from, from + CHILDREN)) {
        const name = key === null ? [] : [el("span", "j-key", key), ": "];
        inside.append(typeof child === "string" ? el("div", "j-line", ...name, leaf(child)) : branch(child, name, node.entries.length <= 20 && open > 0 ? open - 1 : 0));
      }
      if (from + CHILDREN < node.entries.length) {
        const more = el("button", "btn small", `${node.entries.length - from - CHILDREN} more`);
        more.addEventListener("click", () => { more.remove(); add(from + CHILDREN); });
        inside.append(more);
      }
    };
    add(0);
    details.append(inside, el("div", "j-line", close));
  };
  details.addEventListener("toggle", fill);
  if (open > 0) { fill(); details.open = true; }
  return details;
}

// --- hex ---
function hex(base64, size) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const lines = [];
  for (let at = 0; at < bytes.length && lines.length < HEX_LINES; at += 16) {
    const part = [...bytes.slice(at, at + 16)];
    const left = part.map((b) => b.toString(16).padStart(2, "0")).join(" ").padEnd(47);
    lines.push(`${at.toString(16).padStart(8, "0")}  ${left}  ${part.map((b) => (b > 31 && b < 127 ? String.fromCharCode(b) : "·")).join("")}`);
  }
  const shown = Math.min(bytes.length, HEX_LINES * 16);
  if (shown < size) lines.push(`… the first ${shown.toLocaleString()} of ${size.toLocaleString()} bytes`);
  return el("pre", "payload", lines.join("\n") || "no bytes");
}

// Bytes that were not sent along are hidden: parts of what they say are.
const bytesOf = (base64, size) => (size && !base64 ? el("p", "muted", "Hidden: a rule of this cluster hides parts of it.") : hex(base64, size));
const bytes = (size) => (size < 1000 ? `${size} B` : size < 1e6 ? `${(size / 1000).toFixed(1)} kB` : `${(size / 1e6).toFixed(1)} MB`);
const said = ([kind, text]) => (kind === "null" ? "null" : kind === "empty" ? "empty" : text);

function whole(text, size, cut) {
  const pre = el("pre", "payload", text);
  return cut ? [pre, el("p", "faint", `The first ${bytes(new TextEncoder().encode(text).length)} of ${bytes(size)}; the download has all of it.`)] : [pre];
}

const FORMATS = { avro: "Avro", protobuf: "Protobuf", jsonschema: "JSON by a JSON Schema", msgpack: "MessagePack", cbor: "CBOR", uuid: "UUID", consumer_offsets: "a record of __consumer_offsets", transaction_state: "a record of __transaction_state" };
// What the bytes were taken for, by which schema, and why they are not shown otherwise.
function readAs([kind, , , , format, schema, why, masked]) {
  const what = FORMATS[format] ?? (format || { json: "JSON", text: "text", binary: "bytes: neither JSON nor text", null: "null", empty: "empty" }[kind]);
  const found = [el("span", "", what)];
  if (schema) found.push(el("span", "muted", " by "), el("bdi", "mono wrap", schema));
  if (masked) found.push(" ", el("span", "chip plain", "parts are hidden"));
  if (why) found.push(el("p", "why", why));
  return found;
}

const VIEWS = {
  Tree: ({ row }) => {
    const [kind, text, size, cut] = row[5];
    if (kind === "null") return [el("p", "muted", "null: a tombstone. In a compacted topic it deletes its key.")];
    if (kind === "empty") return [el("p", "muted", "Empty: zero bytes, which is not null.")];
    const node = kind === "json" && !cut ? parse(text) : null;
    return node === null ? whole(text, size, cut) : [el("div", "payload", branch(node, [], 3))];
  },
  Raw: ({ row: [, , , , , [kind, text, size, cut]] }) => whole(kind === "null" ? "null" : text, size, cut),
  Hex: ({ row, key_bytes, value_bytes }) => [
    el("h3", "", "Value"), bytesOf(value_bytes, row[5][2]), el("h3", "", "Key"), bytesOf(key_bytes, row[4][2]),
  ],
  Headers: ({ headers }) => {
    if (!headers.length) return [el("p", "muted", "This record has no headers.")];
    const rows = headers.map(([name, value]) => el("tr", "", el("td", "faint", el("bdi", "", name)), el("td", "mono wrap", el("bdi", value[0] === "null" ? "faint" : "", said(value)))));
    return [el("table", "about", el("tbody", "", ...rows))];
  },
};

export class Panel {
  // onClose: none, and it stays open. setHere: the address at which a group can be set to a record, up to its partition and offset; "" when nobody may; again: of the form that writes a record again, likewise
  constructor(root, { clock, number, onClose, setHere, again }) {
    Object.assign(this, { root, clock, number, onClose, setHere, again });
    this.view = "Tree";
    this.asked = 0;
  }
  // how: further words of its address, as read_key; empty ones are none
  async open(place, partition, offset, link, how = {}) {
    const as = new URLSearchParams(Object.entries(how).filter(([, said]) => said));
    const url = as.size ? `${place}?${as}` : place;
    const asked = ++this.asked;
    this.title = `Record ${partition} / ${this.number(offset)}`;
    let answer, body;
    try {
      answer = await fetch(url, { headers: { Accept: "application/json" } });
      body = await answer.json();
    } catch {
      body = { sentence: answer?.status === 403 ? "Your role may not read records of this topic." : "The record could not be read. Try again." };
    }
    if (asked !== this.asked) return;
    this.link = link;
    this.url = url;
    this.record = answer?.ok ? body : null;
    this.draw(body.sentence);
  }
  draw(sentence) {
    const close = el("button", "link close", "×");
    close.type = "button";
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", this.onClose);
    const head = el("header", "", el("h2", "", this.title));
    const body = el("div", "body");
    if (this.record === null) body.append(el("p", "muted", sentence));
    else {
      const tabs = el("div", "right views");
      tabs.setAttribute("role", "group");
      tabs.setAttribute("aria-label", "Show as");
      for (const name of Object.keys(VIEWS)) {
        const button = el("button", "link", name);
        button.type = "button";
        button.setAttribute("aria-pressed", String(name === this.view));
        button.addEventListener("click", () => { this.view = name; this.draw(); this.root.querySelector("[aria-pressed=true]").focus(); });
        tabs.append(button);
      }
      head.append(tabs);
      body.append(this.facts(), ...VIEWS[this.view](this.record), this.actions());
    }
    if (this.onClose) head.append(close);
    this.root.replaceChildren(head, body);
    this.root.hidden = false;
  }
  facts() {
    const { row, headers } = this.record;
    const [, , ms, kind, key, value, ] = row;
    const set = { create: "set by the producer", append: "set by the broker" }[kind] ?? "no time";
    const fact = (name, ...inside) => el("tr", "", el("td", "faint", name), el("td", "", ...inside));
    return el("table", "about", el("tbody", "",
      fact("Time", this.clock(ms, true), el("span", "faint", ` ${set}`)),
      fact("Key", el("bdi", `mono wrap${key[0] === "null" ? " faint" : ""}`, said(key))),
      fact("Size", `${bytes(value[2])}`, el("span", "faint", ` value · ${bytes(key[2])} key`)),
      fact("Headers", headers.length ? String(headers.length) : el("span", "faint", "none")),
      fact("Read as", ...readAs(value)),
      ...(key[4] || key[6] || key[7] ? [fact("Key read as", ...readAs(key))] : [])));
  }
  actions() {
    const copy = (label, text) => {
      const button = el("button", "btn small", label);
      button.type = "button";
      button.addEventListener("click", async () => { await navigator.clipboard.writeText(text); button.textContent = "Copied"; });
      return button;
    };
    const [partition, offset, , , key, value] = this.record.row;
    const downloads = [["key", key], ["value", value]].filter(([side, [kind, , , cut, , , , masked]]) => kind !== "null" && !masked && (side === "value" || cut)).map(([side]) => {
      const link = el("a", "btn small", `Download ${side}`);
      link.href = `${this.url.split("?")[0]}download/?side=${side}${this.url.includes("unmask=1") ? "&unmask=1" : ""}`;
      return link;
    });
    const set = el("a", "btn small", "Set a group here…");
    set.href = `${this.setHere}${partition}/${offset}/`;
    const again = el("a", "btn small", "Produce again…");
    again.href = `${this.again}${partition}:${offset}`;
    return el("div", "panel-actions", copy("Copy link", this.link), copy("Copy value", value[1]), ...downloads, ...(this.setHere ? [set] : []), ...(this.again ? [again] : []));
  }
}
