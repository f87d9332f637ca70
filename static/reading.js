// How this view alone reads keys and values: what is chosen in the form has a chip, which takes it off.
export function readAs(form, go) {
  for (const chip of document.querySelectorAll("[data-read]")) {
    const box = form[chip.dataset.read];
    chip.hidden = !box.value;
    chip.textContent = `${box.name === "read_key" ? "keys" : "values"} read as ${box.value} ×`;
    chip.onclick = () => { box.value = ""; go(); };
  }
}
