// The grid of thumbnails. Only cells near the visible part exist.

const kSpareRows = 2;
const kMarks = { undecided: "", accepted: "✓", corrected: "✎" };

class Grid {
  #cells = new Map();   // by picture index
  #shown = [];          // picture indices
  #places = new Map();  // picture index -> place in #shown
  #columns = 1;
  #width = 0;
  #height = 0;
  #current = -1;

  // decisionOf(index) returns a decision; onSelect(index) is called after a click.
  constructor(box, space, { decisionOf, onSelect }) {
    Object.assign(this, { box, space, decisionOf });
    box.addEventListener("scroll", () => this.#later(), { passive: true });
    new ResizeObserver(() => { this.#layOut(); this.#render(); this.#reveal(); }).observe(box);
    space.addEventListener("click", event => {
      const cell = event.target.closest(".cell");
      if (cell) onSelect(Number(cell.dataset.index));
    });
  }

  get columns() { return this.#columns; }

  show(indices, current) {
    this.#shown = indices;
    this.#places = new Map(indices.map((index, place) => [index, place]));
    this.#layOut();
    this.select(current);
  }

  select(index) {
    this.#current = index;
    this.#reveal();
    this.#render();
  }

  // Redraws the pictures whose decisions changed.
  update(indices) {
    for (const index of indices) {
      const cell = this.#cells.get(index);
      if (cell) this.#fill(cell, index);
    }
  }

  #layOut() {
    const style = getComputedStyle(this.box);
    const wide = this.box.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    if (wide <= 0) return;
    const least = parseFloat(style.getPropertyValue("--cell")), gap = parseFloat(style.getPropertyValue("--gap"));
    this.#columns = Math.max(1, Math.floor((wide + gap) / (least + gap)));
    this.#width = (wide + gap) / this.#columns;
    const side = this.#width - gap;
    this.#height = Math.round(side * 0.75) + parseFloat(style.getPropertyValue("--caption")) + gap;
    this.space.style.height = `${Math.ceil(this.#shown.length / this.#columns) * this.#height}px`;
    this.space.style.setProperty("--cell-width", `${side}px`);
    this.space.style.setProperty("--cell-height", `${this.#height - gap}px`);
  }

  #reveal() {
    const place = this.#places.get(this.#current);
    if (place === undefined || this.#height === 0) return;
    const top = Math.floor(place / this.#columns) * this.#height, bottom = top + this.#height;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (bottom > this.box.scrollTop + this.box.clientHeight) this.box.scrollTop = bottom - this.box.clientHeight + 20;
  }

  #later() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => { this.waiting = false; this.#render(); });
  }

  #render() {
    if (this.#height === 0 || this.box.clientHeight === 0) return;
    const firstRow = Math.floor(this.box.scrollTop / this.#height) - kSpareRows;
    const lastRow = Math.ceil((this.box.scrollTop + this.box.clientHeight) / this.#height) + kSpareRows;
    const first = Math.max(0, firstRow * this.#columns), last = Math.min(this.#shown.length, lastRow * this.#columns);
    const wanted = new Set(this.#shown.slice(first, last));
    for (const [index, cell] of this.#cells) {
      if (!wanted.has(index)) { cell.remove(); this.#cells.delete(index); }
    }
    for (let place = first; place < last; ++place) {
      const index = this.#shown[place];
      let cell = this.#cells.get(index);
      if (!cell) {
        cell = this.#create(index);
        this.#cells.set(index, cell);
        this.space.append(cell);
      }
      const left = place % this.#columns * this.#width, top = Math.floor(place / this.#columns) * this.#height;
      cell.style.transform = `translate(${left}px, ${top}px)`;
      cell.setAttribute("aria-posinset", place + 1);
      cell.setAttribute("aria-setsize", this.#shown.length);
      cell.setAttribute("aria-selected", String(index === this.#current));
    }
    if (this.#cells.has(this.#current)) this.box.setAttribute("aria-activedescendant", `cell-${this.#current}`);
    else this.box.removeAttribute("aria-activedescendant");
  }

  #create(index) {
    const cell = document.createElement("div");
    cell.className = "cell";
    cell.id = `cell-${index}`;
    cell.dataset.index = index;
    cell.setAttribute("role", "option");
    const image = document.createElement("img");
    image.alt = "";
    image.draggable = false;
    const source = thumbnailOf(pictures[index]);
    if (source) image.src = source;
    const mark = document.createElement("span"), name = document.createElement("bdi"), tags = document.createElement("span");
    mark.className = "mark";
    name.className = "cell-name";
    name.textContent = pictures[index].file;
    tags.className = "cell-tags";
    cell.append(image, mark, name, tags);
    this.#fill(cell, index);
    return cell;
  }

  #fill(cell, index) {
    const picture = pictures[index], decision = this.decisionOf(index), state = stateOf(decision), tags = tagsOf(picture, decision);
    cell.dataset.state = state;
    cell.querySelector(".mark").textContent = kMarks[state];
    cell.querySelector(".cell-tags").textContent = tags.join(", ") || "no tags";
    cell.setAttribute("aria-label", `${picture.file}, ${state}: ${tags.join(", ") || "no tags"}`);
  }
}
