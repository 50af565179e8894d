// New messages appear without reloading by hand; without this script the page still works.
const refresh = async () => {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const selector of ["#thread", ".who .pill"]) {
    const [now, next] = [document.querySelector(selector), page.querySelector(selector)];
    if (now && next && now.innerHTML !== next.innerHTML) {
      now.replaceWith(next);
      document.getElementById("last")?.scrollIntoView({ block: "end" });
    }
  }
};
document.getElementById("last")?.scrollIntoView({ block: "end" });
setInterval(() => { if (!document.hidden) refresh().catch(() => undefined); }, 1500);
