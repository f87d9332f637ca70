// The form that begins a search has the box for expressions of the messages page: fetched when somebody reaches for it, or it is filled in.
const form = document.querySelector(".search-ask");
const here = form.dataset;

let boxing = null;
async function box() {
  const { Box } = await import(here.box);
  const { number } = await import(here.rows);
  return new Box(form, here, { topics: () => ({ "": here.records }), number });
}
const reach = () => (boxing ??= box());
form.where.addEventListener("focus", reach);
if (form.where.value.trim() || document.activeElement === form.where) reach();
