"use strict";
// Reads the pictures and their tags from the page's inert data blocks.

// Two tags are the same if they differ only in case, blanks, line breaks, or how accents are encoded.
const foldedNames = new Map();
function folded(name) {
  if (!foldedNames.has(name)) foldedNames.set(name, name.normalize("NFC").replace(/[\s\p{Cc}]+/gu, " ").trim().toLowerCase());
  return foldedNames.get(name);
}
const foldedSet = names => new Set(names?.map(folded));

// Returns the name on one line.
function printable(name) { return name.replace(/[\p{Cc}\ufeff]+/gu, " "); }

const page = JSON.parse(document.getElementById("page-data").textContent);
const pageEnd = JSON.parse(document.getElementById("page-end").textContent);
const vocabulary = page.vocabulary;
const inVocabulary = foldedSet(vocabulary);

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
    saved: [],   // tags that the reviewer added and saved to a file, which may be keywords of the picture by now
  };
}

const pictures = Array.from(document.querySelectorAll("script.picture"), readPicture);

// A thumbnail stays in its block, in base64, until it is shown.
function thumbnailOf(picture) {
  const text = picture.block.nextElementSibling.textContent;
  return text ? "data:image/jpeg;base64," + text : "";
}

// Returns the panel's tags in order: existing tags, the model's tags, and those added on this page or in a saved file. `initial` is whether
// a tag is on before any decision, `own` are the spellings of an existing tag, and `alike` all others.
//
// A decision is undefined or {off: names of initial tags switched off, on: names of others switched on, and only after a saved file was
// opened: undecided: suggestions that the file does not contain, saved: tags of the file that are not initial}.
function chipsOf(picture, decision) {
  const chips = [], known = new Map();
  const chipOf = (name, rest) => {
    if (!known.has(folded(name))) {
      chips.push({ name: printable(name), key: folded(name), own: [], alike: [], score: null, initial: false, ...rest });
      known.set(folded(name), chips.at(-1));
    }
    return known.get(folded(name));
  };
  for (const name of picture.existing) chipOf(name, { kind: "existing", initial: true }).own.push(name);
  for (const { name, score, on } of picture.suggested) {
    const chip = chipOf(name, { kind: on ? "suggested" : "offered", initial: on });
    chip.score ??= score;
    chip.alike.push(name);
  }
  const saved = [...picture.saved, ...decision?.saved ?? []];
  for (const name of [...decision?.on ?? [], ...saved]) {
    const chip = chipOf(name, { kind: "added" });
    if (chip.kind === "added") chip.alike.push(name);
  }
  const off = foldedSet(decision?.off), on = foldedSet(decision?.on), undecided = foldedSet(decision?.undecided), inFile = foldedSet(saved);
  for (const chip of chips) {
    chip.undecided = chip.kind === "suggested" && undecided.has(chip.key);
    chip.on = chip.initial ? !chip.undecided && !off.has(chip.key) : on.has(chip.key);
    chip.saved = inFile.has(chip.key);
  }
  return chips;
}

// Returns the decision that these chips show. `saved` comes from the previous decision.
function decisionOf(chips, saved = []) {
  const names = wanted => chips.filter(wanted).map(chip => chip.name);
  const undecided = names(chip => chip.undecided);
  return {
    off: names(chip => chip.initial && !chip.on && !chip.undecided),
    on: names(chip => !chip.initial && chip.on),
    ...(undecided.length && { undecided }),
    ...(saved.length && { saved }),
  };
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
