// SPDX-License-Identifier: GPL-2.0-only
// A buffer for system calls of which only the first part is there.
#pragma once

#include "vmtest/tests/memory_probe.h"

#include <cstring>
#include <gtest/gtest.h>
#include <string_view>
#include <sys/mman.h>

namespace famfs::vmtest {

class TornBuffer {
public:
    /// @bytes, and after them @missing bytes, a multiple of the page size, that nobody can read.
    TornBuffer(std::string_view bytes, std::size_t missing)
        : size_(bytes.size() + missing), start_(-bytes.size() % page_size),
          memory_(static_cast<char *>(
              ::mmap(nullptr, start_ + size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
        EXPECT_NE(memory_, MAP_FAILED);
        std::memcpy(memory_ + start_, bytes.data(), bytes.size());
        EXPECT_EQ(::mprotect(memory_ + start_ + bytes.size(), missing, PROT_NONE), 0);
    }
    TornBuffer(const TornBuffer &) = delete;
    TornBuffer &operator=(const TornBuffer &) = delete;
    ~TornBuffer() { ::munmap(memory_, start_ + size_); }

    [[nodiscard]] std::string_view view() const { return {memory_ + start_, size_}; }

private:
    std::size_t size_;
    std::size_t start_; ///< so that the bytes end where a page does
    char *memory_;
};

} // namespace famfs::vmtest
