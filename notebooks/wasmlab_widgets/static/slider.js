// The time slider: every recorded step of a session, and its events.
import { button, element, widget } from "./dom.js";
import { linkTo } from "./link.js";
import { position, sentence } from "./panes.js";

export default {
  render({ model, el }) {
    const trouble = element("p", { class: "wl-trouble", role: "alert" });
    const send = linkTo(model, (text) => { trouble.textContent = text; });
    const live = element("p", { class: "wl-status", role: "status", "aria-live": "polite" });
    const range = element("input", {
      type: "range", "aria-label": "step", oninput: (event) => send("goto", Number(event.target.value)),
    });
    const back = [
      button("|◀", "to the first step", () => send("to_start")),
      button("[", "the event before", () => send("previous_event")),
      button("◀", "one step back", () => send("step_back")),
    ];
    const forth = [
      button("▶", "one step", () => send("step")),
      button("]", "the next event", () => send("next_event")),
      button("▶|", "to the last recorded step", () => send("to_end")),
    ];
    function draw() {
      const state = model.get("state");
      range.min = state.first;
      range.max = state.last;
      if (document.activeElement !== range) range.value = state.tick;
      range.setAttribute("aria-valuetext", position(state));
      live.textContent = sentence(state);
    }
    model.on("change:state", draw);
    el.replaceChildren(widget({}, element("div", { class: "wl-bar" }, back, range, forth), live, trouble));
    draw();
    return () => model.off("change:state", draw);
  },
};
