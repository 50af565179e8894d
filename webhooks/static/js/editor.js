// The editor: what the checks say goes to its fields as one writes, variables are put in, parts are dragged.
// Without this script everything is stored by its button, and put in order by the buttons "up" and "down".

const FINDINGS = "[data-finding]";
let lastText = null; // where a variable goes

const form = () => document.getElementById("part");

// The nearest place at or above a path that is on the page.
const placeOf = (path) => {
  for (let rest = path; rest; rest = rest.slice(0, Math.max(rest.lastIndexOf("."), rest.lastIndexOf("["), 0))) {
    const place = document.querySelector(`[data-finding="${CSS.escape(rest)}"]`);
    if (place) return place;
  }
  return null;
};

const distribute = (told) => {
  for (const place of form()?.querySelectorAll(FINDINGS) ?? []) {
    place.replaceChildren();
    document.getElementById(place.dataset.finding)?.removeAttribute("aria-invalid");
  }
  for (const each of told.querySelectorAll("[data-for]")) {
    const place = placeOf(each.dataset.for);
    if (!place) continue;
    const line = document.createElement("li");
    line.className = each.className;
    line.textContent = each.dataset.words;
    place.append(line);
    const field = document.getElementById(each.dataset.for);
    if (each.className === "fault" && field?.matches("input, textarea, select")) field.setAttribute("aria-invalid", "true");
  }
};

// What was stored is what the next change is compared with; keys that followed their text are shown.
const takeOver = (told) => {
  const base = told.querySelector("[data-base-now]");
  if (base) document.getElementById("base").value = base.value;
  for (const now of told.querySelectorAll("[data-key-now]")) {
    const shown = document.querySelector(`[data-key="${CSS.escape(now.dataset.keyNow)}"]`);
    const field = document.getElementById(now.dataset.keyNow);
    if (!shown || !field) continue;
    if (field !== document.activeElement && field.value === shown.value) field.value = now.value;
    shown.value = now.value;
  }
};

document.addEventListener("htmx:afterSwap", (event) => {
  const told = event.detail.target;
  if (told?.id === "told") {
    takeOver(told);
    distribute(told);
    window.htmx.trigger(document.body, "stored"); // the simulator beside it listens
    return;
  }
  if (told?.id !== "workplace") return;
  window.htmx.trigger(document.body, "stored");
  const by = event.detail.requestConfig?.triggeringEvent?.submitter;
  // A menu closes by what was chosen in it, and only now: a button that is hidden before its turn has come is not sent.
  if (by?.closest("details[data-menu]")) for (const menu of document.querySelectorAll(".workplace details[data-menu][open]")) menu.open = false;
  if (by?.value.startsWith("add ")) (form()?.querySelector("[aria-invalid=true]") ?? form()?.querySelector("[data-text]"))?.focus();
});

// What is written is stored before a link is followed; where the page is left in another way, the browser asks first.
const LONGEST_WAIT = 8_000;
let written = 0;
let stored = 0;
let shownPart = form()?.elements.part.value;
const isUnstored = () => Boolean(form()) && written !== stored;
document.addEventListener("input", (event) => { if (form() && event.target.form === form()) written += 1; }, true);
document.addEventListener("htmx:beforeRequest", ({ detail }) => { if (["told", "part"].includes(detail.elt.id)) detail.xhr.written = written; });
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful && detail.xhr.written > stored) stored = detail.xhr.written;
  if (form()?.elements.part.value !== shownPart) { shownPart = form()?.elements.part.value; stored = written; } // another part, as it is stored
});
const follow = (address, until) => {
  if (isUnstored() && Date.now() < until) setTimeout(follow, 50, address, until);
  else location.href = address;
};
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]:not([href^='#'], [hx-get], [target], [download])");
  if (!link || !isUnstored() || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  follow(link.href, Date.now() + LONGEST_WAIT);
});
window.addEventListener("beforeunload", (event) => { if (isUnstored()) event.preventDefault(); });

// Fields on which the form itself depends, such as the type of a question.
document.addEventListener("change", (event) => {
  if (!event.target.matches?.("[data-reshapes]")) return;
  event.target.form.requestSubmit(event.target.form.querySelector("button[name=do][value='']"));
});

document.addEventListener("focusin", (event) => { if (event.target.matches?.("[data-text]")) lastText = event.target; });
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-insert]");
  if (!button) return;
  const field = lastText?.isConnected ? lastText : form()?.querySelector("[data-text]");
  if (!field) return;
  field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  button.closest("details").open = false;
  field.focus();
});

// Dragging: the same as the buttons, in one go.
const sorted = (event) => {
  if (event.oldDraggableIndex === event.newDraggableIndex) return;
  const owner = event.item.closest("form");
  const button = document.createElement("button");
  button.name = "do";
  button.value = `move ${event.item.dataset.path} ${event.newDraggableIndex}`;
  button.hidden = true;
  owner.append(button);
  owner.requestSubmit(button);
  button.remove();
};
const makeSortable = () => {
  for (const list of document.querySelectorAll("[data-sortable]")) {
    if (!window.Sortable || window.Sortable.get(list)) continue;
    new window.Sortable(list, {
      draggable: "[data-path]", filter: "input, textarea, select, button, summary, label", preventOnFilter: false,
      ghostClass: "dragged", animation: 120, delay: 150, delayOnTouchOnly: true, onEnd: sorted,
    });
  }
};
document.addEventListener("htmx:afterSettle", makeSortable);
document.addEventListener("DOMContentLoaded", makeSortable);
makeSortable();
