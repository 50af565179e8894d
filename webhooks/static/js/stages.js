// The stages of a job: dragged into another order, which the form with their ids then carries to the server.
// Without this script the arrows of each stage do the same.

const say = (words) => document.dispatchEvent(new CustomEvent("callboard:say", { detail: words }));

const sortable = () => {
  const list = document.getElementById("stages-list");
  if (!list || !window.Sortable) return;
  list.parentElement.classList.add("sorts");
  if (window.Sortable.get(list)) return;
  window.Sortable.create(list, {
    handle: ".grip", animation: 120, ghostClass: "ghost", delay: 120, delayOnTouchOnly: true,
    onEnd: (event) => { if (event.oldIndex !== event.newIndex) document.getElementById("order-of-stages").requestSubmit(); },
  });
};

document.addEventListener("htmx:afterRequest", (event) => {
  const words = event.detail.elt?.dataset?.says;
  if (words && event.detail.successful) say(words);
});
document.addEventListener("htmx:afterSettle", sortable);
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button?.getAttribute("aria-disabled") === "true") { event.preventDefault(); event.stopImmediatePropagation(); }
}, true);
sortable();
