// The saved file: JSON lines, one per decided picture, which tagtrain reads as a manifest.

// Manifests allow no control characters in tags, except tabs.
const fitsManifest = name => !/[\u0000-\u0008\u000a-\u001f\u007f\ufeff]/.test(name);

// An existing tag keeps its spelling. One that no manifest can contain is not among `tags`, and stays in the picture.
function savedRow(picture, decision) {
  const chips = chipsOf(picture, decision);
  const spellings = chip => [...chip.own, ...chip.alike];
  const spelling = chip => chip.kind === "existing" ? chip.own.filter(fitsManifest).slice(0, 1) : [chip.name];
  const names = (wanted, namesOf) => [...new Set(chips.filter(wanted).flatMap(namesOf))];
  const rejected = chip => chip.kind === "suggested" && !chip.on && !chip.undecided;
  return {
    path: picture.path,
    ...(picture.pathBytes && { path_bytes: picture.pathBytes }),
    tags: names(chip => chip.on, spelling),
    state: stateOf(decision),
    added: names(chip => chip.on && !chip.initial, spelling),
    rejected: names(rejected, spellings),
    removed: names(chip => !chip.on && (chip.kind === "existing" || chip.saved && chip.kind !== "suggested"), spellings),
  };
}

function savedText(decisions) {
  const decided = pictures.filter(picture => decisions.get(picture.index));
  const line = picture => JSON.stringify(savedRow(picture, decisions.get(picture.index)));
  const escaped = text => text.replace(/[\u007f\ufeff]/g, c => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));   // not allowed in manifests
  return decided.map(picture => escaped(line(picture)) + "\n").join("");
}

// Returns the decision that a row of a saved file describes: its `tags` are on, and its `rejected` and `removed` tags off. The file may have
// been saved on an older page: existing tags that it does not contain stay on, and suggestions that it does not contain stay undecided.
function decisionInFile(picture, { tags, rejected = [], removed = [] }) {
  const named = [...new Set([...tags, ...rejected, ...removed])], on = foldedSet(tags), inFile = foldedSet(named);
  const chips = chipsOf(picture, { off: [], on: tags, saved: named });
  for (const chip of chips) {
    chip.on = on.has(chip.key) || chip.kind === "existing" && !inFile.has(chip.key);
    chip.undecided = chip.kind === "suggested" && !inFile.has(chip.key);
  }
  const known = new Set([...chips.filter(chip => chip.initial).map(chip => chip.key), ...foldedSet(picture.saved)]);
  return decisionOf(chips, named.filter(name => !known.has(folded(name))));
}

// Returns {changes: for Decisions.set(), unknown: the number of rows about other pictures}. Throws an Error with the number of the first
// line that is not a row of a manifest.
function readSavedFile(text) {
  const byPath = new Map(pictures.map(picture => [picture.pathBytes ?? picture.path, picture]));
  const changes = [];
  let unknown = 0;
  text.replace(/^\uFEFF/, "").split(/\r?\n/).forEach((line, i) => {
    if (line.trim() === "") return;
    let row;
    try { row = JSON.parse(line); } catch { throw new Error(`line ${i + 1} is not JSON`); }
    const isNames = value => Array.isArray(value) && value.every(name => typeof name === "string");
    if (typeof row?.path !== "string" || !isNames(row.tags)) throw new Error(`line ${i + 1} is not a row of a manifest: it needs "path" and "tags"`);
    for (const key of ["rejected", "removed"])
      if (row[key] !== undefined && !isNames(row[key])) throw new Error(`line ${i + 1}: "${key}" must be an array of strings`);
    const picture = byPath.get(row.path_bytes ?? row.path);
    if (picture) changes.push({ index: picture.index, decision: decisionInFile(picture, row) });
    else ++unknown;
  });
  return { changes, unknown };
}

function download(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/jsonl" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
