// What every page does beyond HTML: dialogs, menus, notices, keys, and looking again where nothing tells us to.
// Without this script everything still works by links, forms and reloading.

const POLL = 15_000;
const TOAST = 8;
const SECOND = 1_000;
const GO = { j: "/jobs", i: "/inbox" };
const root = document.documentElement;
const isWriting = (element) => element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

const say = (words) => {
  const place = document.getElementById("said");
  place.textContent = "";
  setTimeout(() => { place.textContent = words; }, 50); // the same words twice are said twice
};

// What is open here is not the server's to know, nor what is being written: a part that is renewed leaves both as they are.
if (window.Idiomorph) {
  const isOfUser = (name, node) => {
    if (name === "checked") return node.matches?.("[name=application], [name=all]");
    return name === "draggable" || (name === "open" && node.matches?.("details")); // what is about to be dragged, and menus
  };
  window.Idiomorph.defaults.ignoreActiveValue = true;
  window.Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !isOfUser(name, node);
}

// Outside a modal dialog all is inert: what can be undone is told in the uppermost one, and saved from what empties it.
const toasts = () => document.getElementById("toasts"); // after "Back" it is another one
const placeToasts = () => {
  const home = ["sheet", "key-help", "drawer"].map((id) => document.getElementById(id)).find((dialog) => dialog?.open) ?? document.body;
  if (toasts().parentElement !== home) home.append(toasts());
};
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target?.contains(toasts())) document.body.append(toasts());
});

// A notice goes when its time is over, but not from under somebody's hand; what was refused stays until it is put away.
const leave = (note, seconds) => {
  if (seconds) setTimeout(() => (note.matches(":hover, :focus-within") ? leave(note, 1) : note.remove()), seconds * SECOND);
};
const toast = (words, { action, seconds = TOAST } = {}) => {
  const known = [...toasts().children].find((note) => note.dataset.words === words);
  if (known) return known;
  const note = document.createElement("div");
  note.className = "toast";
  note.dataset.words = words;
  note.append(words);
  if (action) note.append(action);
  else if (!seconds) note.append(closer());
  placeToasts();
  toasts().append(note);
  leave(note, seconds);
  return note;
};
const closer = () => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "icon";
  button.dataset.dismiss = "";
  button.setAttribute("aria-label", "Put away");
  button.textContent = "×";
  return button;
};
document.addEventListener("click", ({ target }) => {
  const note = target.closest?.("[data-dismiss]")?.closest(".toast");
  if (!note) return;
  const dialog = note.closest("dialog");
  note.remove();
  settle(dialog, document.getElementById("main"));
});

document.addEventListener("callboard:say", (event) => say(event.detail));
document.addEventListener("callboard:toast", (event) => toast(event.detail));

// The first of these places that takes the focus has it.
const settle = (...places) => places.find((place) => { place?.focus({ preventScroll: true }); return place && place === document.activeElement; });
const heading = (place) => {
  const found = place?.matches("dialog") ? null : place?.querySelector("h1, h2, h3"); // a dialog has it itself
  if (found && !found.hasAttribute("tabindex")) found.tabIndex = -1;
  return found;
};

// What had the focus may be gone with what it stood in: then its like has it, and after one's own deed else what is next.
let had = null;
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  had = detail.target?.contains(document.activeElement) ? document.activeElement : null;
});
const isLike = (one, other) => one.localName === other.localName && one.name === other.name && (one.localName !== "button" || one.value === other.value);
const refocus = (fresh, isAsked) => {
  const lost = had;
  had = null;
  if (!lost || (document.activeElement ?? document.body) !== document.body) return;
  const like = lost.name ? [...fresh?.querySelectorAll("[name]") ?? []].find((each) => isLike(each, lost)) : null;
  settle(like, ...(isAsked ? [fresh?.querySelector("#write [name=text]"), heading(fresh), document.getElementById("main")] : []));
};

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

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const { target, requestConfig } = detail;
  if (!target) return; // the page as it was, after "Back"
  const fresh = target.isConnected ? target : document.getElementById(target.id);
  const isAsked = !requestConfig?.headers["Callboard-Unattended"];
  const dialog = fresh?.closest("dialog");
  const closes = dialog?.querySelector("[data-closes]");
  if (closes && !toasts().contains(closes)) dialog.close();
  else if (dialog && dialog === fresh) openDialog(dialog); // a part that is renewed opens none that was just closed
  placeToasts();
  for (const note of document.querySelectorAll("[data-toast]")) {
    leave(note, Number(note.dataset.toast));
    delete note.dataset.toast;
  }
  if (isAsked || fresh === target) fresh?.querySelector("[data-focus]")?.focus();
  refocus(fresh, isAsked);
  if (dialog?.open && !dialog.contains(document.activeElement)) { dialog.tabIndex = -1; dialog.focus(); } // what had the focus is gone
});
// What a page asks by itself must not keep somebody logged in who has gone (webhooks/desk/signed_in.py).
document.addEventListener("htmx:configRequest", ({ detail }) => {
  const byPerson = detail.triggeringEvent?.isTrusted || navigator.userActivation?.isActive;
  if (!byPerson) detail.headers["Callboard-Unattended"] = "1";
  if (detail.elt.matches("[data-here]")) detail.path = `${location.pathname}${location.search}`; // what is looked for by now
});
const REFUSALS = {
  400: "This form cannot be taken as it is. Copy what you wrote, then reload the page.",
  403: "Your role may not do that.",
  404: "That is not there any more. Reload the page.",
  409: "Somebody was faster. Reload the page.",
};
document.addEventListener("htmx:responseError", ({ detail }) => {
  const status = detail.xhr.status;
  if (status === 401) { tellLogOut(); return; }
  const seconds = detail.requestConfig?.headers["Callboard-Unattended"] ? TOAST : 0;
  toast(REFUSALS[status] ?? "That did not work. Nothing was changed; try again.", { seconds });
});
document.addEventListener("htmx:sendError", () => toast("Callboard does not answer. See whether it still runs, then try again."));
document.addEventListener("htmx:historyCacheMissLoadError", () => location.reload());

// When the log-in is over the page stays, with what is being written; logged in again in another tab, one goes on here.
let loggedOut = null;
const tellLogOut = () => {
  const link = document.createElement("a");
  link.href = `/log-in?then=${encodeURIComponent(`${location.pathname}${location.search}`)}`;
  link.target = "_blank";
  link.textContent = "Log in again (in a new tab)";
  loggedOut = toast("You are logged out. What you have written here is not sent, and stays.", { action: link, seconds: 0 });
};
const goOn = async () => {
  if (!loggedOut?.isConnected || document.hidden) return;
  const answer = await fetch("/account", { headers: { "Callboard-Unattended": "1" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const token = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[name=csrf]")?.value;
  if (!token) return;
  for (const field of document.querySelectorAll("[name=csrf]")) field.value = token; // of the new log-in
  for (const place of document.querySelectorAll("[data-csrf]")) place.dataset.csrf = token;
  loggedOut.remove();
  toast("You are logged in again: go on.");
};
window.addEventListener("focus", goOn);
document.addEventListener("visibilitychange", goOn);
document.addEventListener("submit", (event) => {
  if (!loggedOut?.isConnected || event.target.method !== "post") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  loggedOut.querySelector("a").focus();
}, true);

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
  const place = going && GO[event.key] && document.querySelector(`.side nav a[href="${GO[event.key]}"]`); // in one's own menu
  if (place) { location.href = place.href; return; }
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
