// SPDX-License-Identifier: GPL-2.0-only
// Runs a few threads one at a time, in every order that makes a difference. Between two requests for a lock a
// thread touches only what its locks guard (clang checks that), so an order of the requests for locks is all
// that an interleaving is. Orders that differ only in neighbours about different locks lead to the same, and
// are tried once (sleep sets; Godefroid, "Partial-Order Methods", 1996).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

namespace famfs::test {

struct LockState {
    int holders = 0;
    bool shared = false;
};

/// Which threads ran at each step, and which others might have.
class Exploration {
public:
    /// To the next order; false: all were tried.
    bool next();
    [[nodiscard]] std::size_t orders() const { return orders_; }

private:
    friend class Scheduler;
    using Threads = unsigned; ///< a bit each
    struct Step {
        Threads enabled = 0;
        Threads asleep = 0; ///< what they would do was done in an order that was tried
        Threads tried = 0;
        int chosen = -1;
    };
    std::vector<Step> steps_;
    std::size_t orders_ = 0;
};

class Scheduler {
public:
    /// Runs the threads once, as @exploration says. False: they wait for each other.
    static bool run(Exploration &exploration, const std::vector<std::function<void()>> &threads);

    // For the locks. Outside of run() they do nothing but count.
    static void acquire(LockState &lock, bool shared);
    static bool attempt(LockState &lock);
    /// A step of its own, for a lock that others only try.
    static void announce_release(LockState &lock);
    static void release(LockState &lock, bool shared);

private:
    enum class Want { start, acquire, acquire_shared, attempt, release };
    struct Held {
        const LockState *lock;
        bool shared;
    };
    struct Thread {
        std::binary_semaphore go{0};
        Want want = Want::start;
        LockState *lock = nullptr;
        std::vector<Held> held;
        bool done = false;
    };

    explicit Scheduler(Exploration &exploration) : exploration_(exploration) {}
    bool start(const std::vector<std::function<void()>> &threads);
    void point(Want want, LockState *lock);
    void pass_on();
    [[nodiscard]] int choose();
    [[nodiscard]] bool enabled(const Thread &thread) const;
    [[nodiscard]] bool independent(const Thread &left, const Thread &right) const;
    static std::vector<Held> touched(const Thread &thread);
    void run_as(int thread, const std::function<void()> &work);
    static void set_to_work(int thread, std::function<void()> work);

    Exploration &exploration_;
    std::vector<std::unique_ptr<Thread>> threads_;
    std::size_t depth_ = 0;
    bool redundant_ = false; ///< an equal order was tried: only to its end now
    bool stuck_ = false;
    Exploration::Threads asleep_ = 0; ///< at the next step
    std::binary_semaphore ended_{0};

    static thread_local int self;
    static Scheduler *active;
};

} // namespace famfs::test
