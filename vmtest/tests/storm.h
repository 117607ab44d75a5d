// SPDX-License-Identifier: GPL-2.0-only
// Threads that fault the pages of a file in, over and over, and check what they see.
#pragma once

#include "vmtest/tests/memory_probe.h"

#include <atomic>
#include <thread>
#include <vector>

namespace famfs::vmtest {

class FaultStorm {
public:
    /// Starts it. The file is @length bytes, with the pattern of @device from @address.
    FaultStorm(const MappedFile &mapped, std::uint64_t length, std::uint32_t device, std::uint64_t address);
    FaultStorm(const FaultStorm &) = delete;
    FaultStorm &operator=(const FaultStorm &) = delete;
    ~FaultStorm() { stop(); }

    void stop() { threads_.clear(); }
    /// Waits until as many pages have been touched once more; each touch is a fault, most of the time.
    void wait_for(std::uint64_t touches) const;
    [[nodiscard]] std::uint64_t touched() const { return touched_; }
    /// SIGBUS instead of data.
    [[nodiscard]] std::uint64_t failed() const { return failed_; }
    /// Data that is not the pattern. Never allowed.
    [[nodiscard]] std::uint64_t wrong() const { return wrong_; }

private:
    void run(const std::stop_token &stop, const MappedFile &mapped, std::uint64_t length,
             std::uint32_t device, std::uint64_t address);

    std::atomic<std::uint64_t> touched_ = 0;
    std::atomic<std::uint64_t> failed_ = 0;
    std::atomic<std::uint64_t> wrong_ = 0;
    std::vector<std::jthread> threads_;
};

} // namespace famfs::vmtest
