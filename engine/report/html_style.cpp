// The style sheet and the script as string literals.
#include "engine/report/html_style.h"

namespace tagloom {

const char kReportStyle[] = R"css(
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1a2230; --soft: #5a6577; --line: #e1e5eb; --head: #f0f2f6;
  --accent: #2f5fd0; --good: #177245; --good-back: #e3f4ea; --bad: #b3282d; --bad-back: #fbe9e9;
  --miss: #8a6100; --bar: #c9d8f7;
  --curve-1: #2f5fd0; --curve-2: #d9730d; --curve-3: #177245; --curve-4: #8e44ad; --heat: 47 95 208;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #11151c; --card: #1a202a; --ink: #e7ebf2; --soft: #9aa6b8; --line: #2c3542; --head: #222a36;
    --accent: #8db0ff; --good: #6fd6a0; --good-back: #173628; --bad: #ff9a9a; --bad-back: #42201f;
    --miss: #e3bd62; --bar: #2c4374;
    --curve-1: #8db0ff; --curve-2: #ffad5c; --curve-3: #6fd6a0; --curve-4: #cf9bea; --heat: 141 176 255;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
       font-variant-numeric: tabular-nums; }
main { max-width: 1180px; margin: 0 auto; padding: 0 24px 64px; }
header { max-width: 1180px; margin: 0 auto; padding: 36px 24px 8px; }
h1 { margin: 0; font-size: 28px; font-weight: 650; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { margin: 44px 0 14px; font-size: 19px; font-weight: 650; }
h3 { margin: 0 0 4px; font-size: 15px; font-weight: 600; }
header p, .muted, .note { margin: 4px 0 0; color: var(--soft); }
nav { display: flex; flex-wrap: wrap; gap: 4px 20px; margin-top: 16px; padding-bottom: 12px; border-bottom: 1px solid var(--line); font-size: 14px; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
.card, figure, .numbers div, details { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.numbers { display: grid; grid-template-columns: repeat(auto-fill, minmax(158px, 1fr)); gap: 14px; margin-top: 24px; }
.numbers div { padding: 14px 16px 12px; }
.numbers b { display: block; font-size: 27px; line-height: 1.2; font-weight: 650; letter-spacing: -.01em; }
.numbers span { color: var(--soft); font-size: 13px; }
.note { font-size: 13.5px; margin-top: 12px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 16px; }
figure { margin: 0; padding: 16px 16px 10px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: 13px; color: var(--soft); }
.legend b { color: var(--ink); font-weight: 600; }
.legend i { display: inline-block; width: 16px; height: 0; margin-right: 6px; border-top: 3px solid; vertical-align: middle; border-radius: 2px; }
.k1 { color: var(--curve-1); } .k2 { color: var(--curve-2); } .k3 { color: var(--curve-3); } .k4 { color: var(--curve-4); }
.legend .kbest { color: var(--soft); border-top: 2px dashed; border-radius: 0; }
.plot { position: relative; margin-top: 8px; }
svg { display: block; width: 100%; height: auto; font-size: 12px; }
svg text { fill: var(--soft); }
.ylabel { text-anchor: end; } .xlabel { text-anchor: middle; } .xname { text-anchor: end; }
.grid { stroke: var(--line); }
.best { stroke: var(--soft); stroke-dasharray: 4 4; }
.cross { stroke: var(--soft); visibility: hidden; }
path { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
path.c1 { stroke: var(--curve-1); } path.c2 { stroke: var(--curve-2); } path.c3 { stroke: var(--curve-3); } path.c4 { stroke: var(--curve-4); }
circle.c1 { fill: var(--curve-1); } circle.c2 { fill: var(--curve-2); } circle.c3 { fill: var(--curve-3); } circle.c4 { fill: var(--curve-4); }
.tip { position: absolute; top: 6px; padding: 6px 10px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; font-size: 13px;
       box-shadow: 0 4px 14px rgb(0 0 0 / .14); pointer-events: none; white-space: nowrap; }
.tip span { display: block; }
.tip.over { position: fixed; top: 0; left: 0; max-width: min(340px, 94vw); white-space: normal; z-index: 3; }
.kmark { width: 9px !important; height: 9px !important; border: 2px solid var(--curve-2) !important; border-radius: 50% !important; }
circle.mark { fill: var(--card); stroke: var(--curve-2); stroke-width: 2.5; }
.small { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(46%, 178px), 1fr)); gap: 12px; align-content: start; }
.small figure { padding: 10px 10px 6px; }
.small h3 { display: flex; justify-content: space-between; gap: 8px; margin: 0; font-size: 13.5px; overflow-wrap: anywhere; }
.small h3 span { color: var(--soft); font-weight: 400; white-space: nowrap; }
.small .plot { margin-top: 2px; }
.small svg { font-size: 13px; }
td.curve { padding: 3px 14px; }
td.curve svg { width: 84px; height: 34px; margin-left: auto; overflow: visible; background: var(--head); border-radius: 4px; }
td.curve path { vector-effect: non-scaling-stroke; stroke-width: 1.5; }
.tip.over svg { width: 300px; height: 150px; margin: 6px 0 2px; overflow: visible; border-left: 1px solid var(--soft); border-bottom: 1px solid var(--soft);
                background: repeating-linear-gradient(90deg, var(--line) 0 1px, transparent 1px 25%), repeating-linear-gradient(0deg, var(--line) 0 1px, transparent 1px 25%); }
.tip.over path { vector-effect: non-scaling-stroke; }
.samples { display: grid; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); gap: 16px; }
.sample { overflow: hidden; display: flex; flex-direction: column; }
.sample img { display: block; width: 100%; height: 190px; object-fit: contain; background: var(--head); }
.sample > div { padding: 10px 14px 14px; }
.sample small { display: block; color: var(--soft); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.truth { margin: 2px 0 8px; font-size: 13.5px; }
.truth .missed { color: var(--miss); text-decoration: underline dotted; text-underline-offset: 3px; }
.guess { display: grid; grid-template-columns: 18px 1fr 50px; align-items: center; margin-top: 4px; padding: 2px 8px 2px 7px; border-radius: 6px; font-size: 14px; }
.guess em { font-style: normal; text-align: right; font-size: 13px; opacity: .85; }
.guess span { overflow-wrap: anywhere; }
.right { color: var(--good); background: var(--good-back); }
.wrong { color: var(--bad); background: var(--bad-back); }
#extremes h3 { margin-top: 26px; }
#extremes h3:first-of-type { margin-top: 0; }
#extremes .note { margin: 2px 0 12px; }
.sample { position: relative; }
.badge { position: absolute; top: 8px; right: 8px; padding: 1px 8px; border-radius: 6px; font-size: 12.5px; font-weight: 600; color: var(--card); background: var(--ink); opacity: .86; }
.paths { display: grid; gap: 14px; }
.path { display: grid; grid-template-columns: 172px minmax(0, 1fr); gap: 18px; padding: 14px 16px; }
.seen img { display: block; width: 100%; max-height: 150px; object-fit: contain; border-radius: 6px; background: var(--head); }
.seen small { display: block; margin-top: 6px; color: var(--soft); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.seen .truth { margin-bottom: 0; }
.steps { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 12px 16px; align-content: start; }
.step small { color: var(--soft); }
.step ol { list-style: none; margin: 2px 0 0; padding: 0; }
.step li { --tint: var(--bad-back); display: flex; justify-content: space-between; gap: 8px; margin-top: 3px; padding: 1px 7px; border-radius: 6px;
           border: 1.5px solid transparent; font-size: 13.5px; color: var(--bad);
           background: linear-gradient(90deg, var(--tint) var(--part), transparent var(--part)) border-box; }
.step li.right { --tint: var(--good-back); color: var(--good); }
.step li.end { --tint: var(--line); color: var(--soft); }
.step li.chosen, .key b.picked { border: 1.5px solid currentColor; font-weight: 600; }
.step li.taken:not(.chosen) { opacity: .5; }
.step li span { overflow-wrap: anywhere; }
.step em { font-style: normal; opacity: .85; }
.heat h3 { margin: 0; }
div.heat { padding: 16px 18px; margin-bottom: 16px; }
div.heat .muted { font-size: 13.5px; margin-bottom: 12px; max-width: 860px; }
div.heat .scroll { max-height: 80vh; }
table.heat { width: auto; border-collapse: separate; border-spacing: 2px; font-size: 12px; }
table.heat th, table.heat td { padding: 0; border: 0; }
table.heat thead th { height: 92px; vertical-align: bottom; text-align: center; background: var(--card); font-weight: 400; color: var(--soft); }
table.heat thead th span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 88px; overflow: hidden; text-overflow: ellipsis; padding: 4px 0; line-height: 26px; }
table.heat tbody th { position: sticky; left: 0; max-width: 150px; padding-right: 8px; overflow: hidden; text-overflow: ellipsis; text-align: right; font-weight: 400;
                      color: var(--soft); background: var(--card); z-index: 1; }
table.heat tbody th small { margin-left: 5px; opacity: .7; }
table.heat thead th:first-child { position: sticky; left: 0; z-index: 2; }
table.heat td { min-width: 28px; height: 26px; text-align: center; border-radius: 3px; background: rgb(var(--heat) / calc(.06 + .94 * var(--v, 0))); }
table.heat td[data-n="0"] { background: var(--head); }
table.heat td.self { background: none; }
table.heat td.deep { color: var(--card); }
table.heat td[data-n]:hover { outline: 2px solid var(--accent); }
.key { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0 0 14px; font-size: 13.5px; color: var(--soft); }
.key span b { font-weight: 500; padding: 1px 7px; border-radius: 5px; }
.key .missed { color: var(--miss); text-decoration: underline dotted; text-underline-offset: 3px; }
.scroll { max-height: 560px; overflow: auto; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
th, td { padding: 6px 14px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
td.text { text-align: left; white-space: normal; color: var(--soft); }
th.text { text-align: left; }
tr:last-child td { border-bottom: 0; }
thead th { position: sticky; top: 0; background: var(--head); font-weight: 600; z-index: 1; }
th button { all: unset; cursor: pointer; }
th button:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 2px; }
th button::after { content: "\2195"; opacity: .35; margin-left: 5px; }
th[aria-sort=ascending] button::after { content: "\2191"; opacity: 1; }
th[aria-sort=descending] button::after { content: "\2193"; opacity: 1; }
td.bar { min-width: 150px; background: linear-gradient(90deg, var(--bar) var(--part), transparent var(--part)) no-repeat 10px 50% / calc(100% - 76px) 20px; }
code, pre { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
.tools { display: flex; flex-wrap: wrap; align-items: center; gap: 12px; margin-bottom: 10px; color: var(--soft); font-size: 13.5px; }
input { font: inherit; font-size: 14px; padding: 6px 10px; width: 240px; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)); gap: 16px; }
.facts .card { padding: 14px 18px; }
dl { display: grid; grid-template-columns: minmax(90px, max-content) 1fr; gap: 3px 18px; margin: 6px 0 0; font-size: 14px; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
details { margin-top: 16px; padding: 12px 18px; }
summary { cursor: pointer; font-weight: 600; }
pre { margin: 12px 0 0; overflow-x: auto; }
@media (max-width: 560px) {
  main, header { padding-left: 14px; padding-right: 14px; }
  header { padding-top: 22px; }
  .numbers { grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); gap: 10px; }
  .numbers div { padding: 10px 12px; }
  .numbers b { font-size: 22px; }
  .samples { grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 10px; }
  .sample img { height: 130px; }
  .sample > div { padding: 8px 10px 10px; }
  .guess { grid-template-columns: 16px 1fr 36px; padding: 2px 6px; font-size: 13px; }
  .path { grid-template-columns: 1fr; gap: 12px; }
  .seen { display: grid; grid-template-columns: 110px minmax(0, 1fr); gap: 0 12px; }
  .seen img { grid-row: span 2; }
  .steps { grid-template-columns: repeat(auto-fill, minmax(136px, 1fr)); }
  div.heat { padding: 14px 12px; }
  table.heat tbody th { max-width: 96px; }
  th, td { padding: 6px 10px; }
}
@media print {
  body { background: #fff; }
  nav, .tools, details { display: none; }
  .scroll { max-height: none; }
  .sample, figure, .card { break-inside: avoid; }
}
)css";

const char kReportScript[] = R"js(
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
    show(cell, table.dataset.say.replace(/\{(\w+)\}/g, (all, name) => words[name] ?? all));
  });
  table.addEventListener("pointerleave", () => { over.hidden = true; });
}
for (const cell of document.querySelectorAll("td.curve")) {
  if (!cell.firstChild) continue;
  cell.addEventListener("pointerenter", () => {
    const title = document.createElement("span"), note = document.createElement("span");
    title.textContent = cell.parentNode.cells[0].textContent;
    note.textContent = "precision (up) by recall (right), both from 0 to 1";
    const big = cell.firstChild.cloneNode(true);
    big.setAttribute("viewBox", "0 0 400 200");
    show(cell, title, big, note);
  });
  cell.addEventListener("pointerleave", () => { over.hidden = true; });
}
)js";

}  // namespace tagloom
