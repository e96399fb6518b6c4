/* A small Lisp: reader, compiler to bytecode, virtual machine, collected heap, big integers.
 *
 * `lisp(n)` evaluates the programs at the end of this file n times and returns a checksum of all that
 * they print. Nothing comes from a C library. Built into lisp.wasm by
 *
 *     python -m ziglang cc -target wasm32-freestanding -mcpu=mvp -O2 -fno-builtin -nostdlib \
 *       -Wl,--no-entry -Wl,-z,stack-size=131072 -Wl,--strip-all -o lisp.wasm lisp.c
 */

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int i32;

#define EXPORT(name) __attribute__((export_name(#name)))

/* ---- values -------------------------------------------------------------------------------
 *
 * A value is a word. Odd words are small integers of 31 bits, even ones point to objects.
 */

typedef u32 Value;

enum Kind {
    FREE,
    PAIR,
    SYMBOL,
    STRING,
    VECTOR,
    BIGNUM,
    CLOSURE,
    BUILTIN,
    ENVIRONMENT,
    CODE,
    SPECIAL,
};

typedef struct Object {
    u8 kind;
    u8 marked;
    u8 negative; /* of big integers */
    u8 unused;
    u32 length; /* words or bytes of the body, by kind */
    struct Object *next;
    union {
        Value words[1];
        u8 bytes[4];
    } body;
} Object;

#define IS_INT(v) ((v) & 1)
#define INT(n) ((Value)(((u32)(n) << 1) | 1))
#define TO_INT(v) ((i32)(v) >> 1)
#define OBJECT(v) ((Object *)(v))
#define VALUE(o) ((Value)(o))
#define SMALLEST (-(1 << 30))
#define LARGEST ((1 << 30) - 1)

static Value nil, truth, unbound;

/* ---- memory ------------------------------------------------------------------------------- */

#define HEAP_BYTES (1 << 20)
#define SIZES 34

static u8 heap[HEAP_BYTES] __attribute__((aligned(16)));
static u32 heap_used;
static Object *all_objects;
static Object *free_lists[SIZES];
static u32 allocated_since, collections;

#define STACK_WORDS 16384
static Value stack[STACK_WORDS];
static u32 sp;

#define ROOTS 4096
static Value roots[ROOTS];
static u32 root_count;

static Value symbols;      /* a vector of buckets */
static Value protected_[8]; /* values that must live: library, constants */

static void fail(u32 code);

static void copy_bytes(u8 *to, const u8 *from, u32 count)
{
    for (u32 i = 0; i < count; i++)
        to[i] = from[i];
}

static u32 words_of(const Object *o)
{
    if (o->kind == STRING)
        return (o->length + 4) / 4;
    return o->length ? o->length : 1;
}

static u32 size_class(u32 words)
{
    u32 class = 0, room = 1;
    while (room < words) {
        room += class < 8 ? 1 : room / 2;
        class++;
    }
    return class < SIZES ? class : SIZES - 1;
}

static u32 room_of(u32 class)
{
    u32 room = 1;
    for (u32 i = 0; i < class; i++)
        room += i < 8 ? 1 : room / 2;
    return room;
}

static void push_root(Value v)
{
    if (root_count == ROOTS)
        fail(1);
    roots[root_count++] = v;
}

#define MARK_STACK 32768
static Object *mark_stack[MARK_STACK];
static u32 mark_top;

static void mark_later(Value v)
{
    if (v == 0 || IS_INT(v))
        return;
    Object *o = OBJECT(v);
    if (o->marked)
        return;
    o->marked = 1;
    if (mark_top == MARK_STACK)
        fail(2);
    mark_stack[mark_top++] = o;
}

static void mark_all(void)
{
    while (mark_top) {
        Object *o = mark_stack[--mark_top];
        switch (o->kind) {
        case STRING:
        case BIGNUM:
        case BUILTIN:
            break;
        default:
            for (u32 i = 0; i < o->length; i++)
                mark_later(o->body.words[i]);
        }
    }
}

static void collect(void)
{
    collections++;
    mark_later(nil);
    mark_later(truth);
    mark_later(unbound);
    mark_later(symbols);
    for (u32 i = 0; i < 8; i++)
        mark_later(protected_[i]);
    for (u32 i = 0; i < sp; i++)
        mark_later(stack[i]);
    for (u32 i = 0; i < root_count; i++)
        mark_later(roots[i]);
    mark_all();
    Object **link = &all_objects;
    while (*link) {
        Object *o = *link;
        if (o->marked) {
            o->marked = 0;
            link = &o->next;
        } else {
            u32 class = size_class(words_of(o));
            *link = o->next;
            o->kind = FREE;
            o->next = free_lists[class];
            free_lists[class] = o;
        }
    }
    allocated_since = 0;
}

static Object *allocate(u32 kind, u32 words, u32 length)
{
    u32 class = size_class(words ? words : 1);
    u32 bytes = 12 + 4 * room_of(class);
    if (allocated_since > HEAP_BYTES / 4)
        collect();
    Object *o = free_lists[class];
    if (o) {
        free_lists[class] = o->next;
    } else {
        if (heap_used + bytes > HEAP_BYTES)
            collect();
        o = free_lists[class];
        if (o) {
            free_lists[class] = o->next;
        } else {
            if (heap_used + bytes > HEAP_BYTES)
                fail(3);
            o = (Object *)(heap + heap_used);
            heap_used += bytes;
        }
    }
    allocated_since += bytes;
    o->kind = (u8)kind;
    o->marked = 0;
    o->negative = 0;
    o->length = length;
    o->next = all_objects;
    all_objects = o;
    for (u32 i = 0; i < (words ? words : 1); i++)
        o->body.words[i] = 0;
    return o;
}

static Value cons(Value head, Value tail)
{
    push_root(head);
    push_root(tail);
    Object *o = allocate(PAIR, 2, 2);
    root_count -= 2;
    o->body.words[0] = head;
    o->body.words[1] = tail;
    return VALUE(o);
}

static int is_kind(Value v, u32 kind)
{
    return !IS_INT(v) && OBJECT(v)->kind == kind;
}

static Value head_of(Value v)
{
    if (!is_kind(v, PAIR))
        fail(10);
    return OBJECT(v)->body.words[0];
}

static Value tail_of(Value v)
{
    if (!is_kind(v, PAIR))
        fail(11);
    return OBJECT(v)->body.words[1];
}

static Value make_vector(u32 length, Value fill)
{
    push_root(fill);
    Object *o = allocate(VECTOR, length, length);
    root_count--;
    for (u32 i = 0; i < length; i++)
        o->body.words[i] = fill;
    return VALUE(o);
}

static Value make_string(const u8 *text, u32 length)
{
    Object *o = allocate(STRING, (length + 4) / 4, length);
    copy_bytes(o->body.bytes, text, length);
    return VALUE(o);
}

/* ---- symbols ------------------------------------------------------------------------------
 *
 * A symbol has its name and its global value. They are kept in a table of buckets.
 */

#define BUCKETS 127

static u32 hash_of(const u8 *text, u32 length)
{
    u32 hash = 2166136261u;
    for (u32 i = 0; i < length; i++)
        hash = (hash ^ text[i]) * 16777619u;
    return hash;
}

static int same_text(Value string, const u8 *text, u32 length)
{
    Object *o = OBJECT(string);
    if (o->length != length)
        return 0;
    for (u32 i = 0; i < length; i++)
        if (o->body.bytes[i] != text[i])
            return 0;
    return 1;
}

static Value intern(const u8 *text, u32 length)
{
    u32 bucket = hash_of(text, length) % BUCKETS;
    for (Value at = OBJECT(symbols)->body.words[bucket]; at != nil; at = tail_of(at)) {
        Value symbol = head_of(at);
        if (same_text(OBJECT(symbol)->body.words[0], text, length))
            return symbol;
    }
    Value name = make_string(text, length);
    push_root(name);
    Object *o = allocate(SYMBOL, 2, 2);
    root_count--;
    o->body.words[0] = name;
    o->body.words[1] = unbound;
    push_root(VALUE(o));
    Value chain = cons(VALUE(o), OBJECT(symbols)->body.words[bucket]);
    root_count--;
    OBJECT(symbols)->body.words[bucket] = chain;
    return VALUE(o);
}

static u32 length_of_text(const char *text)
{
    u32 n = 0;
    while (text[n])
        n++;
    return n;
}

static Value named(const char *text)
{
    return intern((const u8 *)text, length_of_text(text));
}

/* ---- big integers ------------------------------------------------------------------------
 *
 * Magnitudes are words of nine decimal digits, the lowest first. Results that fit are small.
 */

#define BASE 1000000000u
#define MAX_DIGITS 600

typedef struct {
    u32 digits[MAX_DIGITS];
    u32 count;
    u32 negative;
} Big;

static Big left_big, right_big, result_big;

static void trim(Big *b)
{
    while (b->count && b->digits[b->count - 1] == 0)
        b->count--;
    if (b->count == 0)
        b->negative = 0;
}

static void to_big(Value v, Big *b)
{
    if (IS_INT(v)) {
        i32 n = TO_INT(v);
        u32 magnitude = n < 0 ? (u32)-n : (u32)n;
        b->negative = n < 0;
        b->digits[0] = magnitude % BASE;
        b->digits[1] = magnitude / BASE;
        b->count = 2;
    } else if (is_kind(v, BIGNUM)) {
        Object *o = OBJECT(v);
        b->negative = o->negative;
        b->count = o->length;
        for (u32 i = 0; i < o->length; i++)
            b->digits[i] = o->body.words[i];
    } else {
        fail(20);
    }
    trim(b);
}

static Value from_big(Big *b)
{
    trim(b);
    if (b->count <= 2) {
        u64 magnitude = b->count > 0 ? b->digits[0] : 0;
        if (b->count > 1)
            magnitude += (u64)b->digits[1] * BASE;
        if (magnitude <= LARGEST)
            return INT(b->negative ? -(i32)magnitude : (i32)magnitude);
    }
    Object *o = allocate(BIGNUM, b->count, b->count);
    o->negative = (u8)b->negative;
    for (u32 i = 0; i < b->count; i++)
        o->body.words[i] = b->digits[i];
    return VALUE(o);
}

static i32 compare_magnitudes(const Big *a, const Big *b)
{
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (u32 i = a->count; i-- > 0;)
        if (a->digits[i] != b->digits[i])
            return a->digits[i] < b->digits[i] ? -1 : 1;
    return 0;
}

static void add_magnitudes(const Big *a, const Big *b, Big *out)
{
    u32 carry = 0, i = 0;
    for (; i < a->count || i < b->count || carry; i++) {
        u32 sum = carry;
        if (i >= MAX_DIGITS)
            fail(21);
        if (i < a->count)
            sum += a->digits[i];
        if (i < b->count)
            sum += b->digits[i];
        carry = sum >= BASE;
        out->digits[i] = carry ? sum - BASE : sum;
    }
    out->count = i;
}

static void subtract_magnitudes(const Big *a, const Big *b, Big *out)
{
    u32 borrow = 0;
    for (u32 i = 0; i < a->count; i++) {
        u32 take = borrow + (i < b->count ? b->digits[i] : 0);
        borrow = a->digits[i] < take;
        out->digits[i] = a->digits[i] + (borrow ? BASE : 0) - take;
    }
    out->count = a->count;
}

static Value add_big(Value a, Value b, u32 negate)
{
    to_big(a, &left_big);
    to_big(b, &right_big);
    right_big.negative ^= negate;
    if (left_big.negative == right_big.negative) {
        add_magnitudes(&left_big, &right_big, &result_big);
        result_big.negative = left_big.negative;
    } else if (compare_magnitudes(&left_big, &right_big) >= 0) {
        subtract_magnitudes(&left_big, &right_big, &result_big);
        result_big.negative = left_big.negative;
    } else {
        subtract_magnitudes(&right_big, &left_big, &result_big);
        result_big.negative = right_big.negative;
    }
    return from_big(&result_big);
}

static Value multiply_big(Value a, Value b)
{
    to_big(a, &left_big);
    to_big(b, &right_big);
    if (left_big.count + right_big.count > MAX_DIGITS)
        fail(22);
    result_big.count = left_big.count + right_big.count;
    for (u32 i = 0; i < result_big.count; i++)
        result_big.digits[i] = 0;
    for (u32 i = 0; i < left_big.count; i++) {
        u64 carry = 0;
        for (u32 j = 0; j < right_big.count || carry; j++) {
            u64 digit = result_big.digits[i + j] + carry;
            if (j < right_big.count)
                digit += (u64)left_big.digits[i] * right_big.digits[j];
            result_big.digits[i + j] = (u32)(digit % BASE);
            carry = digit / BASE;
        }
    }
    result_big.negative = left_big.negative ^ right_big.negative;
    return from_big(&result_big);
}

static u32 divide_by_small(Big *b, u32 divisor)
{
    u64 rest = 0;
    for (u32 i = b->count; i-- > 0;) {
        u64 at = rest * BASE + b->digits[i];
        b->digits[i] = (u32)(at / divisor);
        rest = at % divisor;
    }
    trim(b);
    return (u32)rest;
}

static i32 compare(Value a, Value b)
{
    if (IS_INT(a) && IS_INT(b))
        return TO_INT(a) < TO_INT(b) ? -1 : TO_INT(a) > TO_INT(b);
    to_big(a, &left_big);
    to_big(b, &right_big);
    if (left_big.negative != right_big.negative)
        return left_big.negative ? -1 : 1;
    i32 order = compare_magnitudes(&left_big, &right_big);
    return left_big.negative ? -order : order;
}

static Value add(Value a, Value b)
{
    if (IS_INT(a) && IS_INT(b)) {
        i32 sum = TO_INT(a) + TO_INT(b);
        if (sum >= SMALLEST && sum <= LARGEST)
            return INT(sum);
    }
    return add_big(a, b, 0);
}

static Value subtract(Value a, Value b)
{
    if (IS_INT(a) && IS_INT(b)) {
        i32 rest = TO_INT(a) - TO_INT(b);
        if (rest >= SMALLEST && rest <= LARGEST)
            return INT(rest);
    }
    return add_big(a, b, 1);
}

static Value multiply(Value a, Value b)
{
    if (IS_INT(a) && IS_INT(b)) {
        long long product = (long long)TO_INT(a) * TO_INT(b);
        if (product >= SMALLEST && product <= LARGEST)
            return INT(product);
    }
    return multiply_big(a, b);
}

static Value quotient(Value a, Value b)
{
    if (!IS_INT(b) || TO_INT(b) == 0)
        fail(23);
    i32 divisor = TO_INT(b);
    if (IS_INT(a))
        return INT(TO_INT(a) / divisor);
    to_big(a, &result_big);
    divide_by_small(&result_big, divisor < 0 ? (u32)-divisor : (u32)divisor);
    result_big.negative ^= divisor < 0;
    return from_big(&result_big);
}

static Value rest_of_division(Value a, Value b)
{
    if (!IS_INT(b) || TO_INT(b) == 0)
        fail(24);
    i32 divisor = TO_INT(b);
    if (IS_INT(a))
        return INT(TO_INT(a) % divisor);
    to_big(a, &result_big);
    u32 negative = result_big.negative;
    i32 rest = (i32)divide_by_small(&result_big, divisor < 0 ? (u32)-divisor : (u32)divisor);
    return INT(negative ? -rest : rest);
}

/* ---- printing ----------------------------------------------------------------------------
 *
 * What is printed goes into a checksum; the last bytes stay readable in memory.
 */

#define OUTPUT 4096
static u8 output[OUTPUT];
static u32 output_length, checksum;

static void print_byte(u8 byte)
{
    output[output_length++ % OUTPUT] = byte;
    checksum = (checksum ^ byte) * 16777619u;
}

static void print_text(const char *text)
{
    while (*text)
        print_byte((u8)*text++);
}

static void print_digits(u32 n, u32 at_least)
{
    u8 digits[10];
    u32 count = 0;
    while (n || count < at_least) {
        digits[count++] = (u8)('0' + n % 10);
        n /= 10;
    }
    while (count)
        print_byte(digits[--count]);
}

static void print_number(Value v)
{
    if (IS_INT(v)) {
        i32 n = TO_INT(v);
        if (n < 0)
            print_byte('-');
        print_digits(n < 0 ? (u32)-n : (u32)n, 1);
        return;
    }
    Object *o = OBJECT(v);
    if (o->negative)
        print_byte('-');
    print_digits(o->body.words[o->length - 1], 1);
    for (u32 i = o->length - 1; i-- > 0;)
        print_digits(o->body.words[i], 9);
}

static void print_value(Value v);

static void print_list(Value v)
{
    print_byte('(');
    while (1) {
        print_value(head_of(v));
        v = tail_of(v);
        if (!is_kind(v, PAIR))
            break;
        print_byte(' ');
    }
    if (v != nil) {
        print_text(" . ");
        print_value(v);
    }
    print_byte(')');
}

static void print_bytes(Value string)
{
    Object *o = OBJECT(string);
    for (u32 i = 0; i < o->length; i++)
        print_byte(o->body.bytes[i]);
}

static void print_value(Value v)
{
    if (IS_INT(v)) {
        print_number(v);
        return;
    }
    switch (OBJECT(v)->kind) {
    case PAIR:
        print_list(v);
        break;
    case SYMBOL:
        print_bytes(OBJECT(v)->body.words[0]);
        break;
    case STRING:
        print_bytes(v);
        break;
    case BIGNUM:
        print_number(v);
        break;
    case VECTOR:
        print_byte('#');
        print_byte('(');
        for (u32 i = 0; i < OBJECT(v)->length; i++) {
            if (i)
                print_byte(' ');
            print_value(OBJECT(v)->body.words[i]);
        }
        print_byte(')');
        break;
    case CLOSURE:
    case BUILTIN:
        print_text("#<function>");
        break;
    default:
        print_text(v == nil ? "()" : v == truth ? "#t" : "#<?>");
    }
}

static void fail(u32 code)
{
    print_text("error ");
    print_digits(code, 1);
    __builtin_trap();
}

/* ---- reading ------------------------------------------------------------------------------ */

typedef struct {
    const u8 *at;
    const u8 *end;
} Source;

static int is_blank(u8 c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static void skip_blanks(Source *s)
{
    while (s->at < s->end) {
        if (is_blank(*s->at)) {
            s->at++;
        } else if (*s->at == ';') {
            while (s->at < s->end && *s->at != '\n')
                s->at++;
        } else {
            return;
        }
    }
}

static int ends_word(u8 c)
{
    return is_blank(c) || c == '(' || c == ')' || c == '"' || c == ';';
}

static Value read_value(Source *s);

static Value read_list(Source *s)
{
    u32 base = root_count, count = 0;
    skip_blanks(s);
    while (s->at < s->end && *s->at != ')') {
        push_root(read_value(s));
        count++;
        skip_blanks(s);
    }
    if (s->at == s->end)
        fail(30);
    s->at++;
    Value list = nil;
    while (count--) {
        list = cons(roots[base + count], list);
        push_root(list);
        roots[base + count] = list;
        root_count--;
    }
    root_count = base;
    return list;
}

static Value read_string(Source *s)
{
    const u8 *first = s->at;
    while (s->at < s->end && *s->at != '"')
        s->at++;
    if (s->at == s->end)
        fail(31);
    Value string = make_string(first, (u32)(s->at - first));
    s->at++;
    return string;
}

static Value read_word(Source *s)
{
    const u8 *first = s->at;
    while (s->at < s->end && !ends_word(*s->at))
        s->at++;
    u32 length = (u32)(s->at - first), i = first[0] == '-' && length > 1;
    Value number = INT(0);
    for (; i < length && first[i] >= '0' && first[i] <= '9'; i++) {
        push_root(number);
        number = add(multiply(number, INT(10)), INT(first[i] - '0'));
        root_count--;
    }
    if (i < length)
        return intern(first, length);
    return first[0] == '-' ? subtract(INT(0), number) : number;
}

static Value read_value(Source *s)
{
    skip_blanks(s);
    if (s->at == s->end)
        fail(32);
    u8 c = *s->at;
    if (c == '(') {
        s->at++;
        return read_list(s);
    }
    if (c == '"') {
        s->at++;
        return read_string(s);
    }
    if (c == '\'') {
        s->at++;
        Value quoted = cons(read_value(s), nil);
        push_root(quoted);
        Value list = cons(named("quote"), quoted);
        root_count--;
        return list;
    }
    return read_word(s);
}

/* ---- compiling ----------------------------------------------------------------------------
 *
 * A function becomes a CODE object: arity, then instructions as small integers and constants.
 * Variables are found by depth and index in environments, which are vectors with a parent first.
 */

enum Op {
    CONSTANT,
    LOCAL,
    SET_LOCAL,
    OUTER,
    SET_OUTER,
    GLOBAL,
    SET_GLOBAL,
    MAKE_CLOSURE,
    JUMP,
    JUMP_IF_FALSE,
    CALL,
    TAIL_CALL,
    RETURN,
    DROP,
    ADD,
    SUBTRACT,
    LESS,
    EQUAL,
    HEAD,
    TAIL,
};

#define MAX_CODE 2048

typedef struct Scope {
    Value names; /* a list */
    struct Scope *outer;
} Scope;

static Value emitted[MAX_CODE];
static u32 emitted_count;

static Value s_quote, s_if, s_define, s_lambda, s_set, s_begin, s_let, s_while, s_cond, s_and, s_or;
static Value s_else, s_add, s_subtract, s_less, s_equal, s_head, s_tail;

static void emit(Value v)
{
    if (emitted_count == MAX_CODE)
        fail(40);
    emitted[emitted_count++] = v;
    push_root(v);
}

static u32 emit_jump(u32 op)
{
    emit(INT(op));
    emit(INT(0));
    return emitted_count - 1;
}

static void land(u32 jump)
{
    emitted[jump] = INT(emitted_count);
}

static i32 index_of(Value names, Value name)
{
    for (i32 i = 0; names != nil; names = tail_of(names), i++)
        if (head_of(names) == name)
            return i;
    return -1;
}

static void compile(Value form, Scope *scope, int tail);

static void compile_variable(Value name, Scope *scope, int set)
{
    u32 depth = 0;
    for (Scope *at = scope; at; at = at->outer, depth++) {
        i32 index = index_of(at->names, name);
        if (index < 0)
            continue;
        if (depth == 0) {
            emit(INT(set ? SET_LOCAL : LOCAL));
        } else {
            emit(INT(set ? SET_OUTER : OUTER));
            emit(INT(depth));
        }
        emit(INT(index + 1));
        return;
    }
    emit(INT(set ? SET_GLOBAL : GLOBAL));
    emit(name);
}

static void compile_body(Value forms, Scope *scope, int tail)
{
    if (forms == nil) {
        emit(INT(CONSTANT));
        emit(nil);
        return;
    }
    for (; tail_of(forms) != nil; forms = tail_of(forms)) {
        compile(head_of(forms), scope, 0);
        emit(INT(DROP));
    }
    compile(head_of(forms), scope, tail);
}

static u32 count_of(Value list)
{
    u32 n = 0;
    for (; list != nil; list = tail_of(list))
        n++;
    return n;
}

static Value compiled_function(Value names, Value body, Scope *outer)
{
    u32 first = emitted_count, base = root_count;
    Scope scope = {names, outer};
    emit(INT(count_of(names)));
    compile_body(body, &scope, 1);
    emit(INT(RETURN));
    u32 length = emitted_count - first;
    Object *code = allocate(CODE, length, length);
    for (u32 i = 0; i < length; i++)
        code->body.words[i] = emitted[first + i];
    /* jumps are counted from the function's first word */
    for (u32 i = 1; i < length;) {
        u32 op = (u32)TO_INT(code->body.words[i]);
        if (op == JUMP || op == JUMP_IF_FALSE)
            code->body.words[i + 1] = INT(TO_INT(code->body.words[i + 1]) - (i32)first);
        switch (op) {
        case OUTER:
        case SET_OUTER:
            i += 3;
            break;
        case RETURN:
        case DROP:
        case ADD:
        case SUBTRACT:
        case LESS:
        case EQUAL:
        case HEAD:
        case TAIL:
            i += 1;
            break;
        default:
            i += 2;
        }
    }
    emitted_count = first;
    root_count = base;
    return VALUE(code);
}

static void compile_closure(Value names, Value body, Scope *scope)
{
    Value code = compiled_function(names, body, scope);
    emit(INT(MAKE_CLOSURE));
    emit(code);
}

static void compile_if(Value rest, Scope *scope, int tail)
{
    compile(head_of(rest), scope, 0);
    u32 otherwise = emit_jump(JUMP_IF_FALSE);
    compile(head_of(tail_of(rest)), scope, tail);
    u32 end = emit_jump(JUMP);
    land(otherwise);
    compile_body(tail_of(tail_of(rest)), scope, tail);
    land(end);
}

static void compile_cond(Value clauses, Scope *scope, int tail)
{
    if (clauses == nil) {
        emit(INT(CONSTANT));
        emit(nil);
        return;
    }
    Value clause = head_of(clauses);
    if (head_of(clause) == s_else) {
        compile_body(tail_of(clause), scope, tail);
        return;
    }
    compile(head_of(clause), scope, 0);
    u32 next = emit_jump(JUMP_IF_FALSE);
    compile_body(tail_of(clause), scope, tail);
    u32 end = emit_jump(JUMP);
    land(next);
    compile_cond(tail_of(clauses), scope, tail);
    land(end);
}

static void compile_logic(Value forms, Scope *scope, int is_and)
{
    if (forms == nil) {
        emit(INT(CONSTANT));
        emit(is_and ? truth : nil);
        return;
    }
    if (tail_of(forms) == nil) {
        compile(head_of(forms), scope, 0);
        return;
    }
    compile(head_of(forms), scope, 0);
    u32 other = emit_jump(JUMP_IF_FALSE), end;
    if (is_and) {
        compile_logic(tail_of(forms), scope, 1);
        end = emit_jump(JUMP);
        land(other);
        emit(INT(CONSTANT));
        emit(nil);
    } else {
        emit(INT(CONSTANT));
        emit(truth);
        end = emit_jump(JUMP);
        land(other);
        compile_logic(tail_of(forms), scope, 0);
    }
    land(end);
}

static void compile_while(Value rest, Scope *scope)
{
    u32 again = emitted_count;
    compile(head_of(rest), scope, 0);
    u32 end = emit_jump(JUMP_IF_FALSE);
    compile_body(tail_of(rest), scope, 0);
    emit(INT(DROP));
    emit(INT(JUMP));
    emit(INT(again));
    land(end);
    emit(INT(CONSTANT));
    emit(nil);
}

static void compile_let(Value rest, Scope *scope, int tail)
{
    u32 count = 0;
    Value names = nil;
    for (Value at = head_of(rest); at != nil; at = tail_of(at))
        count++;
    for (u32 i = count; i-- > 0;) {
        Value at = head_of(rest);
        for (u32 j = 0; j < i; j++)
            at = tail_of(at);
        names = cons(head_of(head_of(at)), names);
        push_root(names);
    }
    compile_closure(names, tail_of(rest), scope);
    for (Value at = head_of(rest); at != nil; at = tail_of(at))
        compile(head_of(tail_of(head_of(at))), scope, 0);
    emit(INT(tail ? TAIL_CALL : CALL));
    emit(INT(count));
}

static void compile_define(Value rest, Scope *scope)
{
    Value target = head_of(rest);
    if (is_kind(target, PAIR)) {
        compile_closure(tail_of(target), tail_of(rest), scope);
        target = head_of(target);
    } else {
        compile(head_of(tail_of(rest)), scope, 0);
    }
    emit(INT(SET_GLOBAL));
    emit(target);
}

static int compile_known(Value head, Value rest, Scope *scope)
{
    u32 op;
    if (head == s_add)
        op = ADD;
    else if (head == s_subtract)
        op = SUBTRACT;
    else if (head == s_less)
        op = LESS;
    else if (head == s_equal)
        op = EQUAL;
    else if (head == s_head)
        op = HEAD;
    else if (head == s_tail)
        op = TAIL;
    else
        return 0;
    if (count_of(rest) != (op >= HEAD ? 1u : 2u))
        return 0;
    for (; rest != nil; rest = tail_of(rest))
        compile(head_of(rest), scope, 0);
    emit(INT(op));
    return 1;
}

static void compile_call(Value form, Scope *scope, int tail)
{
    Value head = head_of(form), rest = tail_of(form);
    if (compile_known(head, rest, scope))
        return;
    compile(head, scope, 0);
    u32 count = 0;
    for (; rest != nil; rest = tail_of(rest), count++)
        compile(head_of(rest), scope, 0);
    emit(INT(tail ? TAIL_CALL : CALL));
    emit(INT(count));
}

static void compile_pair(Value form, Scope *scope, int tail)
{
    Value head = head_of(form), rest = tail_of(form);
    if (head == s_quote) {
        emit(INT(CONSTANT));
        emit(head_of(rest));
    } else if (head == s_if) {
        compile_if(rest, scope, tail);
    } else if (head == s_cond) {
        compile_cond(rest, scope, tail);
    } else if (head == s_and || head == s_or) {
        compile_logic(rest, scope, head == s_and);
    } else if (head == s_while) {
        compile_while(rest, scope);
    } else if (head == s_let) {
        compile_let(rest, scope, tail);
    } else if (head == s_begin) {
        compile_body(rest, scope, tail);
    } else if (head == s_lambda) {
        compile_closure(head_of(rest), tail_of(rest), scope);
    } else if (head == s_define) {
        compile_define(rest, scope);
    } else if (head == s_set) {
        compile(head_of(tail_of(rest)), scope, 0);
        compile_variable(head_of(rest), scope, 1);
    } else {
        compile_call(form, scope, tail);
    }
}

static void compile(Value form, Scope *scope, int tail)
{
    if (is_kind(form, SYMBOL)) {
        compile_variable(form, scope, 0);
    } else if (is_kind(form, PAIR)) {
        compile_pair(form, scope, tail);
    } else {
        emit(INT(CONSTANT));
        emit(form);
    }
}

/* ---- builtins ------------------------------------------------------------------------------ */

typedef Value (*Builtin)(const Value *arguments, u32 count);

static Value truth_of(int holds)
{
    return holds ? truth : nil;
}

static Value b_multiply(const Value *a, u32 n)
{
    (void)n;
    return multiply(a[0], a[1]);
}

static Value b_quotient(const Value *a, u32 n)
{
    (void)n;
    return quotient(a[0], a[1]);
}

static Value b_remainder(const Value *a, u32 n)
{
    (void)n;
    return rest_of_division(a[0], a[1]);
}

static Value b_cons(const Value *a, u32 n)
{
    (void)n;
    return cons(a[0], a[1]);
}

static Value b_is_pair(const Value *a, u32 n)
{
    (void)n;
    return truth_of(is_kind(a[0], PAIR));
}

static Value b_is_null(const Value *a, u32 n)
{
    (void)n;
    return truth_of(a[0] == nil);
}

static Value b_print(const Value *a, u32 n)
{
    for (u32 i = 0; i < n; i++) {
        if (i)
            print_byte(' ');
        print_value(a[i]);
    }
    print_byte('\n');
    return nil;
}

static Value b_make_vector(const Value *a, u32 n)
{
    (void)n;
    return make_vector((u32)TO_INT(a[0]), a[1]);
}

static Value *element(Value vector, Value index)
{
    if (!is_kind(vector, VECTOR) || !IS_INT(index))
        fail(50);
    if ((u32)TO_INT(index) >= OBJECT(vector)->length)
        fail(51);
    return &OBJECT(vector)->body.words[TO_INT(index)];
}

static Value b_vector_get(const Value *a, u32 n)
{
    (void)n;
    return *element(a[0], a[1]);
}

static Value b_vector_set(const Value *a, u32 n)
{
    (void)n;
    return *element(a[0], a[1]) = a[2];
}

static Value b_vector_length(const Value *a, u32 n)
{
    (void)n;
    return INT(OBJECT(a[0])->length);
}

static Value b_string_length(const Value *a, u32 n)
{
    (void)n;
    return INT(OBJECT(a[0])->length);
}

static Value b_string_byte(const Value *a, u32 n)
{
    (void)n;
    if ((u32)TO_INT(a[1]) >= OBJECT(a[0])->length)
        fail(52);
    return INT(OBJECT(a[0])->body.bytes[TO_INT(a[1])]);
}

static Value b_string_append(const Value *a, u32 n)
{
    u32 first = OBJECT(a[0])->length, second = OBJECT(a[1])->length;
    (void)n;
    Object *o = allocate(STRING, (first + second + 4) / 4, first + second);
    copy_bytes(o->body.bytes, OBJECT(a[0])->body.bytes, first);
    copy_bytes(o->body.bytes + first, OBJECT(a[1])->body.bytes, second);
    return VALUE(o);
}

static Value b_substring(const Value *a, u32 n)
{
    u32 first = (u32)TO_INT(a[1]), last = (u32)TO_INT(a[2]);
    (void)n;
    if (first > last || last > OBJECT(a[0])->length)
        fail(53);
    push_root(a[0]);
    Object *o = allocate(STRING, (last - first + 4) / 4, last - first);
    root_count--;
    copy_bytes(o->body.bytes, OBJECT(a[0])->body.bytes + first, last - first);
    return VALUE(o);
}

static Value b_symbol(const Value *a, u32 n)
{
    u8 name[64];
    Object *o = OBJECT(a[0]);
    (void)n;
    if (o->length > sizeof name)
        fail(54);
    copy_bytes(name, o->body.bytes, o->length);
    return intern(name, o->length);
}

static const struct {
    const char *name;
    Builtin call;
    u32 arity;
} builtins[] = {
    {"*", b_multiply, 2},
    {"quotient", b_quotient, 2},
    {"remainder", b_remainder, 2},
    {"cons", b_cons, 2},
    {"pair?", b_is_pair, 1},
    {"null?", b_is_null, 1},
    {"print", b_print, 99},
    {"make-vector", b_make_vector, 2},
    {"vector-get", b_vector_get, 2},
    {"vector-set", b_vector_set, 3},
    {"vector-length", b_vector_length, 1},
    {"string-length", b_string_length, 1},
    {"string-byte", b_string_byte, 2},
    {"string-append", b_string_append, 2},
    {"substring", b_substring, 3},
    {"symbol", b_symbol, 1},
};

#define BUILTINS (sizeof builtins / sizeof builtins[0])

/* ---- the virtual machine -------------------------------------------------------------------
 *
 * The stack has, for each call that waits: its code, its environment and where it goes on.
 */

static void push(Value v)
{
    if (sp == STACK_WORDS)
        fail(60);
    stack[sp++] = v;
}

static Value environment_at(Value environment, u32 depth)
{
    while (depth--)
        environment = OBJECT(environment)->body.words[0];
    return environment;
}

static Value call_builtin(Value function, u32 count)
{
    u32 which = OBJECT(function)->body.words[0];
    if (builtins[which].arity != 99 && builtins[which].arity != count)
        fail(61);
    return builtins[which].call(&stack[sp - count], count);
}

/* Return the environment of a call: the arguments on the stack become its variables. */
static Value entered(Value closure, u32 count)
{
    Value code = OBJECT(closure)->body.words[0];
    if ((u32)TO_INT(OBJECT(code)->body.words[0]) != count)
        fail(62);
    Object *environment = allocate(ENVIRONMENT, count + 1, count + 1);
    environment->body.words[0] = OBJECT(closure)->body.words[1];
    for (u32 i = 0; i < count; i++)
        environment->body.words[i + 1] = stack[sp - count + i];
    return VALUE(environment);
}

static Value make_closure(Value code, Value environment)
{
    push_root(environment);
    Object *closure = allocate(CLOSURE, 2, 2);
    root_count--;
    closure->body.words[0] = code;
    closure->body.words[1] = environment;
    return VALUE(closure);
}

static Value execute(Value code, Value environment)
{
    u32 base = sp, pc = 1;
    push(code);
    push(environment);
    push(INT(0));
    u32 frame = sp;
    while (1) {
        Value *words = OBJECT(stack[frame - 3])->body.words;
        Value here = stack[frame - 2];
        switch (TO_INT(words[pc])) {
        case CONSTANT:
            push(words[pc + 1]);
            pc += 2;
            break;
        case LOCAL:
            push(OBJECT(here)->body.words[TO_INT(words[pc + 1])]);
            pc += 2;
            break;
        case SET_LOCAL:
            OBJECT(here)->body.words[TO_INT(words[pc + 1])] = stack[sp - 1];
            pc += 2;
            break;
        case OUTER: {
            Value at = environment_at(here, (u32)TO_INT(words[pc + 1]));
            push(OBJECT(at)->body.words[TO_INT(words[pc + 2])]);
            pc += 3;
            break;
        }
        case SET_OUTER: {
            Value at = environment_at(here, (u32)TO_INT(words[pc + 1]));
            OBJECT(at)->body.words[TO_INT(words[pc + 2])] = stack[sp - 1];
            pc += 3;
            break;
        }
        case GLOBAL: {
            Value v = OBJECT(words[pc + 1])->body.words[1];
            if (v == unbound)
                fail(63);
            push(v);
            pc += 2;
            break;
        }
        case SET_GLOBAL:
            OBJECT(words[pc + 1])->body.words[1] = stack[sp - 1];
            pc += 2;
            break;
        case MAKE_CLOSURE: {
            Value closure = make_closure(words[pc + 1], here);
            push(closure);
            pc += 2;
            break;
        }
        case JUMP:
            pc = (u32)TO_INT(words[pc + 1]);
            break;
        case JUMP_IF_FALSE:
            pc = stack[--sp] == nil ? (u32)TO_INT(words[pc + 1]) : pc + 2;
            break;
        case CALL:
        case TAIL_CALL: {
            u32 count = (u32)TO_INT(words[pc + 1]);
            int tail = TO_INT(words[pc]) == TAIL_CALL;
            Value function = stack[sp - count - 1];
            if (is_kind(function, BUILTIN)) {
                Value result = call_builtin(function, count);
                sp -= count;
                stack[sp - 1] = result;
                pc += 2;
                break;
            }
            if (!is_kind(function, CLOSURE))
                fail(64);
            Value environment_ = entered(function, count);
            sp -= count + 1;
            if (tail) {
                sp = frame;
                stack[frame - 3] = OBJECT(function)->body.words[0];
                stack[frame - 2] = environment_;
            } else {
                stack[frame - 1] = INT(pc + 2);
                push(INT(frame));
                push(OBJECT(function)->body.words[0]);
                push(environment_);
                push(INT(0));
                frame = sp;
            }
            pc = 1;
            break;
        }
        case RETURN: {
            Value result = stack[sp - 1];
            sp = frame - 3;
            if (sp == base)
                return result;
            frame = (u32)TO_INT(stack[--sp]);
            pc = (u32)TO_INT(stack[frame - 1]);
            push(result);
            break;
        }
        case DROP:
            sp--;
            pc++;
            break;
        case ADD:
            stack[sp - 2] = add(stack[sp - 2], stack[sp - 1]);
            sp--;
            pc++;
            break;
        case SUBTRACT:
            stack[sp - 2] = subtract(stack[sp - 2], stack[sp - 1]);
            sp--;
            pc++;
            break;
        case LESS:
            stack[sp - 2] = truth_of(compare(stack[sp - 2], stack[sp - 1]) < 0);
            sp--;
            pc++;
            break;
        case EQUAL: {
            Value a = stack[sp - 2], b = stack[sp - 1];
            int numbers = (IS_INT(a) || is_kind(a, BIGNUM)) && (IS_INT(b) || is_kind(b, BIGNUM));
            stack[sp - 2] = truth_of(a == b || (numbers && compare(a, b) == 0));
            sp--;
            pc++;
            break;
        }
        case HEAD:
            stack[sp - 1] = head_of(stack[sp - 1]);
            pc++;
            break;
        case TAIL:
            stack[sp - 1] = tail_of(stack[sp - 1]);
            pc++;
            break;
        default:
            fail(65);
        }
    }
}

/* ---- programs ------------------------------------------------------------------------------ */

static const char library[] =
    "(define (not x) (if x '() #t))"
    "(define (<= a b) (not (< b a)))"
    "(define (abs x) (if (< x 0) (- 0 x) x))"
    "(define (map f l) (if (null? l) l (cons (f (head l)) (map f (tail l)))))"
    "(define (filter f l) (cond ((null? l) l) ((f (head l)) (cons (head l) (filter f (tail l))))"
    "  (else (filter f (tail l)))))"
    "(define (fold f x l) (if (null? l) x (fold f (f x (head l)) (tail l))))"
    "(define (reverse l) (fold (lambda (a b) (cons b a)) '() l))"
    "(define (append a b) (if (null? a) b (cons (head a) (append (tail a) b))))"
    "(define (range a b) (if (< a b) (cons a (range (+ a 1) b)) '()))"
    "(define (length l) (fold (lambda (n x) (+ n 1)) 0 l))"
    "(define (compose f g) (lambda (x) (f (g x))))"
    "(define (digits n) (if (< n 10) (cons n '()) (append (digits (quotient n 10))"
    "  (cons (remainder n 10) '()))))";

static const char programs[] =
    "(define (fib n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))"
    "(print 'fib (fib 15))"
    "(define (tak x y z) (if (not (< y x)) z"
    "  (tak (tak (- x 1) y z) (tak (- y 1) z x) (tak (- z 1) x y))))"
    "(print 'tak (tak 9 5 2))"
    "(define (factorial n) (if (< n 2) 1 (* n (factorial (- n 1)))))"
    "(print 'factorial (factorial 60))"
    "(print 'digits (fold + 0 (digits (factorial 40))))"
    "(define (safe? row distance queens) (or (null? queens)"
    "  (and (not (= (head queens) row)) (not (= (abs (- (head queens) row)) distance))"
    "       (safe? row (+ distance 1) (tail queens)))))"
    "(define (queens size placed count) (if (= count size) 1"
    "  (fold + 0 (map (lambda (row) (if (safe? row 1 placed)"
    "    (queens size (cons row placed) (+ count 1)) 0)) (range 0 size)))))"
    "(print 'queens (queens 6 '() 0))"
    "(define (primes limit) (let ((sieve (make-vector limit #t)) (found '()) (i 2))"
    "  (while (< i limit)"
    "    (if (vector-get sieve i) (let ((j (* i i)))"
    "      (set! found (cons i found))"
    "      (while (< j limit) (vector-set sieve j '()) (set! j (+ j i)))))"
    "    (set! i (+ i 1)))"
    "  (reverse found)))"
    "(print 'primes (length (primes 1500)) (fold + 0 (primes 300)))"
    "(define (merge a b) (cond ((null? a) b) ((null? b) a)"
    "  ((< (head b) (head a)) (cons (head b) (merge a (tail b))))"
    "  (else (cons (head a) (merge (tail a) b)))))"
    "(define (split l a b) (if (null? l) (cons a b) (split (tail l) (cons (head l) b) a)))"
    "(define (sort l) (if (or (null? l) (null? (tail l))) l"
    "  (let ((halves (split l '() '()))) (merge (sort (head halves)) (sort (tail halves))))))"
    "(define (noise n seed) (if (= n 0) '() (cons seed"
    "  (noise (- n 1) (remainder (+ (* seed 1103) 12345) 65521)))))"
    "(define sorted (sort (noise 150 7)))"
    "(print 'sort (head sorted) (head (reverse sorted)) (length sorted))"
    "(define (repeat text n) (if (= n 0) \"\" (string-append text (repeat text (- n 1)))))"
    "(define (palindrome? s) (let ((i 0) (j (- (string-length s) 1)) (same #t))"
    "  (while (and same (< i j))"
    "    (if (not (= (string-byte s i) (string-byte s j))) (set! same '()))"
    "    (set! i (+ i 1)) (set! j (- j 1)))"
    "  same))"
    "(print 'palindrome (palindrome? (repeat \"abba\" 30)) (palindrome? (repeat \"ab\" 9)))"
    "(define counter (let ((n 0)) (lambda () (set! n (+ n 1)) n)))"
    "(counter) (counter)"
    "(print 'counter (counter) ((compose fib abs) -10))"
    "(define (power b n) (cond ((= n 0) 1)"
    "  ((= (remainder n 2) 0) (power (* b b) (quotient n 2)))"
    "  (else (* b (power b (- n 1))))))"
    "(print 'power (power 3 120) (- 0 (power 7 30)))"
    "(define (collatz n) (let ((steps 0)) (while (not (= n 1)) (set! steps (+ steps 1))"
    "  (set! n (if (= (remainder n 2) 0) (quotient n 2) (+ (* 3 n) 1)))) steps))"
    "(print 'collatz (fold (lambda (a n) (if (< a (collatz n)) (collatz n) a)) 0 (range 1 60)))";

static void evaluate_all(const char *text, u32 length)
{
    Source source = {(const u8 *)text, (const u8 *)text + length};
    while (1) {
        skip_blanks(&source);
        if (source.at == source.end)
            return;
        u32 base = root_count;
        Value form = read_value(&source);
        push_root(form);
        Value forms = cons(form, nil);
        push_root(forms);
        Value code = compiled_function(nil, forms, 0);
        push_root(code);
        Object *environment = allocate(ENVIRONMENT, 1, 1);
        environment->body.words[0] = nil;
        execute(code, VALUE(environment));
        root_count = base;
    }
}

static Value special(void)
{
    return VALUE(allocate(SPECIAL, 1, 0));
}

static void start(void)
{
    heap_used = sp = root_count = emitted_count = allocated_since = mark_top = 0;
    all_objects = 0;
    for (u32 i = 0; i < SIZES; i++)
        free_lists[i] = 0;
    for (u32 i = 0; i < 8; i++)
        protected_[i] = 0;
    nil = truth = unbound = symbols = 0;
    nil = special();
    truth = special();
    unbound = special();
    symbols = make_vector(BUCKETS, nil);
    s_quote = named("quote");
    s_if = named("if");
    s_define = named("define");
    s_lambda = named("lambda");
    s_set = named("set!");
    s_begin = named("begin");
    s_let = named("let");
    s_while = named("while");
    s_cond = named("cond");
    s_and = named("and");
    s_or = named("or");
    s_else = named("else");
    s_add = named("+");
    s_subtract = named("-");
    s_less = named("<");
    s_equal = named("=");
    s_head = named("head");
    s_tail = named("tail");
    OBJECT(named("#t"))->body.words[1] = truth;
    for (u32 i = 0; i < BUILTINS; i++) {
        Value name = named(builtins[i].name);
        Object *o = allocate(BUILTIN, 1, 1);
        o->body.words[0] = i;
        OBJECT(name)->body.words[1] = VALUE(o);
    }
    evaluate_all("(define + (lambda (a b) (+ a b)))", 33);
    evaluate_all("(define (second l) (head (tail l)))", 35);
    evaluate_all(library, sizeof library - 1);
}

EXPORT(lisp) u32 lisp(u32 times)
{
    checksum = 2166136261u;
    output_length = collections = 0;
    while (times--) {
        start();
        evaluate_all(programs, sizeof programs - 1);
    }
    return checksum;
}

EXPORT(printed) u32 printed(void)
{
    return (u32)output;
}

EXPORT(printed_length) u32 printed_length(void)
{
    return output_length;
}

EXPORT(collected) u32 collected(void)
{
    return collections;
}
