// Sends the pictures to the server, a few at a time, and shows their tags.
"use strict";
const most = 3, pending = [], list = document.getElementById("pictures"), count = document.getElementById("count");
const clear = document.getElementById("clear"), token = document.getElementById("token");
let active = 0, done = 0, failed = 0, round = 0;

const make = (kind, name, text) => {
  const element = document.createElement(kind);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  return element;
};
const plural = n => n === 1 ? "1 picture" : n + " pictures";

function show() {
  const left = pending.length + active;
  count.textContent = !list.children.length ? "" :
    plural(done) + " tagged" + (failed ? ", " + failed + " failed" : "") + (left ? ", " + left + " to go" : "");
  clear.hidden = !list.children.length;
}

function add(files) {
  for (const file of files) {
    const card = make("article", "sample card"), frame = make("div", "picture"), text = make("div", "text");
    const picture = make("img");
    picture.alt = "";
    picture.onload = () => URL.revokeObjectURL(picture.src);
    picture.onerror = () => { URL.revokeObjectURL(picture.src); frame.replaceChildren("no preview"); };
    picture.src = URL.createObjectURL(file);
    frame.append(picture);
    const name = make("small", "", file.name || "pasted picture");
    name.title = name.textContent;
    text.append(name, make("p", "waiting", "waiting …"));
    card.append(frame, text);
    list.prepend(card);
    pending.push({file, text, round});
  }
  work();
}

function result(job, element) {
  job.text.querySelector(".waiting")?.remove();
  job.text.append(element);
}

function tags_of(tags) {
  const box = make("div");
  for (const {tag, score} of tags) {
    const row = make("div", "row"), bar = make("i");
    bar.style.width = Math.max(0, Math.min(1, score ?? 0)) * 100 + "%";
    row.append(bar, make("span", "", tag), make("em", "", score === null ? "" : score.toFixed(2)));
    box.append(row);
  }
  if (!tags.length) box.append(make("p", "waiting", "no tag scored high enough"));
  if (tags.length && navigator.clipboard) {
    const copy = make("button", "copy", "Copy tags");
    copy.onclick = async () => {
      await navigator.clipboard.writeText(tags.map(({tag}) => tag).join(", "));
      copy.textContent = "Copied";
      setTimeout(() => copy.textContent = "Copy tags", 1500);
    };
    box.append(copy);
  }
  return box;
}

// The object in a response; an empty one for anything else, such as the error page of a proxy.
function parsed(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

async function send(job) {
  const headers = {"Content-Type": "application/octet-stream"};
  if (token?.value) headers.Authorization = "Bearer " + token.value;
  for (let attempt = 1; ; ++attempt) {
    const response = await fetch("/tag", {method: "POST", headers, body: job.file});
    if (response.status === 503 && attempt < 20) {
      const seconds = Number(response.headers.get("Retry-After") ?? 1);
      await new Promise(resolve => setTimeout(resolve, 1000 * (Number.isNaN(seconds) ? 1 : seconds)));
      continue;
    }
    const answer = parsed(await response.text());
    if (response.status === 401 && token) { token.parentElement.classList.add("wanted"); token.focus(); }
    if (response.status === 401) throw new Error("The token is missing or wrong.");
    if (!response.ok || !answer.tags) throw new Error(answer.error ?? "The server responded with status " + response.status + ".");
    token?.parentElement.classList.remove("wanted");
    return answer.tags;
  }
}

async function work() {
  show();
  if (active >= most || !pending.length) return;
  const job = pending.shift();
  ++active;
  work();
  let element, good = false;
  try {
    element = tags_of(await send(job));
    good = true;
  } catch (error) {
    element = make("p", "problem", error instanceof TypeError ? "The server is not responding." : error.message);
  }
  --active;
  if (job.round === round) {
    good ? ++done : ++failed;
    result(job, element);
  }
  work();
}

const root = document.documentElement, pictures = files => [...files].filter(file => !file.type || file.type.startsWith("image/"));
document.getElementById("files").addEventListener("change", event => { add(event.target.files); event.target.value = ""; });
addEventListener("dragover", event => { event.preventDefault(); root.classList.add("over"); });
addEventListener("dragleave", event => { if (!event.relatedTarget) root.classList.remove("over"); });
addEventListener("drop", event => { event.preventDefault(); root.classList.remove("over"); add(pictures(event.dataTransfer.files)); });
addEventListener("paste", event => { if (event.clipboardData.files.length) add(pictures(event.clipboardData.files)); });
clear.addEventListener("click", () => { pending.length = 0; done = failed = 0; ++round; list.replaceChildren(); show(); });
if (token) {
  token.value = sessionStorage.getItem("token") ?? "";
  token.addEventListener("input", () => sessionStorage.setItem("token", token.value));
}
