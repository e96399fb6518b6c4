// Requests to the kernel: each is answered, or the page says that no answer comes.

const PATIENCE = 5000;
const GONE = "disconnected: the kernel does not answer";

export function linkTo(model, tell) {
  let last = 0;
  const waiting = new Map();
  model.on("msg:custom", (message) => {
    if (!waiting.has(message.id)) return;
    clearTimeout(waiting.get(message.id));
    waiting.delete(message.id);
    tell(message.error ?? "");
  });
  return (command, ...args) => {
    last += 1;
    const id = `${Date.now()}-${Math.random()}-${last}`;
    waiting.set(id, setTimeout(() => tell(GONE), PATIENCE));
    try {
      model.send({ id, command, args });
    } catch {
      tell(GONE); // the front end has noticed already
    }
  };
}
