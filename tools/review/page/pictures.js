"use strict";
// Reads the pictures and their tags from the page's inert data blocks.

const page = JSON.parse(document.getElementById("page-data").textContent);
const pageEnd = JSON.parse(document.getElementById("page-end").textContent);
const vocabulary = page.vocabulary;
const inVocabulary = new Set(vocabulary.map(folded));

// Two tags are the same if they differ only in case.
function folded(name) { return name.toLowerCase(); }

function readPicture(block, index) {
  const row = JSON.parse(block.textContent);
  const nameOf = tag => typeof tag === "number" ? vocabulary[tag] : tag;
  const slash = row.path.lastIndexOf("/");
  return {
    index, block,
    path: row.path,
    pathBytes: row.path_bytes,   // only if the path is not UTF-8
    file: row.path.slice(slash + 1),
    folder: row.path.slice(0, slash),
    existing: row.existing.map(nameOf),
    suggested: row.tags.map(([tag, score, on]) => ({ name: nameOf(tag), score, on: on === 1 })),
    margin: row.margin ?? Infinity,
    note: row.note ?? "",
  };
}

const pictures = Array.from(document.querySelectorAll("script.picture"), readPicture);

// A thumbnail stays in its block, in base64, until it is shown.
function thumbnailOf(picture) {
  const text = picture.block.nextElementSibling.textContent;
  return text ? "data:image/jpeg;base64," + text : "";
}

// Returns the panel's tags in order: existing tags, the model's tags, and those added on this page. `initial` is whether a tag is on before
// any decision. A decision is {off: names of initial tags switched off, on: names of others switched on}, or undefined.
function chipsOf(picture, decision) {
  const chips = [], seen = new Map();
  const add = chip => { seen.set(folded(chip.name), chip); chips.push(chip); };
  for (const name of picture.existing) {
    if (!seen.has(folded(name))) add({ name, kind: "existing", score: null, initial: true });
  }
  for (const { name, score, on } of picture.suggested) {
    const known = seen.get(folded(name));
    if (known) known.score ??= score;
    else add({ name, kind: on ? "suggested" : "offered", score, initial: on });
  }
  const off = new Set(decision?.off), on = new Set(decision?.on);
  for (const chip of chips) chip.on = chip.initial ? !off.has(chip.name) : on.has(chip.name);
  for (const name of on) {
    if (!seen.has(folded(name))) add({ name, kind: "added", score: null, initial: false, on: true });
  }
  return chips;
}

function tagsOf(picture, decision) {
  return chipsOf(picture, decision).filter(chip => chip.on).map(chip => chip.name);
}

// The number of tags that only the user or only the model gave. Tags that are not in the model's vocabulary do not count.
function disagreementOf(picture) {
  if (picture.existing.length === 0) return 0;
  const own = new Set(picture.existing.map(folded));
  const given = new Set(picture.suggested.filter(tag => tag.on).map(tag => folded(tag.name)));
  return [...own].filter(name => inVocabulary.has(name) && !given.has(name)).length + [...given].filter(name => !own.has(name)).length;
}
