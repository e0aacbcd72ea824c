// Sorts and filters the tables of report.html, and shows tooltips.
"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector("button")?.addEventListener("click", () => {
    const numeric = head.dataset.kind === "number";
    const down = head.ariaSort ? head.ariaSort !== "descending" : numeric;
    heads.forEach(h => h.removeAttribute("aria-sort"));
    head.ariaSort = down ? "descending" : "ascending";
    const value = row => row.cells[column].dataset.v ?? row.cells[column].textContent;
    const compare = (a, b) => {
      if (!numeric) return value(a).localeCompare(value(b)) * (down ? -1 : 1);
      const x = value(a), y = value(b);
      if (x === "" || y === "") return (x === "") - (y === "");
      return (x - y) * (down ? -1 : 1);
    };
    body.append(...[...body.rows].sort(compare));
  }));
}
for (const input of document.querySelectorAll("input[data-filter]")) {
  const rows = [...document.getElementById(input.dataset.filter).tBodies[0].rows];
  const count = document.getElementById(input.dataset.filter + "-count");
  const names = rows.map(row => row.cells[0].textContent.toLowerCase());
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    let shown = 0;
    rows.forEach((row, i) => { row.hidden = !names[i].includes(wanted); shown += !row.hidden; });
    count.textContent = shown;
  });
}
for (const svg of document.querySelectorAll("svg[data-curves]")) {
  const curves = JSON.parse(svg.dataset.curves), [low, high, from, to] = svg.dataset.x.split(" ").map(Number);
  const tip = svg.nextElementSibling, cross = svg.querySelector(".cross"), width = svg.viewBox.baseVal.width;
  const xs = [...new Set(curves.flatMap(([, points]) => points.map(([x]) => x)))].sort((a, b) => a - b);
  svg.addEventListener("pointermove", event => {
    const box = svg.getBoundingClientRect();
    const wanted = low + ((event.clientX - box.left) / box.width * width - from) / (to - from) * (high - low);
    const x = xs.reduce((best, one) => Math.abs(one - wanted) < Math.abs(best - wanted) ? one : best);
    const place = from + (x - low) / (high - low) * (to - from);
    cross.setAttribute("x1", place); cross.setAttribute("x2", place); cross.style.visibility = "visible";
    tip.replaceChildren();
    const line = (text, colour) => { const s = document.createElement("span"); s.textContent = text; if (colour) s.className = "k" + colour; tip.append(s); };
    line(svg.dataset.name + " " + x);
    curves.forEach(([name, points], i) => {
      const hit = points.find(p => p[0] === x);
      if (hit) line(name + " " + hit[1], i % 4 + 1);
      if (hit && hit.length > 2) line("score \u2265 " + hit[2]);
    });
    tip.hidden = false;
    const left = place / width * box.width;
    tip.style.left = (left + 12 + tip.offsetWidth > box.width ? left - 12 - tip.offsetWidth : left + 12) + "px";
  });
  svg.addEventListener("pointerleave", () => { tip.hidden = true; cross.style.visibility = "hidden"; });
}
const over = document.body.appendChild(document.createElement("div"));
over.className = "tip over";
over.hidden = true;
const show = (cell, ...content) => {
  over.replaceChildren(...content);
  over.hidden = false;
  const box = cell.getBoundingClientRect();
  const left = Math.min(box.left, document.documentElement.clientWidth - over.offsetWidth - 8);
  const below = box.bottom + 8 + over.offsetHeight < innerHeight;
  over.style.transform = `translate(${Math.max(8, left)}px, ${below ? box.bottom + 8 : box.top - 8 - over.offsetHeight}px)`;
};
document.addEventListener("scroll", () => { over.hidden = true; }, true);
for (const table of document.querySelectorAll("table.heat")) {
  const columns = [...table.tHead.rows[0].cells].map(cell => cell.textContent);
  table.addEventListener("pointerover", event => {
    const cell = event.target.closest("td[data-n]");
    if (!cell) { over.hidden = true; return; }
    const row = cell.parentNode, count = +cell.dataset.n, total = +row.dataset.n;
    const words = { row: row.cells[0].firstChild.textContent, column: columns[cell.cellIndex], count: count.toLocaleString("en"), total: total.toLocaleString("en"),
                    share: (count / total * 100).toFixed(1) + "%" };
    show(cell, table.dataset.sentence.replace(/\{(\w+)\}/g, (all, name) => words[name] ?? all));
  });
  table.addEventListener("pointerleave", () => { over.hidden = true; });
}
for (const cell of document.querySelectorAll("td.curve")) {
  if (!cell.firstChild) continue;
  cell.addEventListener("pointerenter", () => {
    const title = document.createElement("span"), note = document.createElement("span");
    title.textContent = cell.parentNode.cells[0].textContent;
    note.textContent = "precision (y axis) against recall (x axis), both from 0 to 1";
    const big = cell.firstChild.cloneNode(true);
    big.setAttribute("viewBox", "0 0 400 200");
    show(cell, title, big, note);
  });
  cell.addEventListener("pointerleave", () => { over.hidden = true; });
}
