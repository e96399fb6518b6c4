// The stepper: all panes, with controls forward and back.
import { button, element, widget } from "./dom.js";
import { linkTo } from "./link.js";
import { allPanes, keepCurrentLineShown, position, sentence, showCurrentLine } from "./panes.js";

const CONTROLS = [
  // key, text, what it does, command
  ["Home", "|◀", "to the start", "to_start"],
  ["B", "◀ run", "run backwards to a breakpoint or the start", "reverse_run"],
  ["O", "◀ over", "back over a call", "reverse_over"],
  ["S", "◀", "one step back", "step_back"],
  ["s", "▶", "one step", "step"],
  ["o", "over ▶", "step over a call", "step_over"],
  ["u", "out ▶", "run until the function returns", "step_out"],
  ["c", "run ▶", "run to a breakpoint or the end", "run"],
  ["End", "▶|", "to the last recorded step", "to_end"],
  ["[", "◀ event", "to the event before: a host call, output, a breakpoint", "previous_event"],
  ["]", "event ▶", "to the next recorded event", "next_event"],
];

export default {
  render({ model, el }) {
    const live = element("p", { class: "wl-status", role: "status", "aria-live": "polite" });
    const trouble = element("p", { class: "wl-trouble", role: "alert" });
    const send = linkTo(model, (text) => { trouble.textContent = text; });
    const buttons = CONTROLS.map(([key, text, label, command]) =>
      button(text, `${label} (${key})`, () => send(command), { "data-command": command }),
    );
    buttons.push(button("● break", "set or remove a breakpoint at this instruction (b)", breakHere, { "data-command": "toggle_break" }));
    const where = element("output", { class: "wl-where" });
    const bar = element("div", { class: "wl-bar", role: "toolbar", "aria-label": "steps" }, buttons, where);
    const body = element("div", {});
    const box = widget({ onkeydown: pressed }, bar, live, trouble, body);

    function pressed(event) {
      if (event.target.tagName === "INPUT" || event.ctrlKey || event.altKey || event.metaKey) return;
      const found = CONTROLS.find(([key]) => key === event.key);
      if (!found && event.key !== "b") return;
      event.preventDefault();
      event.stopPropagation();
      if (found) send(found[3]);
      else breakHere();
    }

    function breakHere() {
      const place = model.get("state").location;
      if (place) send("toggle_break", place.offset);
    }

    function draw() {
      const state = model.get("state");
      where.textContent = position(state);
      live.textContent = sentence(state);
      const focused = body.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
      body.replaceChildren(allPanes(model.get("source"), state, (at) => send("show_memory", at), (offset) => send("toggle_break", offset)));
      if (focused) body.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
      showCurrentLine(body);
    }

    model.on("change:state", draw);
    model.on("change:source", draw);
    el.replaceChildren(box);
    draw();
    const leave = keepCurrentLineShown(body);
    return () => { leave(); model.off("change:state", draw); model.off("change:source", draw); };
  },
};
