// Building blocks of the page: elements and bytes.

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) {
      made.setAttribute(name, value === true ? "" : value);
    }
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

// The frame of a widget. Its keys mean nothing to the notebook around it: b would add a cell, an
// arrow would go to the next one.
export function widget(attributes, ...children) {
  const made = element("div", { class: "wasmlab", "data-lm-suppress-shortcuts": "true", ...attributes }, ...children);
  made.addEventListener("keydown", (event) => {
    const forAll = event.ctrlKey || event.altKey || event.metaKey || event.key === "Escape" || event.key === "Tab";
    if (!forAll) event.stopPropagation();
  });
  return made;
}

export function button(text, label, act, attributes = {}) {
  const all = { type: "button", title: label, "aria-label": label, onclick: act, ...attributes };
  return element("button", all, text);
}

// A buffer of a widget is a DataView; a page has hexadecimal text.
export function bytesOf(data) {
  if (data instanceof Uint8Array) return data;
  if (data instanceof DataView) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return Uint8Array.from((data ?? "").match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function hex(number, digits) {
  return number.toString(16).padStart(digits, "0");
}
