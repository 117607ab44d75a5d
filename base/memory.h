// SPDX-License-Identifier: GPL-2.0-only
// A memory mapping with one owner.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <sys/mman.h>
#include <utility>

namespace famfs::base {

inline constexpr std::uint64_t page_bytes = 4096;

constexpr std::uint64_t round_up_to_page(std::uint64_t bytes) {
    return (bytes + page_bytes - 1) / page_bytes * page_bytes;
}

class Memory {
public:
    Memory() = default;

    /// Maps @length bytes of @fd from @offset, shared. @name is only for the error.
    static Expected<Memory> map(int fd, std::size_t length, int protection, const std::string &name,
                                off_t offset = 0) {
        return make(::mmap(nullptr, length, protection, MAP_SHARED, fd, offset), length, name);
    }
    /// Zero pages of our own, populated on first touch.
    static Expected<Memory> anonymous(std::size_t length, const std::string &name) {
        return make(::mmap(nullptr, length, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
                    length, name);
    }

    /// At a place of the caller's choice; @flags of mmap(2), MAP_FIXED or MAP_FIXED_NOREPLACE among them.
    static Expected<Memory> at(void *place, std::size_t length, int protection, int flags, int fd,
                               const std::string &name) {
        return make(::mmap(place, length, protection, flags, fd, 0), length, name);
    }

    Memory(Memory &&other) noexcept
        : start_(std::exchange(other.start_, nullptr)), length_(std::exchange(other.length_, 0)) {}
    Memory &operator=(Memory &&other) noexcept {
        if (this != &other) {
            reset();
            start_ = std::exchange(other.start_, nullptr);
            length_ = std::exchange(other.length_, 0);
        }
        return *this;
    }
    Memory(const Memory &) = delete;
    Memory &operator=(const Memory &) = delete;
    ~Memory() { reset(); }

    [[nodiscard]] std::span<std::byte> bytes() const { return {start_, length_}; }
    /// Forgets the mapping, which now belongs to the caller.
    void release() {
        start_ = nullptr;
        length_ = 0;
    }
    void reset() {
        if (start_ != nullptr)
            ::munmap(start_, length_);
        release();
    }

private:
    static Expected<Memory> make(void *start, std::size_t length, const std::string &name) {
        if (start == MAP_FAILED)
            return fail_errno("map " + std::to_string(length) + " bytes of", name);
        Memory memory;
        memory.start_ = static_cast<std::byte *>(start);
        memory.length_ = length;
        return memory;
    }

    std::byte *start_ = nullptr;
    std::size_t length_ = 0;
};

} // namespace famfs::base
