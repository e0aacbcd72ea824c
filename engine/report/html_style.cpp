// The style sheet and the script as string literals.
#include "engine/report/html_style.h"

namespace tagloom {

const char kReportStyle[] = R"css(
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1a2230; --soft: #5a6577; --line: #e1e5eb; --head: #f0f2f6;
  --accent: #2f5fd0; --good: #177245; --good-back: #e3f4ea; --bad: #b3282d; --bad-back: #fbe9e9;
  --miss: #8a6100; --bar: #c9d8f7;
  --curve-1: #2f5fd0; --curve-2: #d9730d; --curve-3: #177245; --curve-4: #8e44ad;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #11151c; --card: #1a202a; --ink: #e7ebf2; --soft: #9aa6b8; --line: #2c3542; --head: #222a36;
    --accent: #8db0ff; --good: #6fd6a0; --good-back: #173628; --bad: #ff9a9a; --bad-back: #42201f;
    --miss: #e3bd62; --bar: #2c4374;
    --curve-1: #8db0ff; --curve-2: #ffad5c; --curve-3: #6fd6a0; --curve-4: #cf9bea;
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
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
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
    curves.forEach(([name, points], i) => { const hit = points.find(p => p[0] === x); if (hit) line(name + " " + hit[1], i % 4 + 1); });
    tip.hidden = false;
    const left = place / width * box.width;
    tip.style.left = (left + 12 + tip.offsetWidth > box.width ? left - 12 - tip.offsetWidth : left + 12) + "px";
  });
  svg.addEventListener("pointerleave", () => { tip.hidden = true; cross.style.visibility = "hidden"; });
}
)js";

}  // namespace tagloom
