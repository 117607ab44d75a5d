// SPDX-License-Identifier: GPL-2.0-only
// From (parent, name) to a node: a hash table over nodes that live elsewhere.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace famfs::media {

struct Node;

/// Holds positions in a vector of nodes; the vector is passed to each call, so it may move. The hash is
/// seeded at random in each table, so that media cannot be made to collide.
class NameTable {
public:
    static constexpr std::uint32_t none = UINT32_MAX;

    NameTable();
    void reserve(std::size_t nodes);
    /// The caller has made sure that the name is new.
    void insert(const std::vector<Node> &nodes, std::uint32_t position);
    [[nodiscard]] std::uint32_t find(const std::vector<Node> &nodes, std::uint64_t parent,
                                     std::string_view name) const;

    /// Fetches the memory that find() or insert() will look at.
    void prefetch(std::uint64_t parent, std::string_view name) const {
        if (!slots_.empty())
            __builtin_prefetch(&slots_[hash(parent, name) & (slots_.size() - 1)]);
    }

private:
    /// A node is looked at only if its hash is right: most of a parse asks for names that are not there.
    struct Slot {
        std::uint32_t position = none;
        std::uint32_t hash = 0;
    };

    [[nodiscard]] std::uint32_t hash(std::uint64_t parent, std::string_view name) const;
    void place(const Slot &slot);
    void grow(std::size_t slots);

    std::vector<Slot> slots_; ///< a power of two, at most half full
    std::size_t used_ = 0;
    std::uint64_t seed_;
};

} // namespace famfs::media
