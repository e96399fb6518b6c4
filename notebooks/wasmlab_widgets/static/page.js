// A page that stands alone: a recorded run with a slider over its steps.
import { button, bytesOf, element } from "./dom.js";
import { allPanes, position, sentence, showCurrentLine } from "./panes.js";

const SHOWN = 256;

// A step holds only what differs from the one before.
export function wholeStates(deltas) {
  let state = {};
  return deltas.map((delta) => (state = { ...state, ...delta }));
}

// Memory at a step: what it was at first, with all writes up to there.
export function memoryAt(recording, index) {
  if (!recording.size) return null;
  const data = new Uint8Array(recording.tracked);
  for (const [address, bytes] of recording.first) data.set(bytesOf(bytes), address);
  for (let i = 1; i <= index; i++) {
    for (const [address, bytes] of recording.writes[i] ?? []) data.set(bytesOf(bytes), address);
  }
  return data;
}

function changedBytes(recording, index) {
  const changed = [];
  for (const [address, bytes] of recording.writes[index] ?? []) {
    for (let i = 0; i < bytes.length / 2; i++) changed.push(address + i);
  }
  return changed;
}

function usedBytes(state) {
  return state.used.flatMap(([at, count]) => Array.from({ length: Math.min(count, SHOWN * SHOWN) }, (_, i) => at + i));
}

function stepLine(step) {
  if (!step) return element("p", { class: "wl-step", "data-step": "null" }, "Nothing has run yet.");
  const values = (list) => `[${list.map((value) => value.value).join(" ")}]`;
  const text = `Step ${step.tick}: ${step.instruction} ${values(step.popped)} → ${values(step.pushed)}${step.effect ? `; ${step.effect}` : ""}`;
  return element("p", { class: "wl-step", "data-step": JSON.stringify(step) }, element("code", {}, text));
}

export function openPage(root, recording) {
  const states = wholeStates(recording.states);
  let index = 0;
  let at = 0;
  const live = element("p", { class: "wl-status", role: "status", "aria-live": "polite" });
  const range = element("input", {
    type: "range", min: "0", max: states.length - 1, value: "0", "aria-label": "step", id: "wl-slider",
    oninput: () => show(Number(range.value)),
  });
  const where = element("output", { class: "wl-where", for: "wl-slider" });
  const controls = [
    ["Home", button("|◀", "to the start (Home)", () => show(0))],
    ["ArrowLeft", button("◀", "one step back (left)", () => show(index - 1))],
    ["ArrowRight", button("▶", "one step (right)", () => show(index + 1))],
    ["End", button("▶|", "to the end (End)", () => show(states.length - 1))],
  ];
  const buttons = controls.map(([, made]) => made);
  const body = element("div", {});

  function show(wanted) {
    index = Math.min(Math.max(wanted, 0), states.length - 1);
    const data = memoryAt(recording.memory, index);
    const state = { ...states[index], last: states.at(-1).tick, memory: null };
    if (data) {
      const changed = changedBytes(recording.memory, index);
      const shown = data.subarray(at, at + SHOWN);
      state.memory = { at, size: state.memory_size, data: shown, changed, touched: usedBytes(state) };
    }
    range.value = index;
    range.setAttribute("aria-valuetext", position(state));
    where.textContent = position(state);
    live.textContent = sentence(state);
    body.replaceChildren(stepLine(recording.steps[index]), allPanes(recording.source, state, (address) => {
      at = Math.min(address, Math.max(0, recording.memory.tracked - SHOWN)) & ~15;
      show(index);
    }));
    showCurrentLine(body);
  }

  document.addEventListener("keydown", (event) => {
    if (event.target.tagName === "INPUT" || event.ctrlKey || event.altKey || event.metaKey) return;
    const found = controls.find(([key]) => key === event.key);
    if (found) { event.preventDefault(); found[1].click(); }
  });
  const bar = element("div", { class: "wl-bar", role: "toolbar", "aria-label": "steps" }, buttons.slice(0, 2), range, buttons.slice(2), where);
  const note = recording.note ? element("p", { class: "wl-none" }, recording.note) : null;
  root.replaceChildren(element("div", { class: "wasmlab" }, bar, live, note, body));
  show(0);
}
