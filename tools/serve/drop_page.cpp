// The page's own style and script as string literals; colours and fonts are those of report.html.
#include "tools/serve/drop_page.h"

#include <cstdint>
#include <random>

#include "engine/report/escape_markup.h"
#include "engine/report/html_style.h"
#include "kernels/base/format.h"

namespace tagloom {
namespace {

constexpr char kStyle[] = R"css(
header { display: flex; flex-wrap: wrap; align-items: end; justify-content: space-between; gap: 12px 24px; }
.drop { display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 6px; min-height: 168px; margin-top: 20px;
        padding: 24px; text-align: center; cursor: pointer; background: var(--card); border: 2px dashed var(--line); border-radius: 14px; }
.drop:hover, .drop:focus-within, .over .drop { border-color: var(--accent); }
.over .drop { background: var(--head); }
.drop strong { font-size: 18px; font-weight: 600; }
.drop u { color: var(--accent); text-decoration: none; }
.drop input { position: absolute; width: 1px; height: 1px; opacity: 0; }
.tools { justify-content: space-between; min-height: 36px; margin: 18px 0 10px; }
.token input { width: 220px; margin-left: 8px; }
.token.wanted input { border-color: var(--bad); outline: 2px solid var(--bad-back); }
button { font: inherit; font-size: 13.5px; padding: 5px 12px; color: var(--ink); background: var(--card); border: 1px solid var(--line);
         border-radius: 8px; cursor: pointer; }
button:hover { border-color: var(--accent); }
:is(button, input):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.samples { grid-template-columns: repeat(auto-fill, minmax(min(100%, 268px), 1fr)); }
.sample .picture { padding: 0; height: 200px; display: grid; place-items: center; background: var(--head); color: var(--soft); }
.sample .picture img { height: 200px; }
.sample .text { display: flex; flex-direction: column; flex: 1; padding: 10px 14px 14px; }
.row { position: relative; display: flex; justify-content: space-between; gap: 10px; margin-top: 4px; padding: 2px 8px; overflow: hidden;
       border-radius: 6px; font-size: 14px; background: var(--head); }
.row i { position: absolute; inset: 0 auto 0 0; background: var(--bar); border-radius: 6px; }
.row span, .row em { position: relative; overflow-wrap: anywhere; }
.row em { font-style: normal; font-size: 13px; color: var(--soft); }
.sample .copy { align-self: start; margin-top: 12px; }
.problem { color: var(--bad); margin: 6px 0 0; font-size: 14px; overflow-wrap: anywhere; }
.waiting { color: var(--soft); margin: 6px 0 0; font-size: 14px; }
@media (max-width: 520px) {
  header, main { padding-left: 14px; padding-right: 14px; }
  header { padding-top: 22px; }
  .drop { min-height: 132px; padding: 16px; }
  .token, .token input { width: 100%; }
  .token input { margin: 4px 0 0; font-size: 16px; }
}
)css";

constexpr char kScript[] = R"js(
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
  if (!tags.length) box.append(make("p", "waiting", "no tag scores high enough"));
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

async function send(job) {
  const headers = {"Content-Type": "application/octet-stream"};
  if (token?.value) headers.Authorization = "Bearer " + token.value;
  for (let attempt = 1; ; ++attempt) {
    const response = await fetch("/tag", {method: "POST", headers, body: job.file});
    if (response.status === 503 && attempt < 20) {
      await new Promise(resolve => setTimeout(resolve, 1000 * (response.headers.get("Retry-After") ?? 1)));
      continue;
    }
    const answer = await response.json();
    if (response.status === 401 && token) { token.parentElement.classList.add("wanted"); token.focus(); }
    if (!response.ok) throw new Error(response.status === 401 ? "The token is missing or wrong." : answer.error);
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
)js";

// A random number, unique to this response, without which the browser runs no script.
std::string new_nonce() {
  std::random_device random;
  std::string nonce;
  for (int i = 0; i < 4; ++i) nonce += format("{:08x}", static_cast<uint32_t>(random()));
  return nonce;
}

}  // namespace

HttpResponse drop_page(const DropPage& page) {
  const std::string nonce = new_nonce(), model = escape_markup(page.model);
  const std::string token = page.needs_token ? "<label class=\"token muted\">Token <input id=\"token\" type=\"password\" "
                                               "autocomplete=\"off\" spellcheck=\"false\"></label>"
                                             : "";
  HttpResponse response{.body =
                            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                            "<link rel=\"icon\" href=\"data:,\">",
                        .content_type = "text/html; charset=utf-8"};
  response.body +=
      format("<title>{} · Tagloom</title><style nonce=\"{}\">{}{}</style></head>\n", model, nonce, kReportStyle, kStyle);
  response.body += format(
      "<body><header><div><h1>{}</h1><p>Tags for your pictures. They are sent only to this server, and are not "
      "stored.</p></div>{}"
      "</header>\n<main><label class=\"drop\"><input id=\"files\" type=\"file\" accept=\"image/*\" multiple>"
      "<strong>Drop pictures here</strong><span class=\"muted\">or paste one, or <u>choose files</u></span></label>"
      "<div class=\"tools\"><span id=\"count\" role=\"status\"></span><button id=\"clear\" hidden>Clear</button></div>"
      "<div id=\"pictures\" class=\"samples\"></div></main>\n",
      model, token);
  response.body += format("<script nonce=\"{}\">{}</script></body></html>\n", nonce, kScript);
  response.fields.emplace_back(
      "Content-Security-Policy",
      format("default-src 'none'; style-src 'nonce-{}'; script-src 'nonce-{}'; img-src blob: data:; connect-src 'self'; "
             "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
             nonce, nonce));
  return response;
}

}  // namespace tagloom
