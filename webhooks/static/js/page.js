// What every page does beyond HTML: dialogs, menus, notices, keys, and looking again where nothing tells us to.
// Without this script everything still works by links, forms and reloading.

const POLL = 15_000;
const TOAST = 8_000;
const GO = { j: "/jobs", i: "/inbox" };
const root = document.documentElement;
const isWriting = (element) => element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

const say = (words) => {
  const place = document.getElementById("said");
  place.textContent = "";
  setTimeout(() => { place.textContent = words; }, 50); // the same words twice are said twice
};

// Outside a modal dialog all is inert: what can be undone is told in the uppermost one, and saved from what empties it.
const toasts = document.getElementById("toasts");
const placeToasts = () => {
  const home = ["sheet", "key-help", "drawer"].map((id) => document.getElementById(id)).find((dialog) => dialog?.open) ?? document.body;
  if (toasts.parentElement !== home) home.append(toasts);
};
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.contains(toasts)) document.body.append(toasts);
});

const toast = (words, action) => {
  const note = document.createElement("div");
  note.className = "toast";
  note.append(words);
  if (action) note.append(action);
  placeToasts();
  toasts.append(note);
  setTimeout(() => note.remove(), TOAST);
  return note;
};

document.addEventListener("callboard:say", (event) => say(event.detail));
document.addEventListener("callboard:toast", (event) => toast(event.detail));

// Dialogs: what htmx puts into one opens it; what was in it is gone when it closes, and focus returns.
const openDialog = (dialog) => {
  if (dialog.open || !dialog.innerHTML.trim()) return;
  dialog.returnTo = document.activeElement;
  dialog.showModal();
};
document.addEventListener("close", (event) => {
  const dialog = event.target;
  placeToasts();
  if (!dialog.matches?.("#sheet, #drawer")) return;
  dialog.replaceChildren();
  if (dialog.returnTo?.isConnected) dialog.returnTo.focus();
  document.dispatchEvent(new CustomEvent("callboard:closed", { detail: dialog.id }));
}, true);
document.addEventListener("click", (event) => {
  if (event.target.matches?.("dialog")) event.target.close(); // the backdrop
  const closer = event.target.closest?.("[data-close]");
  if (closer) { event.preventDefault(); closer.closest("dialog")?.close(); }
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = event.detail.target.closest?.("dialog") ?? (event.detail.target.matches?.("dialog") ? event.detail.target : null);
  const closes = dialog?.querySelector("[data-closes]");
  if (closes && !toasts.contains(closes)) dialog.close();
  else if (dialog === event.detail.target) openDialog(dialog); // a part that is renewed opens none that was just closed
  placeToasts();
  for (const note of document.querySelectorAll("[data-toast]")) {
    delete note.dataset.toast;
    setTimeout(() => note.remove(), TOAST);
  }
  event.detail.target.querySelector?.("[data-focus]")?.focus();
  if (dialog?.open && !dialog.contains(document.activeElement)) { dialog.tabIndex = -1; dialog.focus(); } // what had the focus is gone
});
// What a page asks by itself must not keep somebody logged in who has gone (webhooks/desk/signed_in.py).
document.addEventListener("htmx:configRequest", ({ detail }) => {
  const byPerson = detail.triggeringEvent?.isTrusted || navigator.userActivation?.isActive;
  if (!byPerson) detail.headers["Callboard-Unattended"] = "1";
  if (detail.elt.matches("[data-here]")) detail.path = `${location.pathname}${location.search}`; // what is looked for by now
});
document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (status === 401) return; // the page goes to the log-in
  const words = { 403: "Your role may not do that.", 404: "That is not there any more. Reload the page.", 409: "Somebody was faster. Reload the page." };
  toast(words[status] ?? "That did not work. Nothing was changed; try again.");
});
document.addEventListener("htmx:sendError", () => toast("Callboard does not answer. See whether it still runs, then try again."));

// Forms: a question before what cannot be undone, and no second sending while the first is on its way.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (question && !window.confirm(question)) { event.preventDefault(); event.stopImmediatePropagation(); return; }
  if (form.method !== "post" || [...form.attributes].some((each) => each.name.startsWith("hx-"))) return;
  if (form.dataset.sending) event.preventDefault();
  form.dataset.sending = "yes";
  setTimeout(() => { delete form.dataset.sending; }, 4000);
}, true);
document.addEventListener("change", ({ target }) => { if (target.closest?.("[data-submit-on-change]")) target.form?.requestSubmit(); });
window.addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sending; });

// Characters, counted while one writes.
document.addEventListener("input", (event) => {
  const counter = document.querySelector(`[data-counts="${CSS.escape(event.target.id ?? "")}"]`);
  if (!event.target.id || !counter) return;
  const most = Number(counter.dataset.most);
  const length = [...event.target.value].length;
  counter.textContent = `${length} of ${most}`;
  counter.classList.toggle("over", length > most);
});

// Keys. They can be turned off (WCAG 2.1.4), and never act while one writes.
let going = false;
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details[data-menu][open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); return; }
  if (root.dataset.keys === "off" || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
  if (going && GO[event.key]) { location.href = GO[event.key]; return; }
  going = event.key === "g";
  if (event.key === "?") { document.getElementById("key-help")?.showModal(); event.preventDefault(); }
  if (event.key === "/") { const field = document.querySelector("[data-search]"); if (field) { field.focus(); event.preventDefault(); } }
});

// Live: the server tells what has changed; while it cannot, we look every 15 seconds.
let told = false;
document.addEventListener("htmx:sseOpen", () => {
  if (told === null) window.htmx?.trigger(document.body, "poll"); // it was away: something may have been missed
  told = true;
});
document.addEventListener("htmx:sseError", () => { told = null; });
setInterval(() => { if (told !== true && !document.hidden) window.htmx?.trigger(document.body, "poll"); }, POLL);

// htmx's throttle lets the first of several events through and forgets the others; here the last is told once it is over.
const AGAIN = 300;
const untold = new Set();
let passed = null;
document.addEventListener("htmx:trigger", (event) => {
  passed = event.target;
  queueMicrotask(() => { passed = null; });
});
const tell = (element, name) => {
  if (element.isConnected) window.htmx.trigger(element, name);
  if (element.isConnected && passed !== element) setTimeout(tell, AGAIN, element, name);
  else untold.delete(element);
};
document.addEventListener("htmx:sseMessage", ({ target, detail }) => {
  const name = `sse:${detail.type}`;
  if (passed === target || untold.has(target) || !target.getAttribute("hx-trigger")?.includes(`${name} throttle:`)) return;
  untold.add(target);
  setTimeout(tell, AGAIN, target, name);
});

document.querySelector("main [data-focus]")?.focus();
// On a small screen the bar scrolls sideways: where one is can be seen.
const bar = document.querySelector(".side nav");
const here = bar?.querySelector("[aria-current]");
if (here && bar.scrollWidth > bar.clientWidth) bar.scrollLeft += here.getBoundingClientRect().x - bar.getBoundingClientRect().x - (bar.clientWidth - here.offsetWidth) / 2;
