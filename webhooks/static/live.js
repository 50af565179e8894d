// Keeps the parts of a page marked `data-live` as the server has them, and sends the phone's forms without a reload.
// Without this script everything still works: links, forms, and reloading by hand.

const QUICK = 400;
const CALM = 1500;
const QUICK_ROUNDS = 12;
const UNANSWERED = "Not sent: Callboard does not answer. See whether it still runs, then send again.";
const FORBIDDEN = "Not sent: your role may read only. Ask an administrator for another role.";
const served = new WeakMap(); // element → its HTML as it came, before anybody opened or focused something in it
let quickRounds = 0;
let sending = false;

const address = document.querySelector("[data-address]")?.dataset.address ?? location.href;
const live = () => document.querySelectorAll("[data-live]");
const remember = (element) => served.set(element, element.outerHTML);

// Change only the children that differ, so that focus, scroll and what a screen reader has said stay as they are.
const bringUpToDate = (now, next) => {
  const wanted = new Set([...next.children].map((child) => child.id));
  for (const child of [...now.children]) if (!wanted.has(child.id)) child.remove();
  [...next.children].forEach((fresh, place) => {
    const known = [...now.children].find((child) => child.id === fresh.id);
    if (known && served.get(known) === fresh.outerHTML) return;
    remember(fresh);
    if (known) known.replaceWith(fresh);
    else now.insertBefore(fresh, now.children[place] ?? null);
  });
};

const show = (html) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const part of live()) {
    const next = page.getElementById(part.id);
    if (next) bringUpToDate(part, next);
    else location.reload(); // there is something to show now where nothing was
  }
};

const read = async (request) => {
  const answer = await request;
  if (new URL(answer.url).pathname === "/log-in") location.reload(); // the session is over
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
};

const tell = (words) => {
  const place = document.getElementById("failure");
  if (!place) return;
  place.textContent = words;
  place.hidden = !words;
};

const send = async (form, button) => {
  if (sending) return; // a second tap while the first is on its way
  sending = true;
  const body = new FormData(form, button);
  const field = document.getElementById("text");
  try {
    show(await read(fetch(form.action, { method: "POST", body })));
  } catch (error) {
    tell(error.message === "403" ? FORBIDDEN : UNANSWERED);
    return;
  } finally {
    sending = false;
  }
  tell("");
  if (form.contains(field)) form.reset();
  field?.focus();
  document.querySelector(".phone .scroll").scrollTop = 0; // its end: it is laid out from there
  quickRounds = QUICK_ROUNDS;
};

const look = async () => {
  if (!document.hidden) {
    await read(fetch(address)).then(show).catch(() => undefined); // away for a moment; the next look may do
  }
  quickRounds = Math.max(0, quickRounds - 1);
  setTimeout(look, quickRounds ? QUICK : CALM);
};

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-inline]")) return;
  event.preventDefault();
  send(event.target, event.submitter);
});
document.addEventListener("change", (event) => event.target.closest("[data-submit-on-change]")?.submit());

for (const part of live()) for (const child of part.children) remember(child);
if (live().length) setTimeout(look, CALM);
