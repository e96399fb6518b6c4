// The call tree: which function called which, and when. The call that is open now is marked.
import { button, element, widget } from "./dom.js";
import { linkTo } from "./link.js";

export default {
  render({ model, el }) {
    const trouble = element("p", { class: "wl-trouble", role: "alert" });
    const send = linkTo(model, (text) => { trouble.textContent = text; });
    const rows = [];
    function row(call) {
      const end = call.end === null ? "still open" : `to step ${call.end}`;
      const mark = element("span", { class: "wl-mark" });
      const go = button(`step ${call.begin}`, `go to step ${call.begin}, where ${call.name} begins`, () => send("goto", call.begin));
      const made = element("span", { class: "wl-call" }, mark, element("code", {}, call.name), " ", go, " ", element("small", {}, end));
      rows.push({ call, made, mark });
      return made;
    }
    function node(call) {
      const made = row(call);
      if (!call.calls.length) return element("li", { class: "wl-leaf" }, made);
      const calls = element("ul", {}, call.calls.map(node));
      const fold = button("▾", `calls of ${call.name}`, () => {
        calls.hidden = !calls.hidden;
        fold.textContent = calls.hidden ? "▸" : "▾";
        fold.setAttribute("aria-expanded", String(!calls.hidden));
      }, { class: "wl-fold", "aria-expanded": "true" });
      return element("li", {}, fold, made, calls);
    }
    function draw() {
      const tick = model.get("tick");
      for (const { call, made, mark } of rows) {
        const open = call.begin <= tick && (call.end === null || tick < call.end);
        made.classList.toggle("wl-now", open);
        if (open) made.setAttribute("aria-current", "step");
        else made.removeAttribute("aria-current");
        mark.textContent = open ? "▶ " : "";
      }
    }
    const tree = element("ul", { class: "wl-tree", "aria-label": "calls" }, model.get("calls").map(node));
    const none = rows.length ? null : element("p", { class: "wl-none" }, "No function was called.");
    el.replaceChildren(widget({}, element("div", { class: "wl-scroll", tabindex: "0", role: "group", "aria-label": "call tree" }, tree), none, trouble));
    model.on("change:tick", draw);
    draw();
    return () => model.off("change:tick", draw);
  },
};
