// The heat map: which bytes were written when. Columns are time, rows are addresses.
import { bytesOf, element, hex } from "./dom.js";
import { linkTo } from "./link.js";

const CELL = 6;

export default {
  render({ model, el }) {
    const trouble = element("p", { class: "wl-trouble", role: "alert" });
    const send = linkTo(model, (text) => { trouble.textContent = text; });
    const map = model.get("map");
    const counts = bytesOf(map.counts);
    const most = Math.max(1, ...counts);
    const canvas = element("canvas", { width: map.columns * CELL, height: map.rows * CELL, role: "img", "aria-label": map.summary });
    const said = element("p", { class: "wl-status", role: "status" }, map.summary);
    const pen = canvas.getContext("2d");
    counts.forEach((count, at) => {
      if (!count) return;
      pen.fillStyle = `hsl(25 95% 50% / ${0.25 + (0.75 * count) / most})`;
      pen.fillRect((at % map.columns) * CELL, Math.floor(at / map.columns) * CELL, CELL - 1, CELL - 1);
    });
    function cellAt(event) {
      const column = Math.min(map.columns - 1, Math.floor(event.offsetX / CELL));
      const row = Math.min(map.rows - 1, Math.floor(event.offsetY / CELL));
      return { tick: map.first + column * map.ticks, address: map.lowest + row * map.bytes, count: counts[row * map.columns + column] };
    }
    canvas.addEventListener("mousemove", (event) => {
      const cell = cellAt(event);
      said.textContent = `step ${cell.tick}, address 0x${hex(cell.address, 1)}: ${cell.count} writes`;
    });
    canvas.addEventListener("click", (event) => send("goto", cellAt(event).tick));
    el.replaceChildren(element("div", { class: "wasmlab wl-scroll", tabindex: "0", role: "group", "aria-label": "memory over time" }, canvas, said, trouble));
  },
};
