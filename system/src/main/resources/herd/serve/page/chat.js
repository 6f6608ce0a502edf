"use strict";

const $ = id => document.getElementById(id);
const SETTINGS = ["system", "temperature", "top_p", "max_tokens", "seed", "look"];
const messages = []; // {role, content, note, error}
let running = null; // AbortController of the answer that is being written

function saved(store, name, otherwise) {
  try {
    return JSON.parse(store.getItem("herd." + name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function save(store, name, value) {
  try {
    store.setItem("herd." + name, JSON.stringify(value));
  } catch {
    // A full or forbidden store loses nothing that is on the screen.
  }
}

function look() {
  const dark = $("look").value === "dark" || (!$("look").value && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.look = dark ? "dark" : "light";
}

function headers() {
  const key = $("key").value.trim();
  return { "Content-Type": "application/json", ...(key ? { Authorization: "Bearer " + key } : {}) };
}

async function models() {
  const chosen = $("model").value || saved(localStorage, "model", "");
  try {
    const reply = await fetch("v1/models", { headers: headers() });
    const body = await reply.json();
    if (!reply.ok) throw new Error(body.error?.message ?? reply.statusText);
    $("model").replaceChildren(...body.data.map(m => new Option(m.id, m.id)));
    if (body.data.some(m => m.id === chosen)) $("model").value = chosen;
    say("");
  } catch (e) {
    say(e.message);
    if (/API key/.test(e.message)) openSettings(true);
  }
}

const say = text => ($("status").textContent = text);

function openSettings(open) {
  $("settings").hidden = !open;
  $("open-settings").setAttribute("aria-expanded", open);
}

// ---- messages

function button(label, action) {
  const b = document.createElement("button");
  b.type = "button";
  b.textContent = label;
  b.addEventListener("click", action);
  return b;
}

function show(message) {
  const box = document.createElement("article");
  box.className = "message " + message.role + (message.error ? " error" : "");
  const body = document.createElement("div");
  body.className = "body";
  const tools = document.createElement("div");
  tools.className = "tools";
  box.append(body, tools);
  message.box = box;
  return box;
}

function paint(message) {
  const [body, tools] = message.box.children;
  if (message.role === "assistant" && !message.error) Markdown.render(message.content, body);
  else body.textContent = message.content;
  tools.replaceChildren();
  if (message.box.classList.contains("writing")) return;
  const at = messages.indexOf(message);
  if (message.role === "user") tools.append(button("Edit", () => edit(message)));
  else tools.append(button("Again", () => rewind(at) || answer()));
  if (!message.error) tools.append(button("Copy", () => navigator.clipboard.writeText(message.content)));
  if (message.note) tools.append(message.note);
}

function add(message) {
  messages.push(message);
  $("messages").append(show(message));
  paint(message);
  $("welcome").hidden = true;
  return message;
}

/** Forgets message `at` and all after it. */
function rewind(at) {
  stop();
  for (const message of messages.splice(at)) message.box.remove();
}

function edit(message) {
  stop();
  const body = message.box.firstElementChild;
  const area = document.createElement("textarea");
  area.value = message.content;
  const send = button("Send", () => {
    const text = area.value.trim();
    if (!text) return;
    rewind(messages.indexOf(message));
    add({ role: "user", content: text });
    answer();
  });
  const tools = message.box.lastElementChild;
  body.hidden = true;
  message.box.insertBefore(area, tools);
  const cancel = button("Cancel", () => {
    area.remove();
    body.hidden = false;
    paint(message);
  });
  tools.replaceChildren(cancel, send);
  area.focus();
}

function keep() {
  save(localStorage, "messages", messages.filter(m => !m.error).map(({ role, content, note }) => ({ role, content, note })));
}

// ---- asking

function request() {
  const said = messages.filter(m => !m.error && m.content).map(({ role, content }) => ({ role, content }));
  const system = $("system").value.trim();
  const body = {
    model: $("model").value,
    messages: system ? [{ role: "system", content: system }, ...said] : said,
    stream: true,
    stream_options: { include_usage: true },
  };
  for (const name of ["temperature", "top_p", "max_tokens", "seed"]) {
    if ($(name).value !== "") body[name] = Number($(name).value);
  }
  return body;
}

/** Calls `take` with the data of each event of a stream. */
async function events(stream, take) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const lines = (rest + part.value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith("data: ") && line !== "data: [DONE]") take(JSON.parse(line.slice(6)));
    }
  }
}

function nearEnd() {
  const s = $("scroll");
  return s.scrollHeight - s.scrollTop - s.clientHeight < 80;
}

async function answer() {
  const body = request();
  const message = add({ role: "assistant", content: "" });
  message.box.classList.add("writing");
  const control = (running = new AbortController());
  buttons();
  const begun = performance.now();
  let usage = null;
  let first = 0;
  let painting = 0;
  $("scroll").scrollTop = $("scroll").scrollHeight;
  const repaint = () => {
    painting = 0;
    const follow = nearEnd();
    paint(message);
    if (follow) $("scroll").scrollTop = $("scroll").scrollHeight;
  };
  try {
    const reply = await fetch("v1/chat/completions", {
      method: "POST",
      headers: headers(),
      body: JSON.stringify(body),
      signal: control.signal,
    });
    if (!reply.ok) {
      const text = await reply.text();
      let told;
      try {
        told = JSON.parse(text).error.message;
      } catch {
        told = reply.status + " " + reply.statusText;
      }
      throw new Error(told);
    }
    await events(reply.body, event => {
      if (event.error) throw new Error(event.error.message);
      usage = event.usage ?? usage;
      const delta = event.choices[0]?.delta?.content;
      if (delta) {
        first ||= performance.now();
        message.content += delta;
        painting ||= requestAnimationFrame(repaint);
      }
    });
    const seconds = (performance.now() - first) / 1000;
    if (usage) {
      const rate = usage.completion_tokens > 1 ? ", " + ((usage.completion_tokens - 1) / seconds).toFixed(1) + " per second" : "";
      message.note = usage.completion_tokens + " tokens" + rate + ", first after " + ((first - begun) / 1000).toFixed(2) + " s";
    }
  } catch (e) {
    if (e.name === "AbortError") {
      message.note = "stopped";
    } else if (message.content) {
      message.note = "broken off: " + e.message;
    } else {
      message.error = true;
      message.content = e instanceof TypeError ? "The server cannot be reached." : e.message;
      message.box.classList.add("error");
    }
  } finally {
    cancelAnimationFrame(painting);
    message.box.classList.remove("writing");
    if (running === control) running = null;
    repaint();
    keep();
    buttons();
  }
}

function stop() {
  running?.abort();
  running = null;
}

function buttons() {
  $("send").textContent = running ? "Stop" : "Send";
  $("send").classList.toggle("stop", running !== null);
}

function grow() {
  $("input").style.height = "auto";
  $("input").style.height = $("input").scrollHeight + 2 + "px";
}

// ---- beginning

for (const name of SETTINGS) {
  const kept = saved(localStorage, name, null);
  if (kept !== null) $(name).value = kept;
  $(name).addEventListener("change", () => save(localStorage, name, $(name).value));
}
$("key").value = saved(sessionStorage, "key", "");
$("key").addEventListener("change", () => {
  save(sessionStorage, "key", $("key").value);
  models();
});
$("look").addEventListener("change", look);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", look);
$("model").addEventListener("change", () => save(localStorage, "model", $("model").value));
$("open-settings").addEventListener("click", () => openSettings($("settings").hidden));
$("scroll").addEventListener("click", () => openSettings(false));
$("reset").addEventListener("click", () => {
  rewind(0);
  keep();
  $("welcome").hidden = false;
  $("input").focus();
});
$("starters").addEventListener("click", e => {
  if (e.target.tagName !== "BUTTON") return;
  $("input").value = e.target.textContent;
  $("composer").requestSubmit();
});
$("input").addEventListener("input", grow);
$("input").addEventListener("keydown", e => {
  if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
    e.preventDefault();
    $("composer").requestSubmit();
  }
});
document.addEventListener("keydown", e => {
  if (e.key === "Escape") {
    stop();
    openSettings(false);
  }
});
$("composer").addEventListener("submit", e => {
  e.preventDefault();
  if (running) {
    stop();
    return;
  }
  const text = $("input").value.trim();
  if (!text) return;
  $("input").value = "";
  grow();
  add({ role: "user", content: text });
  answer();
});
look();
saved(localStorage, "messages", []).forEach(add);
$("scroll").scrollTop = $("scroll").scrollHeight;
models();
