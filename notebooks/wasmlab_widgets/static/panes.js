// The panes: each makes the elements for one part of a state. See state.py for what is in it.
import { button, bytesOf, element, hex } from "./dom.js";

const ROW = 16;

export function pane(title, ...content) {
  return element("section", { class: "wl-pane", "aria-label": title }, element("p", { class: "wl-title" }, title), ...content);
}

function nothing(text) {
  return element("p", { class: "wl-none" }, text);
}

// toggle sets or removes a breakpoint at an offset; without it the list is for reading only.
export function sourcePane(source, state, toggle) {
  const here = state.location?.offset;
  const current = state.location?.line ?? lineOf(source, here);
  const stops = new Map(state.breakpoints.map((point) => [point.line ?? lineOf(source, point.offset), point]));
  const lines = source.lines.map((line) => {
    const now = line.number === current;
    const stop = stops.get(line.number);
    const offset = stop?.offset ?? line.offset;
    const click = toggle && offset !== null ? () => toggle(offset) : null;
    const classes = ["wl-line", now ? "wl-now" : "", stop ? "wl-stop" : "", click ? "wl-can-stop" : ""].filter(Boolean);
    return element(
      "li",
      { class: classes.join(" "), "aria-current": now ? "step" : null, "data-line": line.number },
      element(
        "span",
        { class: "wl-number", ...(click ? { onclick: click, title: "set or remove a breakpoint" } : {}) },
        `${stop ? (stop.on ? "●" : "○") : " "}${now ? "▶" : " "}${String(line.number).padStart(3)}`,
      ),
      element("span", { class: "wl-offset" }, line.offset === null ? "" : `0x${hex(line.offset, 2)}`),
      element("code", {}, line.text || " "),
    );
  });
  const list = element("ol", { class: "wl-source", tabindex: "0", role: "list", "aria-label": source.title }, lines);
  return pane(source.title, list);
}

function lineOf(source, offset) {
  return source.lines.find((line) => line.offset !== null && line.offset === offset)?.number;
}

function pointed(value) {
  return value.points ? element("span", { class: "wl-points" }, ` → ${value.points}`) : null;
}

// Expressions that are shown at every stop; nothing where there are none.
export function displaysPane(state) {
  if (!state.displays?.length) return null;
  return variablesPane("Displays", state.displays.map((shown) => ({ type: "", bits: null, ...shown })));
}

export function stackPane(state) {
  if (!state.stack.length) return pane("Stack", nothing("The operand stack is empty."));
  const slots = state.stack.map((slot) =>
    element(
      "li",
      { class: `wl-slot${slot.popped ? " wl-popped" : ""}${slot.changed ? " wl-changed" : ""}`, title: slot.bits },
      element("span", { class: "wl-type" }, slot.type),
      element("b", {}, slot.text),
      element("small", {}, [slot.popped ? "popped next" : "", slot.changed ? "new" : ""].filter(Boolean).join(", ")),
      pointed(slot),
    ),
  );
  return pane("Stack", element("ol", { class: "wl-stack", "aria-label": "operands, top first" }, slots));
}

export function variablesPane(title, variables) {
  if (!variables.length) return pane(title, nothing("none"));
  const rows = variables.map((variable) =>
    element(
      "tr",
      { class: variable.changed ? "wl-changed" : null },
      element("th", { scope: "row" }, variable.name),
      element("td", { class: "wl-type" }, variable.type),
      element("td", { title: variable.bits }, element("b", {}, variable.text), pointed(variable)),
      element("td", {}, variable.previous === null ? "" : `was ${variable.previous}`),
    ),
  );
  return pane(title, element("table", {}, element("tbody", {}, rows)));
}

export function framesPane(state) {
  if (!state.frames.length) return pane("Calls", nothing("No function is being called."));
  const frames = state.frames.map((frame) => {
    if (frame.between) return element("li", {}, frame.between);
    const where = frame.line !== null ? `line ${frame.line}` : frame.offset !== null ? `0x${hex(frame.offset, 2)}` : "host";
    return element("li", {}, element("code", {}, `${frame.name}(${frame.args.join(", ")})`), " ", element("small", {}, where));
  });
  return pane("Calls", element("ol", { class: "wl-frames", "aria-label": "calls, innermost first" }, frames));
}

export function labelsPane(state) {
  if (!state.labels.length) return pane("Labels", nothing("none"));
  const labels = [...state.labels].reverse().map((label) => {
    const target = label.target_line === null ? "" : `to line ${label.target_line}`;
    const name = label.name === String(label.depth) ? "" : ` ${label.name}`;
    return element("li", {}, element("code", {}, `${label.depth}: ${label.kind}${name}`), " ", element("small", {}, target));
  });
  return pane("Labels", element("ol", { class: "wl-frames", "aria-label": "labels, as br counts them" }, labels));
}

export function memoryTable(memory) {
  const data = bytesOf(memory.data);
  const changed = new Set(memory.changed);
  const touched = new Set(memory.touched);
  const rows = [];
  for (let start = 0; start < data.length; start += ROW) {
    const cells = [];
    let text = "";
    for (let i = start; i < Math.min(start + ROW, data.length); i++) {
      const address = memory.at + i;
      const marks = [changed.has(address) ? "wl-changed" : "", touched.has(address) ? "wl-touched" : "", data[i] ? "" : "wl-zero"];
      const title = [changed.has(address) ? "new" : "", touched.has(address) ? "used by the host" : ""].filter(Boolean).join(", ");
      cells.push(element("td", { class: marks.filter(Boolean).join(" ") || null, title: title || null, "data-address": address }, hex(data[i], 2)));
      text += data[i] >= 0x20 && data[i] < 0x7f ? String.fromCharCode(data[i]) : ".";
    }
    const head = element("th", { scope: "row" }, hex(memory.at + start, 8));
    rows.push(element("tr", {}, head, cells, element("td", { class: "wl-text" }, text)));
  }
  return element("table", { class: "wl-memory" }, element("tbody", {}, rows));
}

export function memoryPane(state, go) {
  if (!state.memory) return pane("Memory", nothing("The module has no memory."));
  const address = element("input", {
    type: "text", size: "10", value: `0x${hex(state.memory.at, 1)}`, "aria-label": "address to show",
    onchange: (event) => { const at = Number(event.target.value); if (Number.isFinite(at) && at >= 0) go(at); },
  });
  const size = element("small", {}, `of ${state.memory.size.toLocaleString("en")} bytes`);
  const used = state.used.map(([at, count]) =>
    button(`0x${hex(at, 1)}, ${count} bytes`, `show the ${count} bytes at 0x${hex(at, 1)} that the host used`, () => go(at)),
  );
  const host = used.length ? element("p", { class: "wl-bar" }, element("span", { class: "wl-touched" }, "The host used"), " ", used) : null;
  const box = element("div", { class: "wl-scroll", tabindex: "0", role: "group", "aria-label": "bytes of memory" }, memoryTable(state.memory));
  return pane("Memory", element("label", {}, "from ", address, " "), size, host, box);
}

export function outputPane(state) {
  const parts = state.output.map((part) => element("span", { class: part.stream === 2 ? "wl-stderr" : null }, part.text));
  const printed = parts.length ? element("pre", { tabindex: "0" }, parts) : nothing("Nothing is printed yet.");
  const calls = state.calls.map((call) => element("li", { class: call.error ? "wl-stderr" : null }, element("code", {}, call.text)));
  return pane("Output", printed, calls.length ? element("ol", { class: "wl-calls", "aria-label": "host calls" }, calls) : null);
}

export function explanationPane(state) {
  const next = state.instruction;
  if (!next) return pane("Next", element("p", {}, `${state.message}.`));
  return pane(
    "Next",
    element("p", {}, element("code", { class: "wl-next" }, next.text), " ", element("code", {}, next.signature)),
    element("p", {}, next.explanation),
    next.now ? element("p", { class: "wl-today" }, `Now: ${next.now}.`) : null,
    element("p", {}, element("a", { href: next.spec, target: "_blank", rel: "noopener" }, "the rule in the specification")),
  );
}

export function position(state) {
  return `step ${state.tick} of ${state.last}`;
}

export function sentence(state) {
  const next = state.instruction;
  return `${position(state)}: ${next && state.state === "paused" ? `next ${next.text}. ${next.now}` : state.message}`;
}

export function allPanes(source, state, go, toggle) {
  const panes = element(
    "div",
    { class: "wl-panes" },
    sourcePane(source, state, toggle),
    element("div", { class: "wl-column" }, explanationPane(state), displaysPane(state), stackPane(state), variablesPane("Locals", state.locals)),
    element(
      "div",
      { class: "wl-column" },
      framesPane(state),
      labelsPane(state),
      state.globals.length ? variablesPane("Globals", state.globals) : null,
      outputPane(state),
    ),
    memoryPane(state, go),
  );
  return panes;
}

// Does it once root is laid out, and when it becomes visible again.
export function keepCurrentLineShown(root) {
  const watcher = new ResizeObserver(() => showCurrentLine(root));
  watcher.observe(root);
  return () => watcher.disconnect();
}

// Scrolls within the list alone: the page stays where its reader is.
export function showCurrentLine(root) {
  const list = root.querySelector(".wl-source");
  const line = list?.querySelector(".wl-now");
  if (line) list.scrollTop = line.offsetTop - list.clientHeight / 2;
}
