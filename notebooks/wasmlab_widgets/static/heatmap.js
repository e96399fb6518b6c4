// The heat map: which bytes were written when. Columns are time, rows are addresses.
import { bytesOf, element, hex, widget } from "./dom.js";
import { linkTo } from "./link.js";

const CELL = 8;

function paint(canvas, map, counts) {
  const pen = canvas.getContext("2d");
  const most = Math.max(1, ...counts);
  counts.forEach((count, at) => {
    if (!count) return;
    pen.fillStyle = `hsl(25 95% 50% / ${0.35 + (0.65 * count) / most})`;
    pen.fillRect((at % map.columns) * CELL, Math.floor(at / map.columns) * CELL, CELL - 1, CELL - 1);
  });
}

// Frames lie over the canvas: their colour follows the theme.
function place(frame, column, row, height) {
  frame.hidden = false;
  frame.style.left = `${column * CELL}px`;
  frame.style.top = `${row * CELL}px`;
  frame.style.width = `${CELL}px`;
  frame.style.height = `${height * CELL}px`;
}

export default {
  render({ model, el }) {
    const trouble = element("p", { class: "wl-trouble", role: "alert" });
    const send = linkTo(model, (text) => { trouble.textContent = text; });
    const map = model.get("map");
    const counts = bytesOf(map.counts);
    const axes = `Each row is ${map.bytes} bytes, from address 0x${hex(map.lowest, 1)} down; each column ${map.ticks} ${map.ticks === 1 ? "step" : "steps"}.`;
    const canvas = element("canvas", {
      width: map.columns * CELL, height: map.rows * CELL, class: "wl-map", tabindex: "0", role: "application",
      "aria-label": `${map.summary}. ${axes} Arrow keys move, Enter goes to the step.`,
    });
    const said = element("p", { class: "wl-status", role: "status", "aria-live": "polite" }, `${map.summary}.`);
    const now = element("div", { class: "wl-frame", hidden: true });
    const here = element("div", { class: "wl-frame", hidden: true });
    let pointed = null;
    const draw = () => place(now, Math.floor((model.get("tick") - map.first) / map.ticks), 0, map.rows);
    function point(column, row) {
      pointed = {
        column: Math.max(0, Math.min(map.columns - 1, column)),
        row: Math.max(0, Math.min(map.rows - 1, row)),
      };
      const address = map.lowest + pointed.row * map.bytes;
      const count = counts[pointed.row * map.columns + pointed.column];
      said.textContent = `Step ${stepOf(pointed.column)}, address 0x${hex(address, 1)}: ${count} bytes changed.`;
      place(here, pointed.column, pointed.row, 1);
    }
    const stepOf = (column) => map.first + column * map.ticks;
    const go = () => pointed && send("goto", stepOf(pointed.column));
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    canvas.addEventListener("mousemove", (event) => point(Math.floor(event.offsetX / CELL), Math.floor(event.offsetY / CELL)));
    canvas.addEventListener("click", go);
    canvas.addEventListener("keydown", (event) => {
      const from = pointed ?? { column: 0, row: 0 };
      if (event.key === "Enter") go();
      else if (moves[event.key]) point(from.column + moves[event.key][0], from.row + moves[event.key][1]);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    const hint = element("p", { class: "wl-none" }, axes, " The outlined column is now; a click goes to its step.");
    el.replaceChildren(widget({}, said, element("div", { class: "wl-scroll" }, element("div", { class: "wl-over" }, canvas, now, here)), hint, trouble));
    model.on("change:tick", draw);
    paint(canvas, map, counts);
    draw();
    return () => model.off("change:tick", draw);
  },
};
