// A time in a form is the reader's own: say in which zone, and what it is in UTC.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
for (const field of document.querySelectorAll("[data-zone]")) {
  field.value = zone;
  const said = field.form.querySelector("[data-zone-said]");
  const time = field.form.querySelector('input[type="datetime-local"]');
  if (!said || !time) continue;
  if (/^-?\d+$/.test(time.getAttribute("value"))) { // ms since 1970, from a plan that is chosen anew
    const at = new Date(Number(time.getAttribute("value")));
    time.value = new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
  }
  const tell = () => {
    const at = new Date(time.value);
    said.textContent = Number.isNaN(at.getTime()) ? `your time, ${zone}` : `your time, ${zone} · ${at.toISOString().replace(".000", "")}`;
  };
  time.addEventListener("input", tell);
  tell();
}
