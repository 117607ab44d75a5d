// SPDX-License-Identifier: GPL-2.0-only
// The locks of base/mutex.h, handed out by the scheduler of the model test: the same code is compiled with
// this header in its place.
#pragma once

#include "base/thread_safety.h"
#include "tests/model/scheduler.h"

#include <chrono>

namespace famfs::base {

class Mutex {
public:
    void lock() { test::Scheduler::acquire(state_, false); }
    void unlock() { test::Scheduler::release(state_, false); }

private:
    test::LockState state_;
};

class SharedMutex {
public:
    void lock() { test::Scheduler::acquire(state_, false); }
    void unlock() { test::Scheduler::release(state_, false); }
    void lock_shared() { test::Scheduler::acquire(state_, true); }
    void unlock_shared() { test::Scheduler::release(state_, true); }

private:
    test::LockState state_;
};

class Turn {
public:
    void lock() { test::Scheduler::acquire(state_, false); }
    bool try_lock() { return test::Scheduler::attempt(state_); }
    void unlock() {
        test::Scheduler::announce_release(state_);
        test::Scheduler::release(state_, false);
    }

private:
    test::LockState state_;
};

template <class Lockable>
class Lock {
public:
    explicit Lock(Lockable &lock) : lock_(lock) { lock_.lock(); }
    Lock(const Lock &) = delete;
    Lock &operator=(const Lock &) = delete;
    ~Lock() { lock_.unlock(); }

private:
    Lockable &lock_;
};

class SharedLock {
public:
    explicit SharedLock(SharedMutex &mutex) : mutex_(mutex) { mutex_.lock_shared(); }
    SharedLock(const SharedLock &) = delete;
    SharedLock &operator=(const SharedLock &) = delete;
    ~SharedLock() { mutex_.unlock_shared(); }

private:
    SharedMutex &mutex_;
};

/// Nothing that the model runs sleeps.
class Condition {
public:
    void wait(Mutex &) {}
    void wait_for(Mutex &, std::chrono::milliseconds) {}
    void notify() {}
};

} // namespace famfs::base
