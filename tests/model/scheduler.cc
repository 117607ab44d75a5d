// SPDX-License-Identifier: GPL-2.0-only
#include "tests/model/scheduler.h"

#include <algorithm>
#include <bit>

namespace famfs::test {

thread_local int Scheduler::self = -1;
Scheduler *Scheduler::active = nullptr;

namespace {

unsigned bit(int thread) {
    return 1U << static_cast<unsigned>(thread);
}

/// A thread that lives as long as the process: there are a hundred thousand runs.
struct Worker {
    std::function<void()> work;
    std::binary_semaphore ready{0};
    std::thread thread{[this] {
        for (;;) {
            ready.acquire();
            if (!work)
                return;
            work();
        }
    }};

    Worker() = default;
    Worker(const Worker &) = delete;
    Worker &operator=(const Worker &) = delete;
    ~Worker() {
        work = nullptr;
        ready.release();
        thread.join();
    }
};

} // namespace

bool Exploration::next() {
    orders_++;
    while (!steps_.empty()) {
        Step &last = steps_.back();
        last.tried |= bit(last.chosen);
        if (const Threads left = last.enabled & ~last.asleep & ~last.tried; left != 0) {
            last.chosen = std::countr_zero(left);
            return true;
        }
        steps_.pop_back();
    }
    return false;
}

bool Scheduler::run(Exploration &exploration, const std::vector<std::function<void()>> &threads) {
    Scheduler scheduler(exploration);
    return scheduler.start(threads);
}

void Scheduler::set_to_work(int thread, std::function<void()> work) {
    static std::vector<std::unique_ptr<Worker>> workers;
    while (workers.size() <= static_cast<std::size_t>(thread))
        workers.push_back(std::make_unique<Worker>());
    Worker &worker = *workers[static_cast<std::size_t>(thread)];
    worker.work = std::move(work);
    worker.ready.release();
}

void Scheduler::run_as(int thread, const std::function<void()> &work) {
    self = thread;
    Thread &me = *threads_[static_cast<std::size_t>(thread)];
    me.go.acquire();
    work();
    me.done = true;
    pass_on();
}

bool Scheduler::start(const std::vector<std::function<void()>> &threads) {
    active = this;
    for (std::size_t i = 0; i < threads.size(); i++)
        threads_.push_back(std::make_unique<Thread>());
    for (int i = 0; i < static_cast<int>(threads.size()); i++)
        set_to_work(i, [this, i, &threads] { run_as(i, threads[static_cast<std::size_t>(i)]); });
    pass_on();
    ended_.acquire();
    active = nullptr;
    return !stuck_;
}

bool Scheduler::enabled(const Thread &thread) const {
    if (thread.done)
        return false;
    if (thread.want == Want::acquire)
        return thread.lock->holders == 0;
    return thread.want != Want::acquire_shared || thread.lock->holders == 0 || thread.lock->shared;
}

/// What its next step may look at or change.
std::vector<Scheduler::Held> Scheduler::touched(const Thread &thread) {
    std::vector<Held> locks = thread.held;
    if (thread.lock != nullptr && thread.want != Want::start)
        locks.push_back({thread.lock, thread.want == Want::acquire_shared});
    return locks;
}

bool Scheduler::independent(const Thread &left, const Thread &right) const {
    const std::vector<Held> others = touched(right);
    return std::ranges::none_of(touched(left), [&](const Held &mine) {
        return std::ranges::any_of(others, [&](const Held &theirs) {
            return mine.lock == theirs.lock && !(mine.shared && theirs.shared);
        });
    });
}

/// The next thread to run; -1: none can.
int Scheduler::choose() {
    Exploration::Threads able = 0;
    for (std::size_t i = 0; i < threads_.size(); i++)
        able |= enabled(*threads_[i]) ? bit(static_cast<int>(i)) : 0;
    if (able == 0)
        return -1;
    if (!redundant_ && depth_ == exploration_.steps_.size()) {
        const Exploration::Threads fresh = able & ~asleep_;
        redundant_ = fresh == 0;
        if (!redundant_)
            exploration_.steps_.push_back(
                {.enabled = able, .asleep = asleep_, .tried = 0, .chosen = std::countr_zero(fresh)});
    }
    if (redundant_)
        return std::countr_zero(able);
    const Exploration::Step &step = exploration_.steps_[depth_++];
    asleep_ = 0;
    for (std::size_t i = 0; i < threads_.size(); i++)
        if (((step.asleep | step.tried) & bit(static_cast<int>(i))) != 0 &&
            independent(*threads_[i], *threads_[static_cast<std::size_t>(step.chosen)]))
            asleep_ |= bit(static_cast<int>(i));
    return step.chosen;
}

void Scheduler::pass_on() {
    const int next = choose();
    if (next >= 0)
        return threads_[static_cast<std::size_t>(next)]->go.release();
    stuck_ = !std::ranges::all_of(threads_, [](const auto &thread) { return thread->done; });
    ended_.release();
}

void Scheduler::point(Want want, LockState *lock) {
    Thread &me = *threads_[static_cast<std::size_t>(self)];
    me.want = want;
    me.lock = lock;
    pass_on();
    me.go.acquire();
}

void Scheduler::acquire(LockState &lock, bool shared) {
    if (active != nullptr && self >= 0) {
        active->point(shared ? Want::acquire_shared : Want::acquire, &lock);
        active->threads_[static_cast<std::size_t>(self)]->held.push_back({&lock, shared});
    }
    lock.holders++;
    lock.shared = shared;
}

bool Scheduler::attempt(LockState &lock) {
    if (active != nullptr && self >= 0)
        active->point(Want::attempt, &lock);
    if (lock.holders != 0)
        return false;
    if (active != nullptr && self >= 0)
        active->threads_[static_cast<std::size_t>(self)]->held.push_back({&lock, false});
    lock.holders++;
    lock.shared = false;
    return true;
}

void Scheduler::announce_release(LockState &lock) {
    if (active != nullptr && self >= 0)
        active->point(Want::release, &lock);
}

void Scheduler::release(LockState &lock, bool) {
    lock.holders--;
    if (active == nullptr || self < 0)
        return;
    auto &held = active->threads_[static_cast<std::size_t>(self)]->held;
    std::erase_if(held, [&](const Held &one) { return one.lock == &lock; });
}

} // namespace famfs::test
