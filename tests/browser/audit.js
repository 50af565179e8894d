// What a screen reader, a thumb and weak eyes need, measured in the page. Returns the faults in words.
() => {
  const faults = [];
  const name = (element) => `${element.tagName.toLowerCase()}${element.id ? `#${element.id}` : ""} "${element.textContent.trim().slice(0, 30)}"`;
  const visible = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(".unseen, .skip, thead");

  if (!document.documentElement.lang) faults.push("the page names no language");
  if (!document.title) faults.push("the page has no title");
  if (document.querySelectorAll("main").length !== 1) faults.push("there is not one main landmark");
  if (document.querySelectorAll("h1").length !== 1) faults.push("there is not one h1");
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) faults.push(`a heading level is left out before ${name(heading)}`);
    level = next;
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) faults.push(`id ${id} is there twice`);
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (!field.labels.length && !field.ariaLabel) faults.push(`no label: ${name(field)}`);
  }
  for (const control of document.querySelectorAll("button, a, summary")) {
    if (!control.textContent.trim() && !control.ariaLabel) faults.push(`no name: ${control.outerHTML.slice(0, 80)}`);
  }
  for (const image of document.images) if (!image.hasAttribute("alt")) faults.push(`no alternative text: ${image.src}`);
  for (const attribute of ["style", "onclick"]) if (document.querySelector(`[${attribute}]`)) faults.push(`inline ${attribute}`);
  for (const control of document.querySelectorAll("button, input:not([type=hidden]), select, summary, nav a")) {
    const box = control.getBoundingClientRect();
    if (visible(control) && (box.width < 24 || box.height < 24)) faults.push(`smaller than 24 px: ${name(control)}`);
  }

  const parts = (colour) => {
    const [red, green, blue, alpha = 1] = colour.match(/[\d.]+/g).map(Number);
    return colour.startsWith("color(") ? [red * 255, green * 255, blue * 255, alpha] : [red, green, blue, alpha];
  };
  const over = (top, below) => top.slice(0, 3).map((value, index) => value * top[3] + below[index] * (1 - top[3])).concat(1);
  const ground = (element) => {
    if (!element) return [255, 255, 255, 1];
    const own = parts(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, ground(element.parentElement));
  };
  const light = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !visible(element) || element.closest("script, option")) continue;
    const style = getComputedStyle(element);
    const back = ground(element);
    const [one, two] = [light(over(parts(style.color), back)), light(back)];
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    if (ratio < needed) faults.push(`contrast ${ratio.toFixed(2)}: ${name(element)}`);
  }
  return faults;
};
