// The simulator's phone: what was said last is in sight, and the field is ready for the next reply.

const settle = (player) => {
  if (!player) return;
  const scroll = player.querySelector(".phone .scroll");
  if (scroll) scroll.scrollTop = 0; // its end: it is laid out from there
  const trace = player.querySelector(".trace");
  if (trace) trace.scrollTop = trace.scrollHeight;
};

document.addEventListener("htmx:afterSwap", (event) => {
  const player = event.detail.target?.querySelector?.(".player") ?? event.detail.target?.closest?.(".player");
  settle(player);
  const field = player?.querySelector(".write input[name=text]");
  if (!field || event.detail.requestConfig?.verb !== "post") return;
  field.value = ""; // it was sent; a field that is being written in is otherwise left as it is
  field.focus({ preventScroll: true });
});
settle(document.querySelector(".player"));
