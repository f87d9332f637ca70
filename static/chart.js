// The charts of a group: lag, and below it the rates, with one cursor. The server gives the points; this draws them.
// When the page has fetched itself anew, the points in it are newer and the charts take them over.
const plots = document.getElementById("plots");
const LEFT = 64, LAG = 240, RATES = 180, CLOSE = 16; // px
const SI = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const stamp = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
let charts = [], drawn = "", data, at = null;

const read = () => JSON.parse(document.getElementById("history-data").textContent);
const exact = (n) => (n === null || n === undefined ? "—" : whole.format(typeof n === "string" ? BigInt(n) : n));
const rate = (n) => (n === null || n === undefined ? "—" : `${(n >= 0.05 && n < 10 ? tenth : whole).format(n)}/s`);
const plain = (column) => column.map((n) => (n === null ? null : Number(n)));

function short(n) {
  const [size, unit] = SI.find(([size]) => Math.abs(n) >= size) ?? [1, ""];
  return `${Number((n / size).toPrecision(3))}${unit && ` ${unit}`}`;
}

// A canvas knows no custom properties: what a colour is in this theme, an element has to tell.
function colour(name) {
  plots.style.color = `var(${name})`;
  const found = getComputedStyle(plots).color;
  plots.style.color = "";
  return found;
}

// Hours as the reader writes them, and the day where it begins.
function times(_, ticks, axis, space, step) {
  const clock = { hour: "2-digit", minute: "2-digit", ...(step < 60000 && { second: "2-digit" }) };
  const hours = new Intl.DateTimeFormat(undefined, clock), days = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
  return ticks.map((at, i) => {
    const day = days.format(at), new_ = i === 0 || days.format(ticks[i - 1]) !== day;
    return step >= 86400000 ? day : new_ ? `${hours.format(at)}\n${day}` : hours.format(at);
  });
}

function axes(unit) {
  const ink = colour("--ink-3"), line = { stroke: colour("--line-soft"), width: 1 };
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  return [
    { stroke: ink, grid: { show: false }, ticks: { ...line, size: 4 }, font, space: 96, values: times },
    { stroke: ink, grid: line, ticks: { show: false }, font, size: LEFT, values: (_, ticks) => ticks.map((n) => short(n) + unit) },
  ];
}

function options(height, unit, series, label) {
  return {
    width: plots.clientWidth, height, series: [{}, ...series], axes: axes(unit), legend: { show: false }, ms: 1,
    padding: [18, 26, 0, 0],
    scales: { x: { time: true, range: () => [data.since, data.until] }, y: { range: (_, least, most) => [0, Math.max(1, (most ?? 0) * 1.08)] } },
    cursor: { sync: { key: "history" }, drag: { x: true, y: false, setScale: false }, y: false, points: { size: 7 }, bind: { dblclick: () => zoomOut } },
    hooks: { setSelect: [select], setCursor: [point], draw: [dashes, heads] },
  };
}

function draw() {
  for (const chart of charts) chart.destroy();
  plots.replaceChildren();
  if (plots.hidden) return;
  const water = colour("--water"), fill = colour("--water-bg"), second = colour("--m2");
  const line = { width: 2, points: { show: alone } };
  charts = [
    new uPlot(options(LAG, "", [{ ...line, stroke: water, fill }]), [data.t, plain(data.lag)], plots),
    new uPlot(options(RATES, "/s", [{ ...line, stroke: second, width: 1.5 }, { ...line, stroke: water, width: 1.5 }]), [data.t, data.in, data.out], plots),
  ];
}

// A point between two gaps has no line: it is a dot.
function alone(chart, series) {
  const values = chart.data[series];
  return values.length < 3 || values.some((v, i) => v !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null);
}

// --- the cursor: by mouse or by key, told in words ---
function point(chart) {
  const index = chart.cursor.idx ?? null;
  if (index === at) return;
  at = index;
  tell();
}

function tell() {
  const out = document.getElementById("readout");
  if (!out) return;
  out.dataset.plain ??= out.textContent;
  if (at === null || data.t[at] === undefined) out.textContent = out.dataset.plain;
  else out.textContent = `${stamp.format(data.t[at])} · lag ${exact(data.lag[at])} · arriving ${rate(data.in[at])} · committed ${rate(data.out[at])}`;
}

function moveTo(index) {
  at = null;
  const x = Math.min(data.t.length - 1, Math.max(0, index));
  for (const chart of charts) chart.setCursor({ left: chart.valToPos(data.t[x], "x"), top: 8 });
}

// --- the range: in the address, so that it can be shared and Back works ---
function go(from, to) {
  const url = new URL(location.href);
  url.searchParams.delete("range");
  url.searchParams.set("from", Math.round(from));
  url.searchParams.set("to", Math.round(to));
  location.assign(url);
}

function zoomOut() {
  document.getElementById("zoom-out").click();
  return null;
}

function select(chart) {
  const { left, width } = chart.select;
  if (width < 4) return;
  go(chart.posToVal(left, "x"), chart.posToVal(left + width, "x"));
}

plots.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { since, until } = data, middle = at === null ? (since + until) / 2 : data.t[at], half = (until - since) / 4;
  const last = data.t.length - 1;
  const acts = {
    ArrowLeft: () => moveTo((at ?? last + 1) - 1), ArrowRight: () => moveTo((at ?? -1) + 1), Home: () => moveTo(0), End: () => moveTo(last),
    "+": () => go(middle - half, middle + half), "-": zoomOut, Escape: zoomOut,
  };
  if (!acts[event.key]) return;
  event.preventDefault();
  event.stopPropagation();
  acts[event.key]();
});

// --- what happened: a dashed line through both charts, and a link at its head ---
const marks = () => [...document.querySelectorAll("#marks li")];

function said(mark) {
  const [, label] = mark.querySelector("a").children, [text, time] = [...mark.children].slice(1);
  return `${time.textContent} · ${label.textContent}: ${text.textContent}`;
}

function dashes(chart) {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = colour("--ink-3");
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  for (const mark of marks()) {
    const x = Math.round(chart.valToPos(Number(mark.dataset.at), "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
  }
  ctx.stroke();
  ctx.restore();
}

function heads(chart) {
  if (chart !== charts[0] && charts.length) return;
  const links = [];
  let before = -Infinity;
  for (const mark of marks()) {
    const x = chart.valToPos(Number(mark.dataset.at), "x"), words = said(mark);
    if (x < 0 || x > chart.over.clientWidth) continue;
    if (x - before < CLOSE) { // those too close to be hit apart are one, and the list has them all
      links.at(-1).title += `\n${words}`;
      continue;
    }
    before = x;
    const link = mark.querySelector("a").cloneNode(true);
    link.className = "flag";
    link.tabIndex = -1; // the list below is the way by key
    link.title = words;
    link.setAttribute("aria-hidden", "true");
    link.style.left = `${x}px`;
    links.push(link);
  }
  for (const old of chart.over.querySelectorAll(".flag")) old.remove();
  chart.over.append(...links);
}

// --- new points, a new width, a new theme ---
function take() {
  const text = document.getElementById("history-data")?.textContent;
  if (!text || text === drawn) return;
  const pointed = at === null ? null : data.t[at];
  drawn = text;
  data = read();
  if (!charts.length || plots.hidden) return draw();
  charts[0].setData([data.t, plain(data.lag)]);
  charts[1].setData([data.t, data.in, data.out]);
  const out = document.getElementById("readout");
  if (out) delete out.dataset.plain;
  const again = pointed === null ? -1 : data.t.indexOf(pointed);
  if (again < 0) return tell();
  queueMicrotask(() => moveTo(again)); // after the charts have drawn themselves
}

document.addEventListener("htmx:after:swap", take);
new ResizeObserver(() => {
  if (!charts.length || plots.clientWidth === charts[0].width) return;
  for (const [i, chart] of charts.entries()) chart.setSize({ width: plots.clientWidth, height: [LAG, RATES][i] });
}).observe(plots);
new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
take();
