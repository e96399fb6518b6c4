"""The reference tier: every instruction of a body becomes a Python closure once, when it is bound.

A function's *body* is decoded and validated when it is first called, and bound: the result is a
``Code`` (``exec.code``), one for each function. Its instructions are those that take a tick; their
number is the *pc*. ``block``, ``loop``, ``else`` and inner ``end`` have none. Each closure takes
the frame pointer (FP), a slot of the operand stack, and knows the slots of its operands relative
to that, because the validator knows the stack's height everywhere: there is no stack pointer.

A *block* (``Block``) is a run of instructions whose flow is none (``Row.flow``), and the *control
instruction* that ends it. The machine (``exec.machine``) calls the closures of a block in order.
Those return None; that of the control instruction returns the next pc, or a *signal*, a negative
number:

- SWITCH: the innermost frame is another one now, after a call, a return or an exception;
- DONE: the first frame of the invocation has returned;
- HOST: a host function has to be called, which ``Agent.pending`` names;
- HOT_LOOP: a hot loop was left, at the place that ``Agent.left`` names.

Rules, one function for each name in ``Row.rule``, make the closures: ``exec.control`` for blocks,
branches and returns, ``exec.call``, ``exec.variable``, ``exec.exception``. Rows without a rule are
bound by their kind (``exec.bind``). A loop that runs often becomes one Python function
(``exec.hot_loop``). Between two blocks, pc and tick are kept in local variables of the machine;
whenever it returns, by an error too, they are in the frame and the store, and exact.
"""
