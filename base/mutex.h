// SPDX-License-Identifier: GPL-2.0-only
// The locks of this project, annotated so that clang checks who holds which. Their order: docs/locks.md.
// tests/model compiles the same code with a header of this name whose locks a scheduler hands out.
#pragma once

#include "base/thread_safety.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>

namespace famfs::base {

/// For moments: nobody does I/O under it, unless its owner says so.
class FAMFS_CAPABILITY("mutex") Mutex {
public:
    void lock() FAMFS_ACQUIRE() { mutex_.lock(); }
    void unlock() FAMFS_RELEASE() { mutex_.unlock(); }

private:
    std::mutex mutex_;
};

class FAMFS_CAPABILITY("shared mutex") SharedMutex {
public:
    void lock() FAMFS_ACQUIRE() { mutex_.lock(); }
    void unlock() FAMFS_RELEASE() { mutex_.unlock(); }
    void lock_shared() FAMFS_ACQUIRE_SHARED() { mutex_.lock_shared(); }
    void unlock_shared() FAMFS_RELEASE_SHARED() { mutex_.unlock_shared(); }

private:
    std::shared_mutex mutex_;
};

/// One request at a time works on a thing, for as long as it takes; the others wait. A byte, for there are
/// many.
class FAMFS_CAPABILITY("turn") Turn {
public:
    void lock() FAMFS_ACQUIRE() {
        while (taken_.exchange(true, std::memory_order_acquire))
            taken_.wait(true, std::memory_order_relaxed);
    }
    bool try_lock() FAMFS_TRY_ACQUIRE(true) { return !taken_.exchange(true, std::memory_order_acquire); }
    void unlock() FAMFS_RELEASE() {
        taken_.store(false, std::memory_order_release);
        taken_.notify_one();
    }

private:
    std::atomic<bool> taken_ = false;
};

/// Holds a lock as long as it lives.
template <class Lockable>
class FAMFS_SCOPED_CAPABILITY Lock {
public:
    explicit Lock(Lockable &lock) FAMFS_ACQUIRE(lock) : lock_(lock) { lock_.lock(); }
    Lock(const Lock &) = delete;
    Lock &operator=(const Lock &) = delete;
    ~Lock() FAMFS_RELEASE() { lock_.unlock(); }

private:
    Lockable &lock_;
};

/// Holds it together with other readers.
class FAMFS_SCOPED_CAPABILITY SharedLock {
public:
    explicit SharedLock(SharedMutex &mutex) FAMFS_ACQUIRE_SHARED(mutex) : mutex_(mutex) {
        mutex_.lock_shared();
    }
    SharedLock(const SharedLock &) = delete;
    SharedLock &operator=(const SharedLock &) = delete;
    ~SharedLock() FAMFS_RELEASE_GENERIC() { mutex_.unlock_shared(); }

private:
    SharedMutex &mutex_;
};

/// For a thread that sleeps until there is something to do.
class Condition {
public:
    void wait(Mutex &mutex) FAMFS_REQUIRES(mutex) { condition_.wait(mutex); }
    void wait_for(Mutex &mutex, std::chrono::milliseconds time) FAMFS_REQUIRES(mutex) {
        condition_.wait_for(mutex, time);
    }
    void notify() { condition_.notify_all(); }

private:
    std::condition_variable_any condition_;
};

} // namespace famfs::base
