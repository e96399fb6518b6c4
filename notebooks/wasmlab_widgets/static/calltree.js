// The call tree: which function called which, and when.
import { button, element } from "./dom.js";
import { linkTo } from "./link.js";

export default {
  render({ model, el }) {
    const trouble = element("p", { class: "wl-trouble", role: "alert" });
    const send = linkTo(model, (text) => { trouble.textContent = text; });
    function node(call) {
      const end = call.end === null ? "open" : `to step ${call.end}`;
      const go = button(`step ${call.begin}`, `go to step ${call.begin}`, () => send("goto", call.begin));
      const name = [element("code", {}, call.name), " ", go, " ", element("small", {}, end)];
      if (!call.calls.length) return element("li", {}, ...name);
      return element("li", {}, element("details", { open: true }, element("summary", {}, element("code", {}, call.name)), go, " ", element("small", {}, end), element("ul", {}, call.calls.map(node))));
    }
    el.replaceChildren(element("div", { class: "wasmlab" }, element("ul", { class: "wl-tree" }, model.get("calls").map(node)), trouble));
  },
};
