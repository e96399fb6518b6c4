// title: Objects and exceptions in Kotlin
// shows: Objects on the collected heap: a tree is built and walked, and a fault in it is caught.
// run: wasmlab run samples/kotlin/shapes.wasm
// expect: (2 + 3) * 4 = 20
// expect: 7 / (5 - 5): division by zero
// expect: 100 trees, 2200 in all
// exit: 0

sealed class Expr

class Number(val value: Int) : Expr() {
    override fun toString() = "$value"
}

class Binary(val operator: Char, val left: Expr, val right: Expr) : Expr() {
    override fun toString() = "${inner(left)} $operator ${inner(right)}"

    private fun inner(part: Expr) = if (part is Binary) "($part)" else "$part"
}

class Fault(message: String) : Exception(message)

fun evaluate(expr: Expr): Int = when (expr) {
    is Number -> expr.value
    is Binary -> apply(expr.operator, evaluate(expr.left), evaluate(expr.right))
}

fun apply(operator: Char, left: Int, right: Int): Int = when (operator) {
    '+' -> left + right
    '-' -> left - right
    '*' -> left * right
    '/' -> if (right == 0) throw Fault("division by zero") else left / right
    else -> throw IllegalArgumentException("no operator $operator")
}

fun report(expr: Expr) {
    try {
        println("$expr = ${evaluate(expr)}")
    } catch (fault: Fault) {
        println("$expr: ${fault.message}")
    }
}

fun sum(count: Int): Expr =
    (2..count).fold(Number(1) as Expr) { tree, n -> Binary('+', tree, Number(n)) }

fun main() {
    report(Binary('*', Binary('+', Number(2), Number(3)), Number(4)))
    report(Binary('/', Number(7), Binary('-', Number(5), Number(5))))
    val trees = 100
    val total = (1..trees).sumOf { evaluate(sum(it % 10 + 1)) }
    println("$trees trees, $total in all")
}
