// Leaves those rows in view that hold every word that is typed; without it, all of them are there.

for (const box of document.querySelectorAll("[data-filter]")) {
  const list = document.getElementById(box.dataset.filter);
  const rows = [...list.querySelectorAll("[data-row]")];
  const groups = [...list.querySelectorAll("[data-group]")];
  const input = box.querySelector("input");
  const told = box.querySelector("output");

  const apply = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const chosen = row.querySelector("select, :checked")?.value;
      row.hidden = !chosen && !words.every((word) => row.dataset.row.includes(word));
    }
    for (const group of groups) {
      group.hidden = !group.querySelector("[data-row]:not([hidden])");
    }
    const left = rows.filter((row) => !row.hidden).length;
    told.textContent = words.length ? `${left} of ${rows.length}` : "";
  };

  const clear = () => {
    input.value = "";
    apply();
  };
  addEventListener("hashchange", () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!target?.closest("[hidden]")) return;
    clear();
    target.scrollIntoView();
  });

  box.hidden = false;
  input.addEventListener("input", apply);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault(); // it would send the form around it
    if (event.key === "Escape") clear();
  });
}
