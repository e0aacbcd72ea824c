// The saved file: JSON lines, one per decided picture, which tagtrain reads as a manifest.

function savedRow(picture, decision) {
  const chips = chipsOf(picture, decision);
  const names = wanted => chips.filter(wanted).map(chip => chip.name);
  return {
    path: picture.path,
    ...(picture.pathBytes && { path_bytes: picture.pathBytes }),
    tags: names(chip => chip.on),
    state: stateOf(decision),
    added: names(chip => chip.on && !chip.initial),
    rejected: names(chip => !chip.on && chip.kind === "suggested"),
    removed: names(chip => !chip.on && chip.kind === "existing"),
  };
}

function savedText(decisions) {
  const decided = pictures.filter(picture => decisions.get(picture.index));
  const line = picture => JSON.stringify(savedRow(picture, decisions.get(picture.index)));
  const escaped = text => text.replace(/[\u007f\ufeff]/g, c => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));   // not allowed in manifests
  return decided.map(picture => escaped(line(picture)) + "\n").join("");
}

// Returns the decision after which a picture has exactly these tags.
function decisionFor(picture, tags) {
  const wanted = new Set(tags), chips = chipsOf(picture);
  const initial = new Set(chips.filter(chip => chip.initial).map(chip => chip.name));
  return { off: [...initial].filter(name => !wanted.has(name)), on: [...wanted].filter(name => !initial.has(name)) };
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
    if (typeof row?.path !== "string" || !Array.isArray(row.tags) || !row.tags.every(tag => typeof tag === "string"))
      throw new Error(`line ${i + 1} is not a row of a manifest: it needs "path" and "tags"`);
    const picture = byPath.get(row.path_bytes ?? row.path);
    if (picture) changes.push({ index: picture.index, decision: decisionFor(picture, row.tags) });
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
