// Two futures side by side: what differs in their states.
import { element } from "./dom.js";

export default {
  render({ model, el }) {
    function draw() {
      const diff = model.get("diff");
      const rows = diff.rows.map((row) => element("tr", {}, element("th", { scope: "row" }, row.what), element("td", {}, row.left), element("td", {}, row.right)));
      const heads = ["", diff.left, diff.right].map((text) => element("th", { scope: "col" }, text || "what"));
      const table = element("table", {}, element("thead", {}, element("tr", {}, heads)), element("tbody", {}, rows));
      const said = element("p", { class: "wl-status", role: "status", "aria-live": "polite" }, diff.summary);
      el.replaceChildren(element("div", { class: "wasmlab" }, said, rows.length ? table : null));
    }
    model.on("change:diff", draw);
    draw();
    return () => model.off("change:diff", draw);
  },
};
