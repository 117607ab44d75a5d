// SPDX-License-Identifier: GPL-2.0-only
// Publishes, withdraws and publishes elsewhere, as fast as it can, and gives every slot, record and list to
// the next who wants one as soon as the rules allow.
#pragma once

#include "vmtest/tests/session_mount.h"
#include "vmtest/tests/torn_truth.h"

#include <random>
#include <stop_token>

namespace famfs::vmtest {

class TornWriter {
public:
    /// Makes the files of the mount, and publishes those that are there from the start.
    TornWriter(FuseServer &server, loader::Session &session, Truths &truths);
    base::Expected<void> begin();
    /// Until @stop.
    base::Expected<void> run(const std::stop_token &stop);

    /// Once run() has ended.
    [[nodiscard]] std::uint64_t published() const { return published_; }
    [[nodiscard]] std::uint64_t withdrawn() const { return withdrawn_; }
    [[nodiscard]] std::uint64_t rounds() const { return rounds_; }

private:
    /// A generation of a file, its bytes on the device.
    struct Placed {
        base::FileMap file;
        std::uint64_t slot;
    };

    base::Expected<void> round();
    base::Expected<Placed> place(std::uint64_t nodeid);
    base::Expected<std::vector<Placed>> place_some();
    base::Expected<void> publish(const std::vector<Placed> &files);
    base::Expected<void> withdraw(const std::vector<Placed> &files);
    base::Expected<void> take_pages(const std::vector<Placed> &files);
    base::Expected<void> grow();
    [[nodiscard]] base::Expected<void> invalidate(std::uint64_t nodeid);
    /// Takes @count elements out, at random.
    template <class T>
    std::vector<T> draw(std::vector<T> &from, std::size_t count);

    FuseServer &server_;
    loader::Session &session_;
    Truths &truths_;
    std::mt19937_64 random_;
    std::vector<std::uint64_t> free_slots_;
    std::vector<std::uint64_t> waiting_; ///< nodeids of moving files that are not published
    std::vector<Placed> visible_;        ///< moving files that are
    std::uint64_t next_staying_ = first_torn;
    std::uint64_t next_unread_;
    std::uint64_t published_ = 0;
    std::uint64_t withdrawn_ = 0;
    std::uint64_t rounds_ = 0;
};

} // namespace famfs::vmtest
