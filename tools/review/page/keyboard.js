// Keyboard shortcuts, in the order in which the help lists them.

const keys = [];   // {shown: labels, about, names: see keyName(), act(index in names)}

function onKeys(shown, about, names, act) { keys.push({ shown, about, names, act }); }

// "z" is the letter alone, "ctrl+z" with Control or Command; Caps Lock has no effect on letters.
function keyName(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const shift = event.shiftKey && /^[a-z]$|^.{2,}$/.test(key);
  return (event.ctrlKey || event.metaKey ? "ctrl+" : "") + (shift ? "shift+" : "") + key;
}

function listenToKeys() {
  byId("keys-list").replaceChildren(...keys.flatMap(({ shown, about }) => {
    const term = made("dt", "");
    shown.forEach(key => term.append(made("kbd", "", key)));
    return [term, made("dd", "", about)];
  }));
  addEventListener("keydown", event => {
    if (event.altKey || event.isComposing || byId("keys").open) return;
    const name = keyName(event);
    const inField = event.target.closest?.("input[type=text], select, textarea");
    if (inField && !name.startsWith("ctrl+s")) return;
    const arrows = event.target.closest?.("input[type=radio]") && name.startsWith("Arrow");
    const presses = (name === "Enter" || name === " ") && event.target.closest?.("button, input, summary");
    if (arrows || presses) return;
    for (const { names, act } of keys) {
      const at = names.indexOf(name);
      if (at < 0) continue;
      event.preventDefault();
      act(at);
      return;
    }
  });
}
