// The panel: the current picture with its tags as toggles.

const byId = id => document.getElementById(id);
const kGroups = [["existing", page.existing], ["suggested", "Suggested"], ["offered", "Less likely"], ["added", "Added by you"]];
const kKindNames = { existing: "your keyword", suggested: "suggested", offered: "less likely", added: "added by you" };

function made(element, className, text) {
  const node = document.createElement(element);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function chipButton(chip, number, onToggle) {
  const button = made("button", `chip ${chip.kind}${chip.undecided ? " undecided" : ""}`);
  button.dataset.name = chip.name;
  button.setAttribute("aria-pressed", String(chip.on));
  const score = chip.score === null ? "" : `, score ${chip.score.toFixed(2)}`;
  const note = chip.undecided ? ", not in the opened file" : "";
  button.setAttribute("aria-label", `${chip.name}, ${kKindNames[chip.kind]}${score}${note}`);
  if (note) button.title = "Not in the opened file";
  if (number <= 10) button.append(made("kbd", "", String(number % 10)));
  button.append(made("bdi", "chip-name", chip.name));
  if (chip.score !== null) {
    button.append(made("span", "score", chip.score.toFixed(2)));
    button.style.setProperty("--part", `${Math.min(1, Math.max(0, chip.score)) * 100}%`);
  }
  button.addEventListener("click", () => onToggle(chip.name));
  return button;
}

// Shows the picture. A chip keeps the focus when it is toggled.
function showPicture(picture, decision, onToggle) {
  const image = byId("picture");
  if (image.dataset.index !== String(picture.index)) {
    image.dataset.index = picture.index;
    image.src = thumbnailOf(picture) || "data:,";
    image.alt = picture.file;
    byId("tags").scrollTop = 0;
  }
  const state = stateOf(decision);
  byId("state").textContent = state[0].toUpperCase() + state.slice(1);
  byId("state").dataset.state = state;
  byId("name").textContent = picture.file;
  byId("folder").textContent = picture.folder;
  byId("folder").title = picture.path;
  byId("note").textContent = picture.note;
  byId("note").hidden = picture.note === "";
  const focused = document.activeElement?.closest("#tags .chip")?.dataset.name;
  const chips = chipsOf(picture, decision), groups = [];
  let number = 0;
  for (const [kind, title] of kGroups) {
    const group = made("div", "group");
    for (const chip of chips) if (chip.kind === kind) group.append(chipButton(chip, ++number, onToggle));
    if (group.children.length > 0) groups.push(made("h3", "", title), group);
  }
  if (groups.length === 0) groups.push(made("p", "soft", "No tags are suggested."));
  byId("tags").replaceChildren(...groups);
  if (focused !== undefined) [...byId("tags").querySelectorAll(".chip")].find(chip => chip.dataset.name === focused)?.focus();
}
