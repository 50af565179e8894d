// A conversation beyond HTML: segments counted while one writes, snippets by "/", who else is here, keys.

const BEAT = 5_000;
const TYPING = 6_000;
const GSM = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
const DOUBLE = new Set("^{}\\[~]|€");
const root = document.documentElement;
root.classList.add("scripted");

const segments = (text) => {
  const letters = [...text];
  if (letters.every((letter) => GSM.has(letter) || DOUBLE.has(letter))) {
    const length = letters.reduce((sum, letter) => sum + (DOUBLE.has(letter) ? 2 : 1), 0);
    return length <= 160 ? 1 : Math.ceil(length / 153);
  }
  return text.length <= 70 ? 1 : Math.ceil(text.length / 67);
};

const count = (form) => {
  const counter = form?.querySelector("[data-segments]");
  if (!counter) return;
  const way = form.querySelector("[name=way]")?.value;
  counter.hidden = way !== "sms";
  counter.textContent = `${segments(form.querySelector("[name=text]")?.value ?? "")} SMS`;
};
document.addEventListener("change", (event) => { if (event.target.matches?.("[data-way]")) count(event.target.form); });

// Snippets: a click inserts one where one writes; "/" opens the list there.
const insert = (field, text, from = field.selectionStart) => {
  field.setRangeText(text, from, field.selectionEnd, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
};
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-insert]");
  const field = document.querySelector("#write [name=text]");
  if (!link || !field) return;
  event.preventDefault();
  link.closest("details")?.removeAttribute("open");
  insert(field, link.dataset.insert);
});

let list = null;
const close = () => {
  list?.field.removeAttribute("aria-controls");
  list?.field.removeAttribute("aria-activedescendant");
  list?.box.remove();
  list = null;
};
const choose = (place) => {
  list.place = (place + list.box.children.length) % list.box.children.length;
  [...list.box.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === list.place)));
  list.box.children[list.place].scrollIntoView({ block: "nearest" });
  list.field.setAttribute("aria-activedescendant", list.box.children[list.place].id);
};
const take = () => {
  const { field, start, found, place } = list;
  close();
  insert(field, found[place].dataset.insert, start);
};
const offer = (field) => {
  close();
  const before = field.value.slice(0, field.selectionStart);
  const typed = /(?:^|\s)\/([^\s/]{0,40})$/.exec(before);
  const known = [...document.querySelectorAll(`#${CSS.escape(field.dataset.snippets)} [data-insert]`)];
  const found = typed ? known.filter((each) => each.dataset.name.toLowerCase().startsWith(typed[1].toLowerCase())) : [];
  if (!found.length) return;
  const box = document.createElement("div");
  box.className = "snippet-list";
  box.id = "snippet-list";
  box.setAttribute("role", "listbox");
  box.setAttribute("aria-label", "Snippets");
  for (const [at, each] of found.entries()) {
    const option = document.createElement("div");
    option.id = `snippet-${at}`;
    option.setAttribute("role", "option");
    const name = document.createElement("strong");
    name.textContent = `/${each.dataset.name}`;
    const text = document.createElement("span");
    text.className = "hint one-line";
    text.textContent = each.dataset.insert;
    option.append(name, text);
    option.addEventListener("mousedown", (event) => { event.preventDefault(); list.place = at; take(); });
    box.append(option);
  }
  field.before(box);
  field.setAttribute("aria-controls", box.id);
  list = { field, box, found, start: before.length - typed[1].length - 1, place: 0 };
  choose(0);
};
document.addEventListener("keydown", (event) => {
  if (!list || event.target !== list.field) return;
  const acts = { ArrowDown: () => choose(list.place + 1), ArrowUp: () => choose(list.place - 1), Enter: take, Tab: take, Escape: close };
  if (!acts[event.key]) return;
  event.preventDefault();
  event.stopPropagation();
  acts[event.key]();
}, true);
document.addEventListener("focusout", (event) => { if (list?.field === event.target) close(); });

// What is written here is not the server's to know: whatever is drawn anew, such as the place to write when somebody else
// takes over, leaves it, also while there is no place for it. What was sent is let go.
const DRAWN = new Set(["composer", "conversation", "drawer", "story", "story-head"]);
const kept = new Map();
let stood = null;
const inUse = () => [...document.querySelectorAll(":is(#composer, .story-body) :is(textarea, select, input:not([type=hidden]))")].filter((field) => field.form);
const purpose = (form) => `${form.getAttribute("action")} ${form.querySelector("[name=scheduled], [name=id]")?.value ?? ""} `;
const keyOf = (field) => purpose(field.form) + field.name;
const unfolded = () => [...document.querySelectorAll(":is(#composer, .story) details")].map((details) => {
  const form = details.querySelector("form") ?? details.closest("form");
  return [details, `${form ? purpose(form) : ""}${details.querySelector("summary").textContent.trim()}`];
});
const forget = (form) => {
  if (!form?.matches?.("form")) return;
  for (const key of kept.keys()) if (key.startsWith(purpose(form))) kept.delete(key);
};
const isBeingWritten = () => document.querySelector(".story-body :is([aria-invalid=true], details[open] form)")
  || inUse().some((field) => field.closest(".story-body") && (field === document.activeElement || field.value !== field.defaultValue));
const keep = (detail) => {
  const by = detail.requestConfig?.elt;
  if (!DRAWN.has(detail.target?.id) || !detail.shouldSwap) return;
  if (by?.id === "story-news" && detail.target.id === "story" && isBeingWritten()) {
    detail.target = document.getElementById("story-head");
    detail.selectOverride = "#story-head";
  }
  const spent = by?.matches?.("form") ? purpose(by) : null;
  for (const field of inUse()) {
    if (field.value && purpose(field.form) !== spent) kept.set(keyOf(field), field.value);
    else kept.delete(keyOf(field));
  }
  forget(by);
  const active = inUse().find((field) => field === document.activeElement);
  stood = {
    open: unfolded().filter(([details, name]) => details.open && !details.contains(by) && !(spent && name.startsWith(spent))).map(([, name]) => name),
    at: active && [keyOf(active), active.selectionStart, active.selectionEnd],
  };
};
document.addEventListener("htmx:beforeSwap", ({ detail }) => keep(detail));
// Two forms on their way at once: what the second is answered belongs where the first has put the conversation anew.
const moveOn = ({ target, detail }) => {
  if (target.isConnected) return;
  const now = document.getElementById("conversation");
  if (!now || now.dataset.presence !== target.dataset.presence) { detail.shouldSwap = false; return; } // it was left
  detail.target = now;
  keep(detail);
};
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  forget(detail.elt);
  if (detail.target?.id === "conversation") detail.target.addEventListener("htmx:beforeSwap", moveOn);
});
const fill = (field) => {
  const value = kept.get(keyOf(field));
  const isChoice = field.matches("select");
  if (value === undefined || field.value === value || (isChoice && ![...field.options].some((option) => option.value === value))) return;
  field.value = value;
  if (field.form.id === "write") count(field.form);
};
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (!DRAWN.has(detail.target?.id) || !stood) return;
  const { open, at } = stood;
  stood = null; // one answer is told once for each element of it
  for (const [details, name] of unfolded()) if (open.includes(name)) details.open = true;
  inUse().forEach(fill);
  const fault = ["composer", "conversation"].includes(detail.target.id) && document.querySelector("#composer [data-focus]");
  const active = fault || (at && inUse().find((field) => keyOf(field) === at[0]));
  if (!active || active === document.activeElement) return;
  active.focus({ preventScroll: true });
  if (!fault && at[1] !== null) active.setSelectionRange?.(at[1], at[2]);
});

// Presence: others see who has this open, and who is writing.
let typed = 0;
document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-typing]")) {
    const began = Date.now() - typed > TYPING;
    typed = Date.now();
    count(event.target.form);
    if (began) beat();
  }
  if (event.target.dataset?.snippets) offer(event.target);
});
let here = null;
const said = (place, more) => {
  const form = new FormData();
  form.set("csrf", place.csrf);
  for (const [name, value] of Object.entries(more)) form.set(name, value);
  return form;
};
const beat = () => {
  const place = document.querySelector("[data-presence]");
  if (here && here.presence !== place?.dataset.presence) leave();
  if (!place || document.hidden) return;
  here = { presence: place.dataset.presence, csrf: place.dataset.csrf };
  const typing = Date.now() - typed < TYPING ? "yes" : "";
  fetch(here.presence, { method: "POST", body: said(here, { typing }), headers: { "Callboard-Unattended": "1" } }).catch(() => {});
};
const leave = () => {
  if (here) navigator.sendBeacon(here.presence, said(here, { gone: "yes" }));
  here = null;
};
setInterval(beat, BEAT);
beat();
window.addEventListener("pagehide", leave);
document.addEventListener("visibilitychange", () => (document.hidden ? leave() : beat()));
document.addEventListener("callboard:closed", beat);

// Keys: j and k walk through the list, r goes to where one writes, Ctrl+Enter sends.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches?.("#write textarea")) {
    event.target.form.querySelector("[name=do][value=send]")?.click();
    return;
  }
  const isWriting = event.target.closest?.("input, textarea, select");
  if (root.dataset.keys === "off" || event.ctrlKey || event.metaKey || event.altKey || isWriting) return;
  if (event.key === "r") { document.querySelector("#write textarea")?.focus(); event.preventDefault(); }
  const step = { j: 1, k: -1 }[event.key];
  const links = [...document.querySelectorAll(".lines a")];
  if (!step || !links.length) return;
  const at = links.findIndex((link) => link === document.activeElement);
  const now = at >= 0 ? at : links.findIndex((link) => link.getAttribute("aria-current"));
  const next = links[now < 0 ? 0 : now + step];
  if (next && at < 0 && now >= 0) next.click();
  next?.focus();
});
