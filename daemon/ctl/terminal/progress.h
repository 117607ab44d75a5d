// SPDX-License-Identifier: GPL-2.0-only
// A progress bar on standard error, if that is a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace famfs::ctl {

class Progress {
public:
    /// @total: bytes
    explicit Progress(std::uint64_t total);
    Progress(const Progress &) = delete;
    Progress &operator=(const Progress &) = delete;
    ~Progress();
    /// @name: what is being worked on. Any thread.
    void add(std::uint64_t bytes, const std::string &name);

    /// Takes the bar away until the next add(): the line is somebody else's.
    void clear();

private:
    void draw(const std::string &name);

    std::mutex mutex_; ///< guards everything below
    std::uint64_t total_;
    std::uint64_t done_ = 0;
    bool terminal_;
    bool drawn_ = false;
    std::chrono::steady_clock::time_point last_;
};

} // namespace famfs::ctl
