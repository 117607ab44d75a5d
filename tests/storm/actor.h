// SPDX-License-Identifier: GPL-2.0-only
// One thread of the storm: system calls at random on names that all threads share.
#pragma once

#include "base/fd.h"
#include "base/mutex.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <random>
#include <string>

namespace famfs::test {

/// The few names. One that cannot be removed any more, since it is published, is left behind for a new one.
class Names {
public:
    explicit Names(std::string top);
    /// The path of name @which.
    std::string path(std::size_t which);
    [[nodiscard]] const std::string &top() const { return top_; }
    void retire(std::size_t which, const std::string &path);

    static constexpr std::size_t count = 8; ///< files; of the first half, in two directories

private:
    static std::string make(std::size_t which, std::uint64_t number);

    const std::string top_;
    base::Mutex mutex_;
    std::array<std::string, count> names_ FAMFS_GUARDED_BY(mutex_);
    std::uint64_t next_ FAMFS_GUARDED_BY(mutex_) = 0;
};

/// What was done, and the first thing that went wrong.
class Tally {
public:
    void add(const char *call, int code);
    void fail(const std::string &what);
    [[nodiscard]] bool failed() const { return failed_; }
    void print();

private:
    base::Mutex mutex_;
    std::map<std::string, std::map<int, std::uint64_t>> calls_ FAMFS_GUARDED_BY(mutex_);
    std::atomic<bool> failed_ = false;
};

class Actor {
public:
    Actor(Names &names, Tally &tally, std::uint64_t seed) : names_(names), tally_(tally), random_(seed) {}
    void step();

private:
    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    off_t random_size();
    /// Counts the call, and returns whether it went well.
    bool note(const char *call, bool well);

    void open_and_use();
    void use(const base::Fd &file);
    void write(const base::Fd &file, std::uint64_t mark);
    void read(const base::Fd &file, std::uint64_t mark);
    void read_mapped(const base::Fd &file, std::uint64_t mark);
    void check(const std::uint64_t *words, std::size_t count, std::uint64_t mark, std::uint64_t position);
    void truncate();
    void remove();
    void rename();
    void change();
    void directories();
    void synchronize();

    Names &names_;
    Tally &tally_;
    std::mt19937_64 random_;
};

} // namespace famfs::test
