// Filters: which pictures are shown, and in which order.

const filters = { tag: "", state: "all", uncertainty: 1, disagrees: false, order: "listed" };
const disagreement = pictures.map(disagreementOf);
const margins = Float64Array.from(pictures, picture => picture.margin).sort();   // Infinity if unknown

// The margin that separates the most uncertain `share` of the pictures.
function marginOf(share) { return share >= 1 ? Infinity : margins[Math.max(0, Math.ceil(margins.length * share) - 1)]; }

// A tag of the vocabulary matches only itself; other text matches all tags that contain it.
function hasTag(picture, decision, text) {
  const wanted = folded(text.trim());
  if (wanted === "") return true;
  const exact = inVocabulary.has(wanted);
  return chipsOf(picture, decision).some(chip => (chip.on || chip.initial) && (exact ? chip.key === wanted : chip.key.includes(wanted)));
}

// Compares pictures by their indices.
const kOrders = {
  listed: (a, b) => a - b,
  uncertainty: (a, b) => pictures[a].margin - pictures[b].margin || a - b,
  disagreement: (a, b) => disagreement[b] - disagreement[a] || a - b,
};

// Returns the place of a picture in the sorted indices, or the place where it would be.
function placeAmong(indices, index) { return indices.filter(other => kOrders[filters.order](other, index) < 0).length; }

// Returns the indices of the shown pictures, sorted.
function filteredPictures(decisions) {
  const most = marginOf(filters.uncertainty);
  return pictures.filter(picture => {
    const decision = decisions.get(picture.index);
    return (filters.state === "all" || stateOf(decision) === filters.state) && (filters.uncertainty >= 1 || picture.margin <= most) &&
      (!filters.disagrees || disagreement[picture.index] > 0) && hasTag(picture, decision, filters.tag);
  }).map(picture => picture.index).sort(kOrders[filters.order]);
}
