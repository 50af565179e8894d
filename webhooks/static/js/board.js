// The board: cards that changed are put in their place one by one, cards are dragged, keys walk from card to card.

const GATHER = 300 + Math.random() * 600; // many boards hear of a change at once, and ask one after another
const RENEW = 2_000;
const LATER = 5_000; // after an answer that did not come
const pending = new Set();
let heard = 0;
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
  if (event.detail.data === "many") { renew(); return; }
  for (const id of event.detail.data.split(" ")) pending.add(id);
  heard = Number(event.detail.lastEventId.split("-")[1] ?? 0); // what was written for another board since then will do
  soon();
});

// One question at a time, and the more seldom the longer answers take: many pages may be open on many boards.
// What is asked for one after the other may be answered in another order: what is older than what is shown is let go.
let renewing = 0; // answers with all of it that are on their way
let round = 0; // counts them: cards that were asked for before one of them are older than it
let shown = 0;
let asking = false;
let answered = 0; // how long the last cards took
let renewal = 0;
let renewed = { at: 0, took: 0 };
const whole = () => document.querySelector("#board, #table");
const soon = (wait = Math.max(GATHER, Math.min(2 * answered, LATER))) => {
  timer ||= setTimeout(() => { timer = 0; bring(); }, wait); // not put off by what comes meanwhile: it may come for ever
};
const next = () => renewed.at + Math.max(RENEW, 4 * renewed.took);
const renew = () => {
  if (renewal) return;
  renewal = setTimeout(() => {
    renewal = 0;
    if (dragged) renew();
    else if (whole()) window.htmx.trigger(whole(), "callboard:refresh");
  }, Math.max(0, next() - Date.now()));
};
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, target, xhr, pathInfo } = event.detail;
  if (target?.id !== "results") return;
  const isStale = elt === whole() && elt.getAttribute("hx-get") !== pathInfo.requestPath; // the filter has changed since
  if (elt === whole() && (dragged || renewing || isStale || Date.now() < next())) { event.preventDefault(); renew(); return; }
  renewing += 1;
  round += 1;
  xhr.asked = { round, at: Date.now() };
});
// Who has asked for more of a stage goes on seeing as many.
const FOLDED = 50;
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt !== board()) return;
  const unfolded = [...board().querySelectorAll(".pile")].map((list) => [list.dataset.stage, list.querySelectorAll(".slip:not([data-moved=Infinity])").length]);
  detail.parameters.shown = unfolded.filter(([, number]) => number > FOLDED).map((pair) => pair.join(":"));
});
let settle = () => {};
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr } = event.detail;
  if (target?.id !== "results" || !xhr?.asked) return;
  if (dragged) renew(); // or the card would be taken from under the hand
  if (dragged || xhr.asked.round < shown) event.detail.shouldSwap = false;
  else { shown = xhr.asked.round; settle = holdFocus(); }
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target?.id !== "results") return;
  settle();
  settle = () => {};
}, true); // before page.js looks for another place
document.addEventListener("htmx:afterRequest", (event) => {
  const { target, xhr } = event.detail;
  if (target?.id !== "results" || !xhr?.asked) return;
  renewing -= 1;
  renewed = { at: Date.now(), took: Date.now() - xhr.asked.at };
  if (pending.size) soon();
});

const bring = async () => {
  const place = board();
  if (!place || !pending.size || asking) return;
  if (dragged || renewing) { soon(); return; }
  const ids = [...pending].slice(0, 100);
  ids.forEach((id) => pending.delete(id));
  const [begun, before] = [Date.now(), round];
  asking = true;
  const page = await cardsNow(place, ids);
  asking = false;
  answered = Date.now() - begun;
  if (place !== board()) return;
  if (page && before === round && !dragged) show(ids, page);
  else if (page !== undefined) ids.forEach((id) => pending.add(id));
  if (pending.size) soon(page === null ? LATER : undefined);
};

// The cards as they are now; null where no answer came, nothing where they are refused: then all of it is asked for.
const cardsNow = async (place, ids) => {
  const asked = new URLSearchParams([...ids.map((id) => ["application", id]), ["heard", String(heard)]]);
  try {
    const answer = await fetch(`${place.dataset.cards}?${asked}${place.dataset.query}`, { headers: { "HX-Request": "true", "Callboard-Unattended": "1" } });
    if (answer.status >= 400 && answer.status < 500) { renew(); return undefined; }
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  } catch {
    return null;
  }
};

const show = (ids, page) => {
  put(ids, page.querySelector("template").content);
  for (const each of page.querySelectorAll("data.count")) {
    const badge = document.querySelector(`[data-count="${CSS.escape(each.getAttribute("value"))}"]`);
    if (badge) badge.textContent = each.textContent;
  }
};

// Where the card that has the focus goes, the next of its pile has it, else the one before, else the pile.
const holdFocus = () => {
  const had = document.activeElement;
  const card = had?.closest(".slip");
  if (!card) return () => {};
  const list = card.parentElement;
  const all = cardsOf(list);
  const at = all.indexOf(card);
  const beside = [...all.slice(at + 1), ...all.slice(0, at).reverse()];
  return () => {
    if (document.activeElement && document.activeElement !== document.body) return;
    const place = [had, card, ...beside.filter((each) => each.parentElement === list), list].find((each) => each.isConnected);
    place?.focus({ preventScroll: true });
  };
};

const put = (ids, fresh) => {
  const settled = holdFocus();
  for (const id of ids) {
    const old = byName(id);
    const next = fresh.getElementById(`card-${id}`);
    const target = next && pile(next.dataset.stage);
    if (!target) { old?.remove(); continue; }
    const now = old ?? document.importNode(next, true);
    if (old) window.Idiomorph.morph(old, next);
    if (now.parentElement !== target && !insert(target, now)) { now.remove(); continue; }
    window.htmx.process(now);
    now.classList.add("fresh");
  }
  settled();
  count();
};

// A card comes where the whole board would have it; behind "Show more" it is not shown.
const insert = (list, card) => {
  const since = (each) => Number(each.dataset.moved);
  const further = list.querySelector(":scope > .further");
  const behind = cardsOf(list).find((each) => since(each) <= since(card)) ?? further;
  if (further && behind === further) return false;
  list.insertBefore(card, behind ?? null);
  return true;
};

// Dragging asks for the sheet; the card lies where it was dropped until the sheet is answered or closed.
const sortable = () => {
  const place = board();
  if (!place || !("moves" in place.dataset) || !window.Sortable) return;
  for (const list of place.querySelectorAll(".pile")) {
    if (window.Sortable.get(list)) continue;
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

document.addEventListener("htmx:afterSettle", () => { sortable(); count(); });
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id === "sheet" && event.detail.xhr?.getResponseHeader("X-Said")) say(event.detail.xhr.getResponseHeader("X-Said"));
});
sortable();
count();
