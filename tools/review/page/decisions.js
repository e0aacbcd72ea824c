// Decisions about each picture, stored by the browser, with undo and redo, and the tags that were saved to a file.

const stateOf = decision => !decision ? "undecided" : decision.off.length + decision.on.length === 0 ? "accepted" : "corrected";
const sameDecision = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// Uses one item of localStorage per picture, so that several tabs can edit one page.
class DecisionStore {
  constructor(key) {
    this.prefix = `tagloom-review:${key}:`;
    this.savedPrefix = `tagloom-saved:${key}:`;
    this.works = true;
    this.onProblem = () => {};
    this.onOtherTab = () => {};        // called with (index, decision), or without arguments if everything was deleted
    this.onSavedByOtherTab = () => {}; // called with (index, names)
    addEventListener("storage", event => {
      const index = prefix => Number(event.key.slice(prefix.length));
      if (event.key === null) this.onOtherTab();
      else if (event.key.startsWith(this.prefix)) this.onOtherTab(index(this.prefix), this.#decision(event.newValue));
      else if (event.key.startsWith(this.savedPrefix)) this.onSavedByOtherTab(index(this.savedPrefix), this.#names(event.newValue) ?? []);
    });
  }

  // Both functions return maps from the indices of pictures.
  all() { return this.#read(this.prefix, text => this.#decision(text)); }
  savedNames() { return this.#read(this.savedPrefix, text => this.#names(text)); }

  write(index, decision) { this.#write(this.prefix + index, decision); }
  writeSavedNames(index, names) { this.#write(this.savedPrefix + index, names); }

  #read(prefix, parse) {
    const found = new Map();
    try {
      for (let i = 0; i < localStorage.length; ++i) {
        const key = localStorage.key(i);
        if (!key.startsWith(prefix)) continue;
        const value = parse(localStorage.getItem(key));
        if (value) found.set(Number(key.slice(prefix.length)), value);
      }
    } catch (error) { this.#failed(error); }
    return found;
  }

  #write(key, value) {
    try {
      if (value) localStorage.setItem(key, JSON.stringify(value));
      else localStorage.removeItem(key);
    } catch (error) { this.#failed(error); }
  }

  #decision(text) {
    const decision = this.#parse(text);
    return Array.isArray(decision?.off) && Array.isArray(decision?.on) ? decision : undefined;
  }

  #names(text) {
    const names = this.#parse(text);
    return Array.isArray(names) ? names : undefined;
  }

  #parse(text) {
    try { return JSON.parse(text); } catch { return undefined; }
  }

  #failed(error) {
    this.works = false;
    const reason = error.name === "QuotaExceededError" ? "its storage is full" : "it does not allow this page to store anything";
    this.onProblem(`The browser cannot store your decisions: ${reason}. Save them to a file before you close the page.`);
  }
}

class Decisions {
  #kept = new Map();   // decided pictures, by index
  #steps = [];         // each step is a list of {index, before, after}
  #position = 0;       // steps before it are done, the others undone
  onChange = () => {}; // called with the indices of the changed pictures

  constructor(store) {
    this.store = store;
    this.#kept = store.all();
    store.onOtherTab = (index, decision) => {
      if (index === undefined) this.#kept = store.all();
      else this.#put(index, decision);
      this.onChange(index === undefined ? [] : [index]);
    };
  }

  get(index) { return this.#kept.get(index); }
  get count() { return this.#kept.size; }
  get canUndo() { return this.#position > 0; }
  get canRedo() { return this.#position < this.#steps.length; }

  // Applies [{index, decision}] as one undo step.
  set(changes) {
    const step = changes.map(({ index, decision }) => ({ index, before: this.get(index), after: decision }))
      .filter(({ before, after }) => !sameDecision(before, after));
    if (step.length === 0) return;
    this.#steps.splice(this.#position++, Infinity, step);
    this.#apply(step, "after");
  }

  // Both functions return the indices of the changed pictures.
  undo() { return this.canUndo ? this.#apply(this.#steps[--this.#position], "before") : []; }
  redo() { return this.canRedo ? this.#apply(this.#steps[this.#position++], "after") : []; }

  #apply(step, side) {
    const indices = [];
    for (const change of step) {
      this.#put(change.index, change[side]);
      this.store.write(change.index, change[side]);
      indices.push(change.index);
    }
    this.onChange(indices);
    return indices;
  }

  #put(index, decision) {
    if (decision) this.#kept.set(index, decision);
    else this.#kept.delete(index);
  }
}
