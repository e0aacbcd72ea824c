// A text field with a list of completions (the ARIA combobox pattern).

const kMostCompletions = 8;

// Names that begin with the text come first, then names with a word that begins with it, then names that contain it.
function completionsOf(text, names) {
  const wanted = folded(text);
  if (wanted === "") return [];
  const ranked = [[], [], []];
  for (const name of names) {
    const at = folded(name).indexOf(wanted);
    if (at < 0) continue;
    ranked[at === 0 ? 0 : /[\p{L}\p{N}]/u.test(folded(name)[at - 1]) ? 2 : 1].push(name);
  }
  return ranked.flat().slice(0, kMostCompletions);
}

class TagEntry {
  #active = -1;
  #offered = [];

  // onPick(text) is called with a completion or, on Enter without one, with the text. `free` labels such a text in the list; "" leaves it
  // out.
  constructor(input, list, { names, onPick, onInput = () => {}, free = "", clears = true }) {
    Object.assign(this, { input, list, names, onPick, free, clears });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Completions");
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]])
      input.setAttribute(name, value);
    input.addEventListener("input", () => { onInput(input.value); this.#show(); });
    input.addEventListener("focus", () => this.#show());
    input.addEventListener("blur", () => this.#hide());
    input.addEventListener("keydown", event => this.#onKey(event));
    list.addEventListener("pointerdown", event => event.preventDefault());   // keeps the focus in the field
    list.addEventListener("click", event => {
      const option = event.target.closest("li");
      if (option) this.#pick(this.#offered[Number(option.dataset.at)]);
    });
  }

  #show() {
    const text = this.input.value.trim();
    this.#offered = completionsOf(text, this.names());
    const known = this.#offered.some(name => folded(name) === folded(text));
    if (this.free && text !== "" && !known) this.#offered.push(text);
    this.#active = this.free && this.#offered.length > 0 ? 0 : -1;
    this.list.replaceChildren(...this.#offered.map((name, i) => {
      const option = document.createElement("li");
      option.id = `${this.list.id}-${i}`;
      option.dataset.at = i;
      option.setAttribute("role", "option");
      const label = document.createElement("bdi");
      label.textContent = name;
      option.append(label);
      if (this.free && !known && i === this.#offered.length - 1) option.append(` ${this.free}`);
      return option;
    }));
    this.list.hidden = this.#offered.length === 0;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    this.#mark();
  }

  #hide() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  #mark() {
    [...this.list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === this.#active)));
    if (this.#active >= 0) this.input.setAttribute("aria-activedescendant", this.list.children[this.#active].id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  #pick(text) {
    this.input.value = this.clears ? "" : text;
    this.#hide();
    this.onPick(text);
  }

  #onKey(event) {
    if (event.isComposing) return;
    const open = !this.list.hidden, count = this.#offered.length;
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.#active = (this.#active + (event.key === "ArrowDown" ? 1 : -1) + count) % count;
      this.#mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      const text = open && this.#active >= 0 ? this.#offered[this.#active] : this.input.value.trim();
      if (text !== "" || !this.clears) this.#pick(text);
    } else if (event.key === "Escape") {
      if (open && this.input.value !== "") this.#hide();
      else this.input.blur();
      event.stopPropagation();
    }
  }
}
