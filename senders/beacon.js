// Events of a shop's page -> POST /events of senders.intake. To be copied into a page, before anything that sends:
//   <script src="/beacon.js" data-to="https://intake.example/events"></script>
//   shop.send("add_to_cart", "walnut desk", 420)
// Sent every two seconds and when the page is left. A beacon hears no answer: what the network loses is lost.
(() => {
  const { to } = document.currentScript.dataset;
  const EVERY = 2000, MOST = 50;
  // Pages without https have no randomUUID.
  const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const PAGE = fresh();
  let waiting = [], count = 0;
  const who = () => {
    try { return (localStorage.shopper ||= fresh()); } catch { return (who.here ||= fresh()); }
  };
  const flush = () => {
    if (!waiting.length) return;
    const text = JSON.stringify(waiting);
    waiting = [];
    // text/plain needs no question to the server first; a browser that refuses the beacon may still keep the fetch alive.
    if (!navigator.sendBeacon(to, text)) fetch(to, { method: "POST", body: text, keepalive: true, mode: "no-cors" }).catch(() => {});
  };
  const send = (action, product, price) => {
    waiting.push({ id: `${PAGE}-${++count}`, user_id: who(), action, ...(product ? { product } : {}), ...(price === undefined ? {} : { price }), ts: Date.now() });
    if (waiting.length >= MOST) flush();
  };
  setInterval(flush, EVERY);
  addEventListener("pagehide", flush);
  document.addEventListener("visibilitychange", () => document.hidden && flush());
  window.shop = { send, flush };
})();
