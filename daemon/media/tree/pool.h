// SPDX-License-Identifier: GPL-2.0-only
// Many small arrays that live and die together, one after the other.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

namespace famfs::media {

template <class T>
class Pool {
public:
    static_assert(std::is_trivially_copyable_v<T>);

    /// An array of its own, to be filled in. It keeps its place as long as the pool lives, also when the pool
    /// is moved.
    std::span<T> take(std::size_t count) {
        if (count > rest_.size()) {
            const std::size_t room = std::max(count, block_bytes / sizeof(T));
            blocks_.push_back(std::make_unique_for_overwrite<T[]>(room));
            rest_ = {blocks_.back().get(), room};
        }
        const std::span<T> taken = rest_.first(count);
        rest_ = rest_.subspan(count);
        return taken;
    }

private:
    static constexpr std::size_t block_bytes = 1U << 16;

    std::vector<std::unique_ptr<T[]>> blocks_;
    std::span<T> rest_; ///< of the last block
};

} // namespace famfs::media
