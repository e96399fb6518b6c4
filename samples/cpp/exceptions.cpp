// title: Exceptions in C++
// shows: Exceptions thrown through several frames, caught by type, and thrown again.
// run: wasmlab run samples/cpp/exceptions.wasm
// expect: order 3: 12
// expect: order -1: closing the box, closing the drawer, not a number of pieces: -1
// expect: order 7: closing the box, closing the drawer, lost: box 7
// expect: order 9: closing the box, closing the drawer, something else
// exit: 0

// exceptions.wasm has the instructions of WebAssembly 3.0: try_table, throw_ref.

#include <cstdio>
#include <exception>
#include <initializer_list>

namespace {

class BadCount : public std::exception {
public:
    explicit BadCount(int count) {
        std::snprintf(text, sizeof text, "not a number of pieces: %d", count);
    }
    const char *what() const noexcept override { return text; }

private:
    char text[40];
};

struct Lost {
    int box;
};

/* Says its name when it goes out of scope, by return or by an exception. */
class Guard {
public:
    explicit Guard(const char *name) : name(name) {}
    ~Guard() {
        if (std::uncaught_exceptions() > 0)
            std::printf("closing the %s, ", name);
    }
    Guard(const Guard &) = delete;
    Guard &operator=(const Guard &) = delete;

private:
    const char *name;
};

[[gnu::noinline]] int count_pieces(int order) {
    Guard box("box");
    if (order < 0)
        throw BadCount(order);
    if (order == 7)
        throw Lost{order};
    if (order == 9)
        throw "nine";
    return order * 4;
}

[[gnu::noinline]] int open_drawer(int order) {
    Guard drawer("drawer");
    return count_pieces(order);
}

[[gnu::noinline]] int fulfil(int order) {
    try {
        return open_drawer(order);
    } catch (const Lost &lost) {
        std::printf("lost: ");
        throw;
    }
}

void report(int order) {
    std::printf("order %d: ", order);
    try {
        std::printf("%d\n", fulfil(order));
    } catch (const std::exception &error) {
        std::printf("%s\n", error.what());
    } catch (const Lost &lost) {
        std::printf("box %d\n", lost.box);
    } catch (...) {
        std::printf("something else\n");
    }
}

} // namespace

int main() {
    for (int order : {3, -1, 7, 9})
        report(order);
}
