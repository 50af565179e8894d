// What a thumb and a strict browser need, and axe does not look for. Returns the faults in words.
() => {
  const faults = [];
  const name = (element) => `${element.tagName.toLowerCase()}${element.id ? `#${element.id}` : ""} "${element.textContent.trim().slice(0, 30)}"`;
  const visible = (element) => element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }) && !element.closest(".unseen, .skip, thead");

  if (document.querySelectorAll("h1").length !== 1) faults.push("there is not one h1");
  for (const attribute of ["style", "onclick", "hx-on"]) {
    if (document.querySelector(`main [${attribute}]:not(.sortable-ghost)`)) faults.push(`inline ${attribute}`);
  }
  for (const control of document.querySelectorAll("button, input:not([type=hidden], [type=checkbox], [type=radio]), select, summary, nav a")) {
    const box = control.getBoundingClientRect();
    if (visible(control) && getComputedStyle(control).display !== "inline" && (box.width < 24 || box.height < 24)) faults.push(`smaller than 24 px: ${name(control)}`);
  }
  for (const text of document.querySelectorAll("main, header, dialog")) {
    if (/\b(undefined|NaN|\[object Object\])\b|(^|[:·]\s*)None(\s*$|\s*·)/m.test(text.innerText ?? "")) faults.push("a value is not written out");
  }
  return faults;
};
