// Connects the parts of the page, and handles keys, clicks and files.

const store = new DecisionStore(pageEnd.key);
const decisions = new Decisions(store);
let shown = [];      // indices of the pictures that match the filters
let current = -1;    // index of the picture in the panel
let place = 0;       // its position in `shown`, or the position that it would have
let unsaved = false; // whether there are decisions since the last save that the browser cannot store
const grid = new Grid(byId("grid"), byId("grid-space"), {
  decisionOf: index => decisions.get(index),
  onSelect: index => { select(index); showGrid(false); },
});

const grouped = count => count.toLocaleString("en");
const counted = (count, noun) => `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;

function say(text) { byId("said").textContent = text; }

function warn(text) {
  byId("banner").hidden = text === "";
  byId("banner").firstElementChild.textContent = text;
}

function showCounts() {
  const counts = { all: pictures.length, undecided: 0, accepted: 0, corrected: 0 };
  for (const picture of pictures) ++counts[stateOf(decisions.get(picture.index))];
  for (const [state, count] of Object.entries(counts)) byId(`count-${state}`).textContent = grouped(count);
  const decided = counts.accepted + counts.corrected;
  byId("progress").max = Math.max(1, pictures.length);
  byId("progress").value = decided;
  byId("progress-text").textContent = `${grouped(decided)} of ${grouped(pictures.length)} decided`;
  byId("save").disabled = decided === 0;
  byId("undo").disabled = !decisions.canUndo;
  byId("redo").disabled = !decisions.canRedo;
}

function showPanel() {
  const any = current >= 0;
  byId("panel").hidden = !any;
  byId("nothing").hidden = any || shown.length > 0;
  if (any) showPicture(pictures[current], decisions.get(current), toggle);
}

function select(index) {
  current = index;
  place = placeAmong(shown, index);
  grid.select(index);
  showPanel();
}

// Applies the filters. The current picture stays in the panel when a decision hides it, because the reviewer may not have finished; with
// `leave`, the first shown picture replaces it.
function refresh({ leave }) {
  shown = filteredPictures(decisions);
  if (leave && !shown.includes(current)) current = shown[0] ?? -1;
  if (current >= 0) place = placeAmong(shown, current);
  grid.show(shown, current);
  const all = counted(pictures.length, "picture");
  byId("shown").textContent = shown.length === pictures.length ? all : `${grouped(shown.length)} of ${all}`;
  showCounts();
  showPanel();
}

function move(by) {
  const here = shown[place] === current;
  const next = shown[here ? place + by : by > 0 ? place : place - 1];
  if (next !== undefined) select(next);
  return next !== undefined;
}

function decide(decision, said, { advance = false } = {}) {
  if (current < 0) return;
  const { index, file } = pictures[current];
  decisions.set([{ index, decision }]);
  say(`${said} ${file}. ${byId("progress-text").textContent}.`);
  if (advance && !move(1) && shown[place] !== current) move(-1);
}

decisions.onChange = indices => {
  unsaved = true;
  grid.update(indices);
  refresh({ leave: false });
};

// Decides for the current picture what `edit` makes of its chips.
function change(said, edit, options) {
  if (current < 0) return;
  const decision = decisions.get(current), chips = chipsOf(pictures[current], decision);
  edit(chips);
  decide(decisionOf(chips, decision?.saved), said, options);
}

function accept() { decide(decisions.get(current) ?? { off: [], on: [] }, "Accepted", { advance: true }); }

function reject() {
  change("Rejected the suggestions for", chips => {
    for (const chip of chips) if (chip.kind === "suggested") Object.assign(chip, { on: false, undecided: false });
  }, { advance: true });
}

function toggle(name) {
  change(`Changed ${name} of`, chips => {
    const chip = chips.find(one => one.name === name);
    Object.assign(chip, { on: !chip.on, undecided: false });
  });
}

function toggleNumber(number) { byId("tags").querySelectorAll(".chip")[number]?.click(); }

// Adds a tag in the vocabulary's spelling, or switches it on if the picture already has it.
function add(text) {
  const clean = text.normalize("NFC").replace(/[\s\p{Cc}\p{Cs}]+/gu, " ").trim();
  if (clean === "" || current < 0) return;
  const chip = chipsOf(pictures[current], decisions.get(current)).find(one => one.key === folded(clean));
  if (chip?.on) return say(`${chip.name} is already on.`);
  if (chip) return toggle(chip.name);
  const name = vocabulary.find(one => folded(one) === folded(clean)) ?? clean;
  change(`Added ${name} to`, chips => chips.push({ name, initial: false, on: true }));
}

function undo(redo) {
  const indices = redo ? decisions.redo() : decisions.undo();
  if (indices.length === 0) return;
  select(indices[0]);
  say(`${redo ? "Redone" : "Undone"}: ${pictures[indices[0]].file}.`);
}

// A tag added and saved may be a keyword of the picture by now. If the reviewer takes it back, the next file removes it.
function rememberSaved() {
  for (const picture of pictures) {
    const decision = decisions.get(picture.index);
    const added = decision ? savedRow(picture, decision).added.filter(name => !picture.saved.includes(name)) : [];
    if (added.length === 0) continue;
    picture.saved = [...picture.saved, ...added];
    store.writeSavedNames(picture.index, picture.saved);
  }
}

function save() {
  if (decisions.count === 0) return say("There are no decisions yet.");
  download(page.save_as, savedText(decisions));
  rememberSaved();
  unsaved = false;
  say(`Saved ${counted(decisions.count, "decision")}.`);
}

async function openFile(file) {
  if (!file) return;
  try {
    const { changes, unknown } = readSavedFile(await file.text());
    const replaced = changes.filter(({ index, decision }) => decisions.get(index) && !sameDecision(decisions.get(index), decision)).length;
    decisions.set(changes);
    const more = (replaced ? `, ${grouped(replaced)} of which replaced others` : "") + (unknown ? `; ${counted(unknown, "row")} about pictures that are not on this page` : "");
    warn(`${file.name}: ${counted(changes.length, "decision")}${more}.`);
  } catch (error) {
    warn(`${file.name} was not loaded: ${error.message}.`);
  }
}

function showGrid(on) {
  document.body.classList.toggle("grid-view", on);
  byId("show-grid").setAttribute("aria-pressed", String(on));
}

const kThemes = { auto: "automatic", light: "light", dark: "dark" };
function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId("theme").setAttribute("aria-label", `Theme: ${kThemes[theme]}`);
  try { localStorage.setItem("tagloom-theme", theme); } catch { /* not kept */ }
}
function nextTheme() {
  const names = Object.keys(kThemes);
  setTheme(names[(names.indexOf(document.documentElement.dataset.theme) + 1) % names.length]);
}
function keptTheme() {
  try { return localStorage.getItem("tagloom-theme"); } catch { return null; }
}

function listen() {
  const actions = { undo: () => undo(false), redo: () => undo(true), save, open: () => byId("file").click(), theme: nextTheme, accept, reject,
    help: () => byId("keys").showModal(), next: () => move(1), previous: () => move(-1),
    "show-grid": () => showGrid(!document.body.classList.contains("grid-view")) };
  for (const [id, act] of Object.entries(actions)) byId(id).addEventListener("click", () => act());
  byId("file").addEventListener("change", event => { openFile(event.target.files[0]); event.target.value = ""; });
  byId("banner").lastElementChild.addEventListener("click", () => warn(""));
  byId("show-filters").addEventListener("click", () => {
    const open = document.body.classList.toggle("filters-open");
    byId("show-filters").setAttribute("aria-expanded", String(open));
  });
  const filter = (name, value) => { filters[name] = value; refresh({ leave: true }); };
  byId("filter-state").addEventListener("change", event => filter("state", event.target.value));
  byId("filter-uncertainty").addEventListener("change", event => filter("uncertainty", Number(event.target.value)));
  byId("filter-order").addEventListener("change", event => filter("order", event.target.value));
  byId("filter-disagrees").addEventListener("click", event => {
    event.currentTarget.setAttribute("aria-pressed", String(!filters.disagrees));
    filter("disagrees", !filters.disagrees);
  });
  new TagEntry(byId("filter-tag"), byId("filter-tag-list"), {
    names: () => vocabulary, onInput: text => filter("tag", text), onPick: text => filter("tag", text), clears: false });
  new TagEntry(byId("add"), byId("add-list"), { names: () => vocabulary, onPick: add, free: "(new tag)" });
  byId("clear-filters").addEventListener("click", () => {
    Object.assign(filters, { tag: "", state: "all", uncertainty: 1, disagrees: false });
    byId("filter-tag").value = "";
    byId("filter-state").querySelector("[value=all]").checked = true;
    byId("filter-uncertainty").value = "1";
    byId("filter-disagrees").setAttribute("aria-pressed", "false");
    refresh({ leave: true });
  });
  addEventListener("dragover", event => event.preventDefault());
  addEventListener("drop", event => { event.preventDefault(); openFile(event.dataTransfer.files[0]); });
  addEventListener("beforeunload", event => { if (unsaved && !store.works) event.preventDefault(); });
  let touched = null;
  byId("figure").addEventListener("touchstart", event => { touched = event.touches.length === 1 ? event.touches[0].clientX : null; }, { passive: true });
  byId("figure").addEventListener("touchend", event => {
    if (touched === null) return;
    const by = event.changedTouches[0].clientX - touched;
    if (Math.abs(by) > 40) move(by < 0 ? 1 : -1);
  });

  onKeys(["A", "Enter"], "Accept the tags as shown and go to the next picture", ["a", "Enter"], accept);
  onKeys(["R"], "Reject all suggestions and go to the next picture", ["r"], reject);
  onKeys(["1", "…", "9", "0"], "Switch the n-th tag on or off", [..."1234567890"], toggleNumber);
  onKeys(["T"], "Add a tag", ["t"], () => byId("add").focus());
  onKeys(["J", "→"], "Next picture", ["j", "ArrowRight"], () => move(1));
  onKeys(["K", "←"], "Previous picture", ["k", "ArrowLeft"], () => move(-1));
  onKeys(["↓", "↑"], "Next row, previous row", ["ArrowDown", "ArrowUp"], at => move(at === 0 ? grid.columns : -grid.columns));
  onKeys(["Home", "End"], "First and last picture", ["Home", "End"], at => shown.length && select(at === 0 ? shown[0] : shown[shown.length - 1]));
  onKeys(["U", "Ctrl Z"], "Undo", ["u", "ctrl+z"], () => undo(false));
  onKeys(["Shift U", "Ctrl Y"], "Redo", ["shift+u", "ctrl+y", "ctrl+shift+z"], () => undo(true));
  onKeys(["F", "/"], "Filter by tag", ["f", "/"], () => byId("filter-tag").focus());
  onKeys(["S", "Ctrl S"], "Save the decisions to a file", ["s", "ctrl+s"], save);
  onKeys(["D"], "Light, dark or automatic", ["d"], nextTheme);
  onKeys(["?"], "This help", ["?"], () => byId("keys").showModal());
  listenToKeys();
}

function start() {
  setTheme(keptTheme() in kThemes ? keptTheme() : "auto");
  byId("title").textContent = page.title;
  byId("subtitle").textContent = page.subtitle;
  const hasExisting = pictures.some(picture => picture.existing.length > 0);
  byId("filter-disagrees").hidden = !hasExisting;
  byId("filter-disagrees").title = `Pictures whose tags from the model differ from "${page.existing}"`;
  byId("filter-order").querySelector("[value=disagreement]").hidden = !hasExisting;
  store.onProblem = warn;
  for (const [index, names] of store.savedNames()) if (pictures[index]) pictures[index].saved = names;
  store.onSavedByOtherTab = (index, names) => {
    if (!pictures[index]) return;
    pictures[index].saved = names;
    showPanel();
  };
  listen();
  current = pictures.find(picture => !decisions.get(picture.index))?.index ?? (pictures.length ? 0 : -1);
  refresh({ leave: true });
  document.body.dataset.ready = "true";
}

start();
