// What is live: records over a socket as they come, each one shown or counted. A page says what to ask for and where to draw.
// Where it stands is kept by topic and partition and moves only when something is drawn: a new connection goes on there.
const AWAY = 2000; // ms behind another tab that are worth a line
const PATIENCE = 30_000; // ms: a reader that stops twice within is not asked a third time unbidden

export class Live {
  // parts: {live, counts, empty, pause, say}; ask(): what the page wants, as fields of `start`; filtered(): whether it asks for less
  // than all; read(topic, from, until): a link to those offsets; rows: {Ring, clock, number}; redraw(); arrived(item): a step has
  // brought this record; heard(message): what this knows nothing of; refused(message): an expression with a mistake.
  constructor({ url, kept, parts, ask, filtered, read, rows, redraw, arrived, heard, refused }) {
    Object.assign(this, { url, parts, ask, filtered, read, redraw, arrived, heard, refused, ...rows });
    this.ring = new this.Ring(kept);
    this.held = []; // frames that came and are not drawn yet; each one drawn is worth a new one
    this.socket = null;
    this.run = this.questions = this.tries = this.drawing = this.retrying = this.stopped = 0;
    this.paused = false; // "asked" | "scrolled"
    this.state = "";
    this.on = false;
    this.reset();
    setInterval(() => this.tick(), 1000);
    document.addEventListener("visibilitychange", () => (document.hidden ? this.leave() : this.back()));
  }

  reset() {
    this.ring.clear();
    this.held.length = 0;
    this.next = {};
    this.awaited = new Set(); // topics whose old frames may still be on their way
    this.waits = {};
    this.totals = { seen: 0, sampled: 0, matched: 0, shown: 0, unanswered: 0, why: "" };
    this.before = { at: performance.now(), seen: 0, shown: 0 };
    this.open = []; // dividers whose count is not final
    this.left = null;
    this.holding = false;
  }

  begin() {
    this.on = true;
    this.reset();
    this.pause(false);
    this.connect();
  }

  stop() {
    this.on = false;
    clearTimeout(this.retrying);
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000);
    this.reset();
  }

  // --- the socket ---
  connect() {
    clearTimeout(this.retrying);
    this.socket?.close(1000);
    const mine = (this.socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${this.url}`));
    this.show("connecting");
    this.empty(this.ring.length ? "" : "Connecting …");
    mine.addEventListener("open", () => { this.tries = 0; this.start(this.next); this.finish(); });
    mine.addEventListener("message", (event) => { if (mine === this.socket) this.hear(JSON.parse(event.data)); });
    mine.addEventListener("close", ({ code, reason }) => {
      if (mine !== this.socket) return;
      this.socket = null;
      this.held.length = 0; // not drawn, so they are read again
      this.waits = {};
      if (code === 4401 || code === 4403) { this.note("ended", reason || "You may not read this any more."); this.show("ended"); return; }
      if (this.tries === 0) this.divide((at, back) => (back ? `The connection was lost at ${at} and back at ${back}` : `The connection was lost at ${at}. Connecting again; nothing is skipped`));
      this.show("connecting");
      this.retrying = setTimeout(() => this.connect(), Math.min(10000, 500 * 2 ** this.tries++));
    });
  }

  send(message) { if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message)); }

  start(from, only) {
    const places = Object.fromEntries(Object.entries(from).map(([topic, offsets]) => [topic, written(offsets)]));
    this.run++;
    this.held = only === undefined ? [] : this.held.filter((frame) => (frame.topic ?? "") !== only);
    if (only === undefined) this.awaited = new Set(Object.keys(this.next).concat(""));
    else this.awaited.add(only);
    this.send({ t: "start", run: this.run, hold: this.holding, from: places, ...(only ? { only } : {}), ...this.ask() });
  }

  hear(message) {
    const topic = message.topic ?? "";
    if (message.t === "frame") {
      if (this.awaited.has(topic) || (topic && this.awaited.has("") && !(topic in this.next))) return;
      this.held.push(message);
      if (!this.paused || this.holding) this.soon();
    } else if (message.t === "started") {
      if (message.run !== this.run) return;
      this.awaited.delete(topic);
      this.next[topic] = message.next;
      this.show("live");
      if (!this.ring.length) this.empty(`Waiting for the first record. Live since ${this.clock(Date.now()).slice(0, 8)}.`);
      this.parts.say("Live.");
    } else if (message.t === "waits") {
      this.waits[topic] = message;
      this.show(this.state);
    } else if (message.t === "here") {
      this.close(message.n);
    } else if (message.t === "notice") {
      this.note("notice", named(topic, message.sentence), message.batch && [this.skip(topic, message.batch)]);
    } else if (message.t === "ended") {
      this.next[topic] = { ...this.next[topic], ...message.next };
      this.awaited.delete(topic);
      this.end(topic, message);
    } else if (message.t === "error") this.note("notice", message.text);
    else this.heard?.(message);
  }

  end(topic, message) {
    const { code, sentence } = message;
    if (code === "expression") this.refused?.(message);
    if (!topic) this.show("ended");
    const again = (label, from) => action(label, () => this.start({ [topic]: from }, topic || undefined));
    const from = this.next[topic] ?? {};
    const text = named(topic, sentence);
    if (message.batch) this.note("ended", text, [this.skip(topic, message.batch), again("Try again", from)]);
    else if (code === "reader_stopped" && performance.now() - this.stopped > PATIENCE) {
      this.stopped = performance.now();
      this.divide((at, back) => (back ? `${sentence} It is back since ${back}` : `${sentence} It is started again; nothing is skipped`));
      this.retrying = setTimeout(() => { this.start(this.next); this.finish(); }, 600);
    } else if (code === "reader_stopped") {
      this.show("ended");
      if (performance.now() - this.stopped > 1000) this.note("ended", `${text} This tail stands at ${this.places(from)}.`, [action("Go on from there", () => this.start(this.next)), action("Skip to the end", () => this.start({}))]);
    } else if (code === "recreated") this.note("ended", text, [again("Tail the new one", {})]);
    else if (["deleted", "bad_request", "expression", "forbidden", "unknown_topic", "many"].includes(code)) this.note("ended", text);
    else this.note("ended", text, [again("Try again", from)]);
  }

  // On behind a batch that cannot be read; where it was stays to be seen.
  skip(topic, batch) {
    const { partition, first, last, records, codec, packed } = batch;
    return action("Skip this batch", () => {
      const where = first === last ? `offset ${this.number(first)}` : `offsets ${this.number(first)} to ${this.number(last)}`;
      this.note("notice", named(topic, `Left out in partition ${partition}: ${where}, ${this.records(records)}, ${this.number(packed)} bytes${codec === "none" ? "" : ` of ${codec}`}.`));
      this.start({ ...(topic ? {} : this.next), [topic]: { ...this.next[topic], [partition]: after(last) } }, topic || undefined);
    });
  }

  places(offsets) {
    const named = Object.entries(offsets).map(([p, offset]) => `partition ${p} offset ${this.number(offset)}`);
    return named.slice(0, 2).join(", ") + (named.length > 2 ? ` and ${named.length - 2} more` : "");
  }

  // --- records ---
  take(frame) {
    const topic = frame.topic ?? "";
    if (this.left && !this.left.drawn && frame.seen) { this.left.drawn = true; this.ring.push(this.left.item); }
    const passed = frame.passed.reduce((sum, [, count]) => sum + count, 0);
    if (passed) {
      const parts = frame.passed.map(([p, count]) => `p${p} ${this.number(count)}`);
      const where = parts.slice(0, 4).join(" · ") + (parts.length > 4 ? ` and ${parts.length - 4} more partitions` : "");
      const from = Object.fromEntries(frame.passed.map(([p, , first]) => [p, first]));
      const to = Object.fromEntries(frame.passed.map(([p, , , last]) => [p, after(last)]));
      const text = `${this.records(passed)} passed${topic ? ` in ${topic}` : ""} between these rows: ${where}`;
      this.ring.push({ kind: "passed", text, actions: [this.link("read them", topic, from, to)] });
    }
    for (const row of frame.rows) this.ring.push({ kind: "row", row, topic });
    for (const what of ["seen", "sampled", "matched"]) this.totals[what] += frame[what];
    this.totals.shown += frame.rows.length;
    this.totals.unanswered += frame.unanswered[0]; this.totals.why ||= frame.unanswered[1];
    Object.assign((this.next[topic] ??= {}), frame.next);
  }

  records(n) { return `${this.number(n)} record${n === 1 ? "" : "s"}`; }
  link(label, topic, from, to) { return Object.assign(document.createElement("a"), { textContent: label, href: this.read(topic, written(from), written(to)) }); }

  // A page that nobody sees is not drawn: its frames are taken twice a second.
  soon() { this.drawing ||= document.hidden ? setTimeout(() => this.draw(), 500) : requestAnimationFrame(() => this.draw()); }

  draw() {
    this.drawing = 0;
    const frames = this.paused && !this.holding ? [] : this.held.splice(0);
    const credits = {};
    for (const frame of frames) {
      this.take(frame);
      credits[frame.topic ?? ""] = (credits[frame.topic ?? ""] ?? 0) + 1;
    }
    if (frames.length) {
      if (this.holding) this.arrived(this.ring.newest(0));
      else for (const [topic, n] of Object.entries(credits)) this.send(topic ? { t: "more", n, topic } : { t: "more", n });
      if (this.ring.length) this.empty("");
    }
    this.redraw();
  }

  note(kind, text, actions) {
    if (!this.paused) while (this.held.length) this.draw();
    this.ring.push({ kind, text, actions });
    this.empty("");
    this.parts.say(text);
    this.soon();
  }

  // --- dividers: what came since a moment, counted to the last one when the reader says that all was sent ---
  divide(words) {
    const began = Date.now(), matched = this.totals.matched, from = structuredClone(this.next), live = this;
    const time = (ms) => this.clock(ms, true).slice(11, 19);
    const divider = { matched, from, back: 0, count: null, question: 0, drawn: true };
    divider.item = {
      kind: "notice since",
      get text() { return words(time(began), divider.back && time(divider.back)) + (divider.count === null ? "." : `. ${live.records(divider.count)} since.`); },
    };
    this.ring.push(divider.item);
    this.open.push(divider);
    this.empty("");
    this.parts.say(divider.item.text);
    this.soon();
    return divider;
  }

  finish() {
    if (!this.open.some((divider) => !divider.question)) return;
    const n = ++this.questions;
    for (const divider of this.open) if (!divider.question) Object.assign(divider, { question: n, back: Date.now() });
    this.send({ t: "sync", n });
  }

  close(n) {
    this.draw();
    for (const divider of this.open.filter((one) => one.question === n)) {
      divider.count = this.totals.matched - divider.matched;
      if (divider.count) {
        divider.item.actions = Object.entries(divider.from).filter(([topic]) => this.next[topic]).map(([topic, from]) =>
          this.link(topic ? `read them in ${topic}` : "read them", topic, from, this.next[topic]));
      }
    }
    this.open = this.open.filter((one) => one.question !== n);
    this.soon();
  }

  leave() {
    if (!this.on || this.paused || this.state !== "live" || this.left) return;
    const at = Date.now(), pushed = this.ring.push;
    this.draw();
    this.ring.push = () => {}; // it is drawn in front of the first record that comes
    const divider = this.divide((when) => `You left at ${when}`);
    this.ring.push = pushed;
    this.open.pop();
    this.left = Object.assign(divider, { drawn: false, at });
  }

  back() {
    const left = this.left;
    if (!left) return;
    if (this.drawing) { clearTimeout(this.drawing); this.drawing = 0; }
    this.draw();
    if (Date.now() - left.at < AWAY) {
      if (left.drawn) left.count = this.totals.matched - left.matched;
      this.left = null;
      return;
    }
    this.open.push(left);
    this.finish();
    this.left = left.drawn ? null : left;
  }

  // --- pause, step, mark ---
  pause(now) {
    const was = this.paused;
    this.paused = now;
    this.parts.pause.firstChild.data = now ? "Resume " : "Pause ";
    this.parts.pause.setAttribute("aria-pressed", String(Boolean(now)));
    if (now) this.parts.say("Paused. What comes meanwhile is kept and counted.");
    else {
      this.waits = {};
      if (this.holding) { this.holding = false; this.start(this.next); }
      if (was) this.soon();
    }
    if (this.state) this.show(this.state);
  }

  // One record, or so many; the first step takes back what was sent and not drawn, and from then on the reader holds.
  step(n) {
    if (!this.paused) this.pause("asked");
    this.paused = "asked";
    if (!this.holding) { this.holding = true; this.waits = {}; this.start(this.next); }
    this.send({ t: "step", n });
  }

  mark() {
    if (!this.paused && this.held.length) this.draw();
    const live = this, at = this.clock(Date.now(), true).slice(11, 19), { matched } = this.totals;
    this.ring.push({ kind: "mark", get text() { return `marked ${at} · ${live.records(live.totals.matched - matched)} since`; } });
    this.parts.say(`Marked ${at}.`);
    this.empty("");
    this.soon();
  }

  // --- counts and states ---
  tick() {
    if (!this.on) return;
    const now = performance.now(), seconds = (now - this.before.at) / 1000, { totals, number } = this;
    const rate = (what) => number(Math.max(0, Math.round((totals[what] - this.before[what]) / seconds)));
    if (this.state === "live" && !this.paused) this.parts.live.textContent = `live · ${rate("seen")} records/s in, ${rate("shown")}/s shown`;
    this.before = { at: now, seen: totals.seen, shown: totals.shown };
    const one_in = Number(this.ask().one_in || 1), share = (part, of) => (of ? ` · ${((100 * part) / of).toFixed(1)} %` : "");
    const sample = one_in > 1 ? `1 key in ${one_in}: ${totals.seen ? ((100 * totals.sampled) / totals.seen).toFixed(0) : "–"} % of records` : "";
    const base = one_in > 1 ? totals.sampled : totals.seen;
    const match = this.filtered() ? `matched ${number(totals.matched)} of ${number(base)}${share(totals.matched, base)}${this.unanswered([totals.unanswered, totals.why])}` : this.records(base);
    this.parts.counts.textContent = [match, sample].filter(Boolean).join(" · ");
  }

  // Records of which the expression says nothing: a hint at a slip of the pen.
  unanswered([count, why]) {
    this.parts.counts.title = count ? `The first of them: ${why}` : "";
    return count ? ` · ${this.number(count)} without an answer` : "";
  }

  show(now) {
    this.state = now;
    const { live } = this.parts;
    live.className = `live${now === "live" && !this.paused ? "" : " polling"}`;
    const waits = Object.values(this.waits), waiting = waits.reduce((sum, one) => sum + one.matched, this.holding ? 0 : this.held.reduce((sum, frame) => sum + frame.matched, 0));
    const paused = `paused${waiting ? ` · ${this.number(waiting)}${waits.some((one) => one.more) ? "+" : ""} waiting` : ""}`;
    live.textContent = { live: this.paused ? paused : "live", connecting: "connecting …", ended: "ended" }[now];
  }

  empty(text) { this.parts.empty.textContent = text; this.parts.empty.hidden = !text; }
}

export const written = (offsets) => Object.entries(offsets).map(([p, offset]) => `${p}:${offset}`).join(",");
const after = (offset) => (typeof offset === "string" ? String(BigInt(offset) + 1n) : offset + 1);
const named = (topic, sentence) => (topic && !sentence.includes(topic) ? `${topic}: ${sentence}` : sentence);

function action(label, run) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "link", textContent: label });
  button.addEventListener("click", () => { button.disabled = true; run(); });
  return button;
}

// The buttons and keys of what is live: pause, step, mark.
export class Tools {
  constructor(live, list, { root, find, scroller, ROW }) {
    Object.assign(this, { live, list, root, scroller, ROW });
    this.screen = () => Math.min(100, Math.max(1, Math.floor(scroller.clientHeight / ROW) - 2));
    const does = { pause: () => this.pause(), step: () => this.step(1), screen: () => this.step(this.screen()), mark: () => this.mark(), earlier: () => this.jump(1), later: () => this.jump(-1) };
    for (const [name, run] of Object.entries(does)) find(name).addEventListener("click", run);
    this.find = find;
  }
  show(on) {
    for (const el of this.root.querySelectorAll("[data-live-only]")) el.hidden = !on;
    this.find("live").hidden = !on;
    this.root.classList.remove("paused", "marked");
  }
  pause() {
    this.live.pause(this.live.paused ? false : "asked");
    if (!this.live.paused) this.scroller.scrollTop = 0;
    this.root.classList.toggle("paused", Boolean(this.live.paused));
  }
  step(n) {
    this.scroller.scrollTop = 0;
    this.live.step(n);
    this.root.classList.add("paused");
  }
  // Scrolling down holds what is being read; back at the top it goes on.
  scrolled(top) {
    if (!this.live.on) return;
    if (top > this.ROW && !this.live.paused) this.live.pause("scrolled");
    else if (top === 0 && this.live.paused === "scrolled") this.live.pause(false);
    this.root.classList.toggle("paused", Boolean(this.live.paused));
  }
  // To the next mark or divider below (1) or above (-1) what is in sight.
  jump(by) {
    const { ring } = this.live, top = Math.round(this.scroller.scrollTop / this.ROW);
    for (let i = top + by; i >= 0 && i < ring.length; i += by) {
      if (!/mark|since/.test(ring.newest(i).kind)) continue;
      if (!this.live.paused) this.live.pause("scrolled");
      this.scroller.scrollTop = i * this.ROW;
      return;
    }
    this.live.parts.say(by > 0 ? "No earlier mark." : "No later mark.");
  }
  mark() { this.live.mark(); this.root.classList.add("marked"); }
  pressed(key, target) {
    if (key === " " && !target.closest("button, a, summary")) this.pause();
    else if (key === ".") this.step(1);
    else if (key === ">") this.step(this.screen());
    else if (key === "m") this.mark();
    else if (key === "[") this.jump(1);
    else if (key === "]") this.jump(-1);
    else return false;
    return true;
  }
}
