// SPDX-License-Identifier: GPL-2.0-only
// Copies of on-media structs. The bytes may be shared memory that another host changes at any time, so a
// struct is copied once, and everything (checks and use) looks at the copy.
#pragma once

#include "daemon/media/format/crc32.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace famfs::media {

[[nodiscard]] inline bool holds(std::span<const std::byte> bytes, std::uint64_t offset,
                                std::uint64_t length) {
    return offset <= bytes.size() && length <= bytes.size() - offset;
}

/// A copy of the struct at @offset, which the caller has bounded with holds().
template <class T>
[[nodiscard]] T snapshot(std::span<const std::byte> bytes, std::uint64_t offset) {
    static_assert(std::is_trivially_copyable_v<T>);
    T copy;
    std::memcpy(&copy, bytes.data() + offset, sizeof(T));
    // The compiler may not read the source again after this, so a check and a use see the same value.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    return copy;
}

template <class T>
void store(std::span<std::byte> bytes, std::uint64_t offset, const T &value) {
    static_assert(std::is_trivially_copyable_v<T>);
    std::memcpy(bytes.data() + offset, &value, sizeof(T));
}

/// The CRC of a struct that ends its checked part with a member `crc`.
template <class T>
[[nodiscard]] std::uint64_t crc_of(const T &value) {
    return crc32_of(&value, offsetof(T, crc));
}

/// Whether all of [@from, @to) of @value is zero.
template <class T>
[[nodiscard]] bool zero_between(const T &value, std::size_t from, std::size_t to) {
    const auto *bytes = reinterpret_cast<const unsigned char *>(&value);
    return from >= to ||
           (bytes[from] == 0 && std::memcmp(bytes + from, bytes + from + 1, to - from - 1) == 0);
}

} // namespace famfs::media
