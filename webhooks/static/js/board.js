// The board: cards that changed are put in their place one by one, cards are dragged, keys walk from card to card.

const GATHER = 300;
const pending = new Set();
let timer = 0;
let dragged = null;

const board = () => document.getElementById("board");
const say = (words) => document.dispatchEvent(new CustomEvent("callboard:say", { detail: words }));
const pile = (stage) => board()?.querySelector(`.pile[data-stage="${CSS.escape(stage)}"]`);
const byName = (id) => document.getElementById(`card-${id}`);

// Live. An event names the cards; we ask for those alone, and morph or move them so that focus and ticks stay.
document.addEventListener("htmx:sseBeforeMessage", (event) => {
  const place = board();
  if (!place || event.detail?.type !== `board-${place.dataset.board}`) return;
  event.preventDefault(); // there is nothing to swap in: the event holds ids
  if (event.detail.data === "many") { window.htmx.trigger(place, "callboard:refresh"); return; }
  for (const id of event.detail.data.split(" ")) pending.add(id);
  clearTimeout(timer);
  timer = setTimeout(bring, GATHER);
});

const bring = async () => {
  const place = board();
  if (!place || !pending.size) return;
  if (dragged) { timer = setTimeout(bring, GATHER); return; }
  const ids = [...pending].slice(0, 100);
  ids.forEach((id) => pending.delete(id));
  const asked = new URLSearchParams(ids.map((id) => ["application", id]));
  const answer = await fetch(`${place.dataset.cards}?${asked}${place.dataset.query}`, { headers: { "HX-Request": "true", "Callboard-Unattended": "1" } }).catch(() => null);
  if (!answer?.ok || place !== board()) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  put(ids, page.querySelector("template").content);
  for (const each of page.querySelectorAll("data.count")) {
    const badge = document.querySelector(`[data-count="${CSS.escape(each.getAttribute("value"))}"]`);
    if (badge) badge.textContent = each.textContent;
  }
  if (pending.size) timer = setTimeout(bring, GATHER);
};

const put = (ids, fresh) => {
  for (const id of ids) {
    const old = byName(id);
    const next = fresh.getElementById(`card-${id}`);
    const target = next && pile(next.dataset.stage);
    if (!target) { old?.remove(); continue; }
    const had = old?.contains(document.activeElement);
    const chosen = old?.querySelector("[name=application]")?.checked;
    if (old && old.parentElement === target) {
      window.Idiomorph.morph(old, next, { ignoreActiveValue: true });
    } else {
      if (old && had) next.dataset.refocus = "yes";
      old?.remove();
      target.prepend(document.importNode(next, true));
      window.htmx.process(byName(id));
    }
    const now = byName(id);
    now.classList.add("fresh");
    const tick = now.querySelector("[name=application]");
    if (tick && chosen) tick.checked = true;
    if (had && now.dataset.refocus) now.focus();
  }
  count();
};

// Dragging asks for the sheet; the card lies where it was dropped until the sheet is answered or closed.
const sortable = () => {
  const place = board();
  if (!place || !("moves" in place.dataset) || !window.Sortable) return;
  for (const list of place.querySelectorAll(".pile:not([data-sorts])")) {
    list.dataset.sorts = "yes";
    window.Sortable.create(list, {
      group: "board", draggable: ".slip", filter: "a, button, input, summary", preventOnFilter: false, sort: false,
      delay: 120, delayOnTouchOnly: true, touchStartThreshold: 6, ghostClass: "ghost", animation: 120, scrollSensitivity: 60,
      onStart: (event) => { dragged = event.item; },
      onEnd: (event) => {
        dragged = null;
        const stage = event.to.dataset.stage;
        if (event.to === event.from) return;
        ask(event.item.dataset.application, stage);
      },
    });
  }
};
const ask = (application, stage = "") => {
  const asked = new URLSearchParams(stage ? { application, move_to: stage } : { application });
  window.htmx.ajax("GET", `${board().dataset.move}?${asked}`, { target: "#sheet", swap: "innerHTML" });
  pending.add(application);
};
document.addEventListener("callboard:closed", (event) => {
  if (event.detail === "sheet") bring();
  if (event.detail !== "drawer") return;
  const address = new URL(location.href);
  address.searchParams.delete("application");
  history.replaceState(history.state, "", address);
});

// Keys, on the card that has the focus.
const cardsOf = (list) => [...list.querySelectorAll(".slip")];
const step = (card, by) => cardsOf(card.parentElement)[cardsOf(card.parentElement).indexOf(card) + by]?.focus();
const across = (card, by) => {
  const piles = [...board().querySelectorAll(".pile")];
  const at = piles.indexOf(card.parentElement);
  for (let other = at + by; piles[other]; other += by) {
    const target = piles[other].querySelector(".slip");
    if (target) { target.focus(); target.scrollIntoView({ block: "nearest", inline: "nearest" }); return; }
  }
};
const KEYS = {
  j: (card) => step(card, 1), k: (card) => step(card, -1), ArrowDown: (card) => step(card, 1), ArrowUp: (card) => step(card, -1),
  l: (card) => across(card, 1), h: (card) => across(card, -1),
  ArrowRight: (card) => across(card, document.dir === "rtl" ? -1 : 1), ArrowLeft: (card) => across(card, document.dir === "rtl" ? 1 : -1),
  m: (card) => card.querySelector(".move")?.click(), e: (card) => card.querySelector(".who").click(),
  x: (card) => card.querySelector("[name=application]")?.click(),
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !board()) return;
  const isKey = event.key.length === 1;
  if (isKey && document.documentElement.dataset.keys === "off") return;
  const card = event.target.closest?.(".slip");
  if (card && event.target.matches(".slip")) {
    if (event.key === "Enter") { card.querySelector(".who").click(); event.preventDefault(); return; }
    if (KEYS[event.key]) { KEYS[event.key](card); event.preventDefault(); }
  } else if (["j", "k"].includes(event.key) && event.target.matches("body, main, .pile")) {
    (event.target.closest(".pile") ?? board()).querySelector(".slip")?.focus();
  } else if (event.key === "ArrowDown" && event.target.matches(".pile")) {
    event.target.querySelector(".slip")?.focus(); event.preventDefault();
  } else if (card && isKey && "jkmex".includes(event.key) && event.target.matches("a, input[type=checkbox]")) {
    KEYS[event.key](card); event.preventDefault();
  }
});

// Choosing several: how many, and with Shift from one tick to the next.
let last = null;
const count = () => {
  const place = document.querySelector("[data-chosen]");
  const number = document.querySelectorAll("[name=application]:checked").length;
  if (place) place.textContent = `${number} chosen`;
};
document.addEventListener("click", (event) => {
  const tick = event.target;
  if (!tick.matches?.("[name=application][type=checkbox]")) return;
  const all = [...document.querySelectorAll("[name=application][type=checkbox]")];
  if (event.shiftKey && last) {
    const [from, to] = [all.indexOf(last), all.indexOf(tick)].sort((one, other) => one - other);
    if (from >= 0) all.slice(from, to + 1).forEach((each) => { each.checked = tick.checked; });
  }
  last = tick;
  count();
});
document.addEventListener("reset", () => setTimeout(count));

// Seconds until what is about to happen begins.
setInterval(() => {
  for (const each of document.querySelectorAll("[data-seconds]")) {
    const left = Math.max(0, Number(each.textContent) - 1);
    each.textContent = String(left);
    if (!left) { delete each.dataset.seconds; each.removeAttribute("data-seconds"); }
  }
}, 1000);

document.addEventListener("htmx:afterSettle", sortable);
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "sheet" && event.detail.xhr?.getResponseHeader("X-Said")) say(event.detail.xhr.getResponseHeader("X-Said"));
});
sortable();
count();
