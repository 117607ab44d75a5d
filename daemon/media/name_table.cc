// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/name_table.h"

#include "daemon/media/file_system.h"

#include <bit>
#include <cstring>
#include <random>

namespace famfs::media {

namespace {

/// Multiplies to 128 bits and folds: every input bit reaches every output bit.
std::uint64_t mix(std::uint64_t left, std::uint64_t right) {
    const auto product = static_cast<unsigned __int128>(left) * right;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

} // namespace

NameTable::NameTable() {
    std::random_device random;
    seed_ = (static_cast<std::uint64_t>(random()) << 32 | random()) | 1;
}

std::uint64_t NameTable::hash(std::uint64_t parent, std::string_view name) const {
    std::uint64_t state = mix(parent ^ seed_, seed_ + name.size());
    while (!name.empty()) {
        std::uint64_t word = 0;
        const std::size_t length = std::min<std::size_t>(name.size(), sizeof(word));
        std::memcpy(&word, name.data(), length);
        state = mix(state ^ word, seed_ ^ 0x9E3779B97F4A7C15ULL);
        name.remove_prefix(length);
    }
    return mix(state, 0xD6E8FEB86659FD93ULL ^ seed_);
}

void NameTable::reserve(std::size_t nodes) {
    grow(std::bit_ceil(nodes * 2 + 16), nullptr);
}

void NameTable::place(std::uint64_t hash, std::uint32_t position) {
    std::size_t at = hash & (slots_.size() - 1);
    while (slots_[at] != none)
        at = (at + 1) & (slots_.size() - 1);
    slots_[at] = position;
}

void NameTable::grow(std::size_t slots, const std::vector<Node> *nodes) {
    const std::vector<std::uint32_t> old = std::exchange(slots_, std::vector<std::uint32_t>(slots, none));
    if (nodes == nullptr)
        return;
    for (const std::uint32_t position : old)
        if (position != none)
            place(hash((*nodes)[position].parent, (*nodes)[position].name), position);
}

void NameTable::insert(const std::vector<Node> &nodes, std::uint32_t position) {
    if ((used_ + 1) * 2 > slots_.size())
        grow(slots_.empty() ? 16 : slots_.size() * 2, &nodes);
    place(hash(nodes[position].parent, nodes[position].name), position);
    used_++;
}

std::uint32_t NameTable::find(const std::vector<Node> &nodes, std::uint64_t parent,
                              std::string_view name) const {
    if (slots_.empty())
        return none;
    for (std::size_t at = hash(parent, name) & (slots_.size() - 1); slots_[at] != none;
         at = (at + 1) & (slots_.size() - 1)) {
        const Node &node = nodes[slots_[at]];
        if (node.parent == parent && node.name == name)
            return slots_[at];
    }
    return none;
}

} // namespace famfs::media
